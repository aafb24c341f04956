import type { PolicyResult } from '../network/measurements.ts';
import type { SimulationReport } from './table.ts';

const WIDTH = 640;
const HEIGHT = 260;
const MARGIN = { left: 64, right: 110, top: 34, bottom: 36 };
/** Told apart on white and on black, and by people who do not see red and green. */
const COLOURS = ['#d97706', '#7c8594', '#3b82f6', '#a855f7', '#0d9488', '#b45309'];

/** Plots of a simulation over its minutes, for pages in light and dark. */
export function drawPlots({ results, options }: SimulationReport) {
  const { volunteers, users, demand } = options;
  const suffix = `${volunteers}-${Math.round((users / volunteers) * 100)}-${demand}.svg`;
  const asPercent = (value: number) => `${Math.round(value * 100)} %`;
  return [
    {
      name: `planner-tokens-${suffix}`,
      svg: lineChart('Served tokens/s', results, (minute) => minute.servedTokensPerSecond, String),
    },
    {
      name: `planner-coverage-${suffix}`,
      svg: lineChart(
        'Models that can be used, by demand',
        results,
        (minute) => minute.coverage,
        asPercent,
      ),
    },
  ];
}

type Minute = PolicyResult['minutes'][number];

function lineChart(
  title: string,
  results: readonly PolicyResult[],
  read: (minute: Minute) => number,
  format: (value: number) => string,
): string {
  const minutes = results.flatMap((result) => result.minutes);
  const top = niceAbove(Math.max(...minutes.map(read)));
  const last = Math.max(1, ...minutes.map(({ minute }) => minute));
  const x = (minute: number) =>
    MARGIN.left + (minute / last) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (value: number) =>
    HEIGHT - MARGIN.bottom - (value / top) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(share * top).toFixed(1);
    return (
      `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}"/>` +
      `<text x="${MARGIN.left - 8}" y="${at}" text-anchor="end" dominant-baseline="middle">${format(share * top)}</text>`
    );
  });
  const labels = spread(results.map((result) => y(read(result.minutes.at(-1) as Minute))));
  const lines = results.map((result, index) => {
    const points = result.minutes.map(
      (minute) => `${x(minute.minute).toFixed(1)},${y(read(minute)).toFixed(1)}`,
    );
    const colour = COLOURS[index % COLOURS.length];
    return (
      `<polyline fill="none" stroke="${colour}" stroke-width="${index === 0 ? 3 : 2}" points="${points.join(' ')}"/>` +
      `<text x="${WIDTH - MARGIN.right + 8}" y="${(labels[index] ?? 0).toFixed(1)}" style="fill:${colour}" dominant-baseline="middle">${result.policy}</text>`
    );
  });
  const bottom = HEIGHT - 12;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">`,
    '<style>text{font:12px system-ui,sans-serif;fill:#57606a}.grid{stroke:#8b949e;stroke-opacity:.35}',
    '@media(prefers-color-scheme:dark){text{fill:#b1bac4}}</style>',
    `<text x="${MARGIN.left}" y="18" style="font-weight:600">${title}</text>`,
    ...grid,
    ...lines,
    `<text x="${MARGIN.left}" y="${bottom}">0 min</text>`,
    `<text x="${WIDTH - MARGIN.right}" y="${bottom}" text-anchor="end">${last} min</text>`,
    '</svg>\n',
  ].join('\n');
}

function niceAbove(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const steps = [1, 2, 4, 5, 8, 10].map((step) => step * power);
  return steps.find((step) => step >= value * 0.999) ?? value;
}

/** Labels no nearer to each other than a line of text. */
function spread(places: readonly number[]): number[] {
  const apart = 15;
  const order = places.map((place, index) => ({ place, index })).sort((a, b) => a.place - b.place);
  for (let at = 1; at < order.length; at += 1) {
    const [above, below] = [order[at - 1], order[at]];
    if (above && below) below.place = Math.max(below.place, above.place + apart);
  }
  const placed = [...places];
  for (const { place, index } of order) placed[index] = place;
  return placed;
}
