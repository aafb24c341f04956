import type { PlanComparison } from '../best-plan/compare-plans.ts';
import type { PolicyResult } from '../network/measurements.ts';
import type { PlacementTimes } from '../placement-time.ts';
import type { SimulateOptions } from '../simulate-options.ts';

/** What `--json` prints. */
export interface SimulationReport {
  readonly options: SimulateOptions;
  readonly results: readonly PolicyResult[];
  readonly comparison?: PlanComparison;
  readonly placement?: PlacementTimes;
}

const COLUMNS: readonly (readonly [string, (result: PolicyResult) => string])[] = [
  ['placed by', ({ policy }) => policy],
  ['tokens/s', ({ servedTokensPerSecond }) => servedTokensPerSecond.toFixed(0)],
  ['answered', ({ answeredShare }) => percent(answeredShare)],
  ['coverage', ({ coverage }) => percent(coverage)],
  ['at worst', ({ coverageMin }) => percent(coverageMin)],
  ['an answer', ({ answerTokensPerSecond }) => `${answerTokensPerSecond.toFixed(1)}/s`],
  ['first token', ({ firstTokenMs }) => `${(firstTokenMs.median / 1000).toFixed(2)} s`],
  ['95 %', ({ firstTokenMs }) => `${(firstTokenMs.p95 / 1000).toFixed(1)} s`],
  ['stages', ({ stagesMean }) => stagesMean.toFixed(2)],
  ['GB joining', ({ joinedGb }) => joinedGb.toFixed(0)],
  ['GB moving', ({ movedGb }) => movedGb.toFixed(0)],
  ['moves', ({ moves }) => String(moves)],
  ['broken', ({ failedAnswers }) => String(failedAnswers)],
  ['ms to place', ({ placementMs }) => placementMs.mean.toFixed(3)],
];

/** The report as text. */
export function describeReport({ options, results, comparison, placement }: SimulationReport) {
  const lines: string[] = [];
  if (results.length > 0) {
    const { volunteers, users, minutes, stayMinutes, demand, seed } = options;
    lines.push(
      `${volunteers} volunteers who stay ${stayMinutes} minutes, ${users} users, ${demand} demand, ${minutes} minutes, seed ${seed}`,
      '',
      ...tableOf([
        COLUMNS.map(([title]) => title),
        ...results.map((result) => COLUMNS.map(([, show]) => show(result))),
      ]),
    );
  }
  if (comparison !== undefined) {
    const { plans, mean, median, p5, worst } = comparison;
    lines.push(
      '',
      `Plans of 12 volunteers against the best of all, ${plans} networks: mean ${percent(mean)}, median ${percent(median)}, worst twentieth ${percent(p5)}, worst ${percent(worst)}`,
    );
  }
  if (placement !== undefined) {
    const { peers, medianMs, p99Ms, maxMs, cpuP99Ms, cpuMaxMs } = placement;
    lines.push(
      '',
      `One placement among ${peers} volunteers: median ${medianMs.toFixed(3)} ms, 99th of a hundred ${p99Ms.toFixed(3)} ms, longest ${maxMs.toFixed(3)} ms; of processor time 99th ${cpuP99Ms.toFixed(3)} ms, longest ${cpuMaxMs.toFixed(3)} ms`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function tableOf(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
