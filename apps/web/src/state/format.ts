import { computed } from '@preact/signals';
import { language, t } from '../strings/language.ts';

/** Numbers as the pages show them, grouped as the language that is shown does. */

const numbers = computed(() => ({
  whole: new Intl.NumberFormat(language.value, { maximumFractionDigits: 0 }),
  tenths: new Intl.NumberFormat(language.value, { maximumFractionDigits: 1 }),
  digits: new Intl.NumberFormat(language.value, { maximumSignificantDigits: 2 }),
}));
const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

const whole = (value: number): string => numbers.value.whole.format(value);
const tenths = (value: number): string => numbers.value.tenths.format(value);

/** `12,345`. */
export function formatCount(count: number): string {
  return whole(count);
}

/** `12.4`, and whole from a hundred on. */
export function formatTenths(value: number): string {
  return value < 100 ? tenths(value) : whole(value);
}

/** Decimal units, as file managers and providers count: `7.5 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 999.95 would be printed as 1,000.
  while (value >= 999.95 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const written = unit === 0 || value >= 100 ? whole(value) : tenths(value);
  return t(`units.bytes.${BYTE_UNITS[unit] ?? 'TB'}`, { value: written });
}

/** `1.2 MB/s`. */
export function formatByteRate(bytesPerSecond: number): string {
  return t('units.perSecond', { value: formatBytes(bytesPerSecond) });
}

/** `120 ms`, `1.4 s`, `2 min 5 s`, `1 h 4 min`, `3 d 2 h`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '–';
  if (ms < 1_000) return t('units.milliseconds', { value: whole(ms) });
  if (ms < 59_950) return t('units.seconds', { value: tenths(ms / 1_000) });
  const seconds = Math.round(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  if (seconds < 3_600) return t('units.minutes', { minutes, seconds: seconds % 60 });
  const hours = Math.floor(seconds / 3_600);
  if (hours < 48) return t('units.hours', { hours, minutes: minutes % 60 });
  return t('units.days', { days: Math.floor(hours / 24), hours: hours % 24 });
}

/** Of one step, which may be far below a millisecond: `0.084 ms`, `1.2 ms`, `140 ms`, `1.4 s`. */
export function formatStepTime(ms: number): string {
  return ms < 1_000 ? t('units.milliseconds', { value: formatMs(ms) }) : formatDuration(ms);
}

/** `12.4 tokens/s`. */
export function formatTokenRate(tokensPerSecond: number): string {
  // Singular is what is written: 0.98 too is `1 token/s`.
  const count = Math.round(tokensPerSecond * 10) / 10;
  return t('units.tokenRate', { count, value: formatTenths(tokensPerSecond) });
}

/** `45%`. */
export function formatShare(share: number): string {
  return t('units.share', { value: whole(share * 100) });
}

/** Counted from 0, as everywhere in Manyhands: `block 2`, `blocks 0–3`. */
export function formatBlocks(firstBlock: number, endBlock: number): string {
  return endBlock - firstBlock === 1
    ? t('units.block', { block: firstBlock })
    : t('units.blocks', { blocks: `${firstBlock}–${endBlock - 1}` });
}

/** `blocks 1–2, 5`: runs of block indexes, bounded so that a sentence stays a sentence. */
export function formatBlockList(blocks: readonly number[], runsMax = 6): string {
  const runs: { first: number; last: number }[] = [];
  for (const block of blocks) {
    const run = runs.at(-1);
    if (run !== undefined && block === run.last + 1) run.last = block;
    else runs.push({ first: block, last: block });
  }
  const shown = runs
    .slice(0, runsMax)
    .map((run) => (run.first === run.last ? `${run.first}` : `${run.first}–${run.last}`));
  const list =
    blocks.length === 1
      ? t('units.block', { block: shown.join() })
      : t('units.blocks', { blocks: shown.join(', ') });
  return runs.length > runsMax ? t('units.andMore', { blocks: list }) : list;
}

/** Enough of a peer id to tell tabs apart: four characters of the identity, three of the tab where it is told. */
export function formatPeerId(peerId: string): string {
  const [identity = '', tab] = peerId.split('.');
  const name = identity.slice(0, 4);
  return tab === undefined ? name : `${name}·${tab.slice(0, 3)}`;
}

/** `14:03:22` in the reader's time zone and language. */
export function formatClock(atMs: number): string {
  return new Date(atMs).toLocaleTimeString(language.value === 'en' ? 'en-GB' : language.value);
}

/** `26 Nov 2026, 14:03` in the reader's time zone and language. */
export function formatMoment(atMs: number): string {
  const locale = language.value === 'en' ? 'en-GB' : language.value;
  return new Date(atMs).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' });
}

/** `14:03`. */
export function formatHourMinute(atMs: number): string {
  const locale = language.value === 'en' ? 'en-GB' : language.value;
  return new Date(atMs).toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' });
}

/** Small times keep their digits: `0.084`, `1.2`, `140`. */
export function formatMs(ms: number): string {
  return ms >= 100 ? whole(ms) : numbers.value.digits.format(ms);
}
