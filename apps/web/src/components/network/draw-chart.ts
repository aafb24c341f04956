import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatCount, formatHourMinute } from '../../state/format.ts';

/** A line over time on a canvas. */
export interface DrawnChart {
  setData(times: readonly number[], values: readonly (number | null)[]): void;
  /** Draws anew: the theme, the language or the room has changed. */
  redraw(): void;
  /** Marks one time, as a pointer over it would. */
  mark(index: number): void;
  dispose(): void;
}

export interface ChartOptions {
  readonly label: string;
  /** Volunteers come and go at once; tokens add up over a minute. */
  readonly isStepped: boolean;
  /** The time under the pointer; nothing where there is none. */
  readonly onMark: (index: number | undefined) => void;
}

const HEIGHT_PX = 200;
const WIDTH_PX_MIN = 120;
const FONT = '12px system-ui, sans-serif';

/** The only file that knows the library, fetched when a chart is first shown. */
export function drawChart(
  host: HTMLElement,
  options: ChartOptions,
  times: readonly number[],
  values: readonly (number | null)[],
): DrawnChart {
  let data: uPlot.AlignedData = [[...times], [...values]];
  const widthOf = (): number => Math.max(WIDTH_PX_MIN, Math.floor(host.clientWidth));
  const make = (): uPlot => new uPlot(describe(host, options, widthOf()), data, host);
  let plot = make();
  const resizes = new ResizeObserver(() => {
    if (plot.width !== widthOf()) plot.setSize({ width: widthOf(), height: HEIGHT_PX });
  });
  resizes.observe(host);
  return {
    setData(nextTimes, nextValues) {
      data = [[...nextTimes], [...nextValues]];
      plot.setData(data);
    },
    redraw() {
      plot.destroy();
      plot = make();
    },
    mark(index) {
      const time = data[0][index];
      if (time === undefined) return;
      plot.setCursor({ left: plot.valToPos(time, 'x'), top: 0 });
    },
    dispose() {
      resizes.disconnect();
      plot.destroy();
    },
  };
}

function describe(host: HTMLElement, options: ChartOptions, width: number): uPlot.Options {
  const colour = readColours(host);
  const axis = { font: FONT, stroke: colour('--ink-soft'), ticks: { show: false } };
  const grid = { stroke: colour('--line'), width: 1 };
  return {
    width,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
    scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 64,
        values: (_, times) => times.map((time) => formatHourMinute(time * 1_000)),
      },
      {
        ...axis,
        grid,
        size: 56,
        // Nobody is half there.
        incrs: [1, 2, 5].flatMap((step) => POWERS.map((power) => step * power)),
        values: (_, counts) => counts.map((count) => formatCount(count)),
      },
    ],
    series: [
      {},
      {
        label: options.label,
        stroke: colour('--accent'),
        fill: colour('--accent-soft'),
        width: 2,
        points: { show: false },
        ...steppedPath(options.isStepped),
      },
    ],
    hooks: { setCursor: [({ cursor }) => options.onMark(cursor.idx ?? undefined)] },
  };
}

const POWERS = Array.from({ length: 12 }, (_, power) => 10 ** power);

function steppedPath(isStepped: boolean): Pick<uPlot.Series, 'paths'> {
  const paths = isStepped ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  return paths === undefined ? {} : { paths };
}

/** A canvas knows no custom properties: an element resolves them, in the theme that is shown. */
function readColours(host: HTMLElement): (property: string) => string {
  return (property) => {
    const probe = document.createElement('span');
    probe.style.color = `var(${property})`;
    host.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}
