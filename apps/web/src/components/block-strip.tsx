import { describeCounts } from '../state/coverage.ts';
import { formatBlocks } from '../state/format.ts';

/** From this many blocks on the cells carry no number. */
const NUMBERED_BLOCKS_MAX = 48;

/** A model as a row of cells, one a block: the more tabs hold it, the stronger the colour. */
export function HeatStrip({ counts }: { readonly counts: readonly number[] }) {
  const isNumbered = counts.length <= NUMBERED_BLOCKS_MAX;
  return (
    <div class="strip" role="img" aria-label={`Held: ${describeCounts(counts)}.`}>
      {counts.map((count, index) => (
        <span
          key={index}
          class={`cell heat-${heatLevel(count)}`}
          title={`Block ${index}: held ${count} times`}
        >
          {isNumbered ? count : ''}
        </span>
      ))}
    </div>
  );
}

/** Five steps are as many as the eye tells apart. */
export function heatLevel(count: number): number {
  if (count <= 3) return count;
  return count <= 7 ? 4 : 5;
}

export interface HoldingStripProps {
  readonly blockCount: number;
  readonly firstBlock: number;
  readonly endBlock: number;
  /** How much of the held part is loaded, 0 to 1. */
  readonly fraction: number;
}

/** The same row with the blocks this tab holds filled in, as far as they are loaded. */
export function HoldingStrip({ blockCount, firstBlock, endBlock, fraction }: HoldingStripProps) {
  const loadedEnd = firstBlock + Math.floor(fraction * (endBlock - firstBlock) + 1e-9);
  const label = `This tab holds ${formatBlocks(firstBlock, endBlock)} of ${blockCount}.`;
  return (
    <div class="strip" role="img" aria-label={label}>
      {Array.from({ length: blockCount }, (_, index) => {
        const isMine = index >= firstBlock && index < endBlock;
        const kind = isMine ? (index < loadedEnd ? 'cell-mine' : 'cell-coming') : 'cell-other';
        return (
          <span key={index} class={`cell ${kind}`} title={`Block ${index}`}>
            {blockCount <= NUMBERED_BLOCKS_MAX ? index : ''}
          </span>
        );
      })}
    </div>
  );
}
