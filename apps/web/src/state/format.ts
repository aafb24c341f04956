/** Numbers as the pages show them. The interface is English, so is the grouping. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** `12,345`. */
export function formatCount(count: number): string {
  return whole.format(count);
}

/** `1 tab`, `3 tabs`. */
export function formatPlural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Decimal units, as file managers and providers count: `7.5 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  // 999.95 would be printed as 1,000.
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? whole.format(value) : tenths.format(value)} ${units[unit]}`;
}

/** `1.2 MB/s`. */
export function formatByteRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** `120 ms`, `1.4 s`, `2 min 5 s`, `1 h 4 min`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '–';
  if (ms < 1_000) return `${whole.format(ms)} ms`;
  if (ms < 59_950) return `${tenths.format(ms / 1_000)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

/** `12.4 tokens/s`. */
export function formatTokenRate(tokensPerSecond: number): string {
  const digits = tokensPerSecond < 100 ? tenths : whole;
  return `${digits.format(tokensPerSecond)} tokens/s`;
}

/** `45%`. */
export function formatShare(share: number): string {
  return `${whole.format(share * 100)}%`;
}

/** Counted from 0, as everywhere in Manyhands: `block 2`, `blocks 0–3`. */
export function formatBlocks(firstBlock: number, endBlock: number): string {
  return endBlock - firstBlock === 1
    ? `block ${firstBlock}`
    : `blocks ${firstBlock}–${endBlock - 1}`;
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
  const rest = runs.length > runsMax ? ' and more' : '';
  return `${blocks.length === 1 ? 'block' : 'blocks'} ${shown.join(', ')}${rest}`;
}

/** Enough of a peer id to tell tabs apart: four characters of the identity, three of the tab. */
export function formatPeerId(peerId: string): string {
  const [identity = '', tab = ''] = peerId.split('.');
  return `${identity.slice(0, 4)}·${tab.slice(0, 3)}`;
}

/** `14:03:22` in the reader's time zone. */
export function formatClock(atMs: number): string {
  return new Date(atMs).toLocaleTimeString('en-GB');
}
