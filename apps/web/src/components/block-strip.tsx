import { describeCounts } from '../state/coverage.ts';
import { formatCount } from '../state/format.ts';
import { t } from '../strings/language.ts';

/** From this many blocks on the cells carry no number. */
const NUMBERED_BLOCKS_MAX = 48;

/** A model as a row of cells, one a block: the more tabs hold it, the stronger the colour. */
export function HeatStrip({ counts }: { readonly counts: readonly number[] }) {
  const isNumbered = counts.length <= NUMBERED_BLOCKS_MAX;
  return (
    <div
      class="strip"
      role="img"
      aria-label={t('network.strip.held', { counts: describeCounts(counts) })}
    >
      {counts.map((count, index) => (
        <span
          key={index}
          class={`cell heat-${heatLevel(count)}`}
          title={t('network.strip.blockHeld', { block: index, count, number: formatCount(count) })}
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
