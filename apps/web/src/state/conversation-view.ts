import { language, t } from '../strings/language.ts';
import { type ConversationRecord, updatedAtMs } from './conversation-store.ts';
import { SHORT_TITLE_CHARS_MAX } from './limits.ts';

/** As a person named it, or the first line of its first question. */
export function titleOf({ title, turns }: Pick<ConversationRecord, 'title' | 'turns'>): string {
  if (title !== '') return title;
  const first = turns.find((turn) => turn.role === 'user');
  const line = first?.role === 'user' ? (first.text.trim().split('\n')[0] ?? '').trim() : '';
  if (line === '') return t('conversations.list.untitled');
  return line.length > SHORT_TITLE_CHARS_MAX ? `${line.slice(0, SHORT_TITLE_CHARS_MAX)}…` : line;
}

export interface DayGroup {
  readonly label: string;
  readonly records: readonly ConversationRecord[];
}

/** Under the day on which each was last gone on with. `records` come newest first. */
export function groupByDay(
  records: readonly ConversationRecord[],
  nowMs: number,
): readonly DayGroup[] {
  const groups: { readonly label: string; readonly records: ConversationRecord[] }[] = [];
  for (const record of records) {
    const label = describeDay(updatedAtMs(record), nowMs);
    const last = groups.at(-1);
    if (last?.label === label) last.records.push(record);
    else groups.push({ label, records: [record] });
  }
  return groups;
}

const DAY_MS = 86_400_000;
const WEEK_DAYS = 7;

/** `Today`, `Yesterday`, `Monday`, and from a week on `3 July 2026`. */
export function describeDay(atMs: number, nowMs: number): string {
  const days = Math.round((startOfDay(nowMs) - startOfDay(atMs)) / DAY_MS);
  if (days <= 0) return t('conversations.list.today');
  if (days === 1) return t('conversations.list.yesterday');
  const locale = language.value === 'en' ? 'en-GB' : language.value;
  const format: Intl.DateTimeFormatOptions =
    days < WEEK_DAYS ? { weekday: 'long' } : { day: 'numeric', month: 'long', year: 'numeric' };
  return new Intl.DateTimeFormat(locale, format).format(atMs);
}

/** In the reader's time zone; days differ in length by an hour twice a year. */
function startOfDay(atMs: number): number {
  return new Date(atMs).setHours(0, 0, 0, 0);
}
