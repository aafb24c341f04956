import { language, t } from '../strings/language.ts';
import type { DamagedRecord } from './conversation-database.ts';
import type { ConversationRecord } from './conversation-store.ts';
import { pathTo } from './conversation-tree.ts';
import { titleOf } from './conversation-view.ts';

/** A file for the person's disk. */
export interface TextFile {
  readonly name: string;
  readonly type: string;
  readonly text: string;
}

/** `docs/conversations.md` describes it. */
export const EXPORT_FORMAT = 'manyhands-conversations';
export const EXPORT_VERSION = 1;

export function exportJson(records: readonly ConversationRecord[], nowMs: number): TextFile {
  // How often the disk was written to is nobody else's business.
  const conversations = records.map(({ revision: _, ...rest }) => rest);
  const exportedAt = new Date(nowMs).toISOString();
  const file = { format: EXPORT_FORMAT, version: EXPORT_VERSION, exportedAt, conversations };
  const [only] = records;
  const name = records.length === 1 && only !== undefined ? titleOf(only) : 'conversations';
  return {
    name: fileName(name, nowMs, 'json'),
    type: 'application/json',
    text: `${JSON.stringify(file, null, 2)}\n`,
  };
}

/** The path that is shown, to be read. */
export function exportMarkdown(record: ConversationRecord, nowMs: number): TextFile {
  const date = new Intl.DateTimeFormat(language.value, { dateStyle: 'long' }).format(nowMs);
  const title = titleOf(record);
  const parts = [`# ${title}`, `*${t('conversations.markdown.saved', { date })}*`];
  if (record.systemPrompt !== '') {
    parts.push(`## ${t('conversations.markdown.system')}`, record.systemPrompt);
  }
  for (const turn of pathTo(record.turns, record.leafId)) {
    if (turn.role === 'user') parts.push(`## ${t('conversations.you')}`, turn.text);
    else parts.push(`## ${turn.modelName}`, turn.answer.text);
    const isWhole = turn.role === 'user' || /^stop/u.test(turn.answer.finishReason ?? 'stop');
    if (!isWhole) parts.push(`*${t('conversations.markdown.stopped')}*`);
  }
  return {
    name: fileName(title, nowMs, 'md'),
    type: 'text/markdown',
    text: `${parts.join('\n\n')}\n`,
  };
}

/** As they were found, for whoever wants to look at them. */
export function exportDamaged(damaged: readonly DamagedRecord[], nowMs: number): TextFile {
  return {
    name: fileName('damaged', nowMs, 'json'),
    type: 'application/json',
    text: `${JSON.stringify({ format: 'manyhands-damaged', version: 1, damaged }, null, 2)}\n`,
  };
}

const NAME_CHARS_MAX = 40;

/** `manyhands-why-is-the-sky-blue-2026-07-03.json`: what every file system takes. */
function fileName(title: string, nowMs: number, extension: string): string {
  const words = title.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-');
  const name = words.slice(0, NAME_CHARS_MAX).replaceAll(/^-|-$/gu, '') || 'conversation';
  return `manyhands-${name}-${new Date(nowMs).toISOString().slice(0, 10)}.${extension}`;
}
