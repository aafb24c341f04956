import * as v from 'valibot';
import { t } from '../strings/language.ts';
import { EXPORT_FORMAT, EXPORT_VERSION } from './conversation-export.ts';
import { type ConversationRecord, mergeRecords, readRecord } from './conversation-store.ts';
import { formatBytes, formatCount } from './format.ts';
import { CONVERSATIONS_MAX, IMPORT_BYTES_MAX } from './limits.ts';

/** What came of reading a file. */
export type ImportReport =
  | { readonly name: string; readonly failure: string }
  | {
      readonly name: string;
      readonly addedCount: number;
      /** Here before; the file brought branches that were not. */
      readonly extendedCount: number;
      readonly knownCount: number;
      readonly refused: readonly Refusal[];
      /** Some belong to a tier or circle that is not the chosen one. */
      readonly hasOthers: boolean;
    };

export interface Refusal {
  /** Its title, or its place in the file where it has none. */
  readonly title: string;
  readonly why: string;
}

export interface ImportPlan {
  readonly report: ImportReport;
  /** To be saved. */
  readonly records: readonly ConversationRecord[];
}

export interface ImportContext {
  readonly kept: ReadonlyMap<string, ConversationRecord>;
  /** Circles this browser is in. */
  readonly circleIds: ReadonlySet<string>;
  /** The chosen tier or circle. */
  readonly scope: string;
}

const ExportFile = v.strictObject({
  format: v.literal(EXPORT_FORMAT),
  version: v.literal(EXPORT_VERSION),
  exportedAt: v.pipe(v.string(), v.maxLength(40)),
  conversations: v.array(v.unknown()),
});
const Titled = v.object({ title: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200)) });
const Later = v.object({
  format: v.literal(EXPORT_FORMAT),
  version: v.pipe(v.number(), v.minValue(EXPORT_VERSION + 1)),
});

/** Reads what somebody chose. Nothing is saved by it. */
export async function readImport(file: File, context: ImportContext): Promise<ImportPlan> {
  const { name } = file;
  const fail = (failure: string): ImportPlan => ({ report: { name, failure }, records: [] });
  if (file.size > IMPORT_BYTES_MAX) {
    return fail(t('conversations.report.failed.large', { max: formatBytes(IMPORT_BYTES_MAX) }));
  }
  let text: string;
  try {
    text = await file.text();
  } catch {
    return fail(t('conversations.report.failed.unreadable'));
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail(t('conversations.report.failed.json'));
  }
  if (v.is(Later, value)) return fail(t('conversations.report.failed.newer'));
  const parsed = v.safeParse(ExportFile, value);
  if (!parsed.success) return fail(t('conversations.report.failed.format'));
  return planImport(name, parsed.output.conversations, context);
}

/** What of a file is new here, what is known, and what cannot be taken. */
export function planImport(
  name: string,
  values: readonly unknown[],
  context: ImportContext,
): ImportPlan {
  const changed = new Map<string, ConversationRecord>();
  const refused: Refusal[] = [];
  const counts = { added: 0, extended: 0, known: 0 };
  for (const [index, value] of values.entries()) {
    const read = readImported(value, context.circleIds);
    if (typeof read === 'string') {
      refused.push({ title: describePlace(value, index), why: read });
      continue;
    }
    const known = changed.get(read.id) ?? context.kept.get(read.id);
    const why = findObjection(read, known, context.kept.size + counts.added);
    if (why !== undefined) {
      refused.push({ title: describePlace(value, index), why });
    } else if (known === undefined) {
      counts.added += 1;
      changed.set(read.id, read);
    } else if (read.turns.every((turn) => known.turns.some(({ id }) => id === turn.id))) {
      counts.known += 1;
    } else {
      counts.extended += 1;
      changed.set(read.id, mergeRecords(known, read));
    }
  }
  const records = [...changed.values()];
  return {
    records,
    report: {
      name,
      addedCount: counts.added,
      extendedCount: counts.extended,
      knownCount: counts.known,
      refused,
      hasOthers: records.some(({ scope }) => scope !== context.scope),
    },
  };
}

/** A record, or why there is none. */
function readImported(value: unknown, circleIds: ReadonlySet<string>): ConversationRecord | string {
  const isObject = typeof value === 'object' && value !== null;
  const read = readRecord(isObject ? { ...value, revision: 0 } : value);
  if (!('record' in read)) {
    return read.problem === 'newer'
      ? t('conversations.report.why.newer')
      : t('conversations.report.why.damaged', { why: read.why });
  }
  const { scope } = read.record;
  const isOurs = !scope.startsWith('circle:') || circleIds.has(scope.slice('circle:'.length));
  // What was said to some is shown to nobody else, and not sent to others from here.
  return isOurs ? read.record : t('conversations.report.why.circle');
}

function findObjection(
  read: ConversationRecord,
  known: ConversationRecord | undefined,
  count: number,
): string | undefined {
  if (known === undefined) {
    const max = formatCount(CONVERSATIONS_MAX);
    return count >= CONVERSATIONS_MAX ? t('conversations.report.why.room', { max }) : undefined;
  }
  const isSame = known.scope === read.scope && known.createdAtMs === read.createdAtMs;
  const merged = mergeRecords(known, read);
  const fits = 'record' in readRecord(merged);
  return isSame && fits ? undefined : t('conversations.report.why.differs');
}

function describePlace(value: unknown, index: number): string {
  const titled = v.safeParse(Titled, value);
  if (titled.success) return titled.output.title;
  return t('conversations.report.number', { number: index + 1 });
}
