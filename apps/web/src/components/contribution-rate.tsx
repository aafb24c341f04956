import { formatTokenRate } from '../state/format.ts';
import { RATE_SAMPLES_MAX } from '../state/limits.ts';
import { rateNow } from '../state/serving-rate.ts';
import { t } from '../strings/language.ts';
import { useSite } from './site-context.ts';

const HEIGHT = 24;

/** The speed of the last minute as a line. */
export function RateLine() {
  const samples = useSite().contribution.rate.samples.value;
  const most = Math.max(...samples, 0);
  const now = formatTokenRate(rateNow(samples) ?? 0);
  const label = t('contribute.figures.rate', { now, most: formatTokenRate(most) });
  // The newest sample is at the end, also while there are few.
  const start = RATE_SAMPLES_MAX - samples.length;
  const points = samples.map((rate, index) => {
    const y = most > 0 ? HEIGHT - 1 - (rate / most) * (HEIGHT - 2) : HEIGHT - 1;
    return `${start + index},${y.toFixed(1)}`;
  });
  return (
    <figure class="rate">
      <svg
        viewBox={`0 0 ${RATE_SAMPLES_MAX - 1} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        <polyline points={points.join(' ')} />
      </svg>
      <figcaption class="fine">{label}</figcaption>
    </figure>
  );
}
