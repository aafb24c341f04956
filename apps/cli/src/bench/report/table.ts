import type { AdapterPeaks, MatMulPeak } from '../measure/adapter-peaks.ts';
import type { BenchReport, CaseReport, ContenderReport, Measured, Speeds } from './bench-report.ts';
import { ratiosOf } from './ratios.ts';

/** A report for people: a table for each case, then how many times as fast ours is. */
export function describeReport({ machine, adapter, cases, startedAt }: BenchReport): string {
  const lines = [
    `${machine.cpu}, ${machine.cores} cores, ${machine.platform}, ${machine.runtime}; ${startedAt}`,
    ...(adapter === null ? [] : describeAdapter(adapter)),
    ...cases.flatMap((each) => ['', ...describeCase(each)]),
  ];
  return `${lines.join('\n')}\n`;
}

function describeAdapter(adapter: AdapterPeaks): string[] {
  const name = `${adapter.vendor} ${adapter.architecture} ${adapter.description}`.trim();
  const gigabytes = (bytes: number | null) => `${rate(bytes, 1e9)} GB/s`;
  const matMul = ({ kind, operationsPerSecond }: MatMulPeak) =>
    `${kind} ${rate(operationsPerSecond, 1e9)}`;
  return [
    `adapter ${name}${adapter.isFallback ? ' (software)' : ''}`,
    `  copy ${gigabytes(adapter.copyBytesPerSecond)}, read ${gigabytes(adapter.readBytesPerSecond)}`,
    `  mat-mul, billion operations a second: ${adapter.matMul.map(matMul).join(', ')}`,
  ];
}

const COLUMNS = [
  'engine',
  'decode ms',
  'tokens/s',
  'prefill tokens/s',
  'block ms',
  'dispatches',
  'MB',
  'load s',
  'first token s',
  'differs',
] as const;

function describeCase(report: CaseReport): string[] {
  const { model, type, backend, blockCount, wholeBlockCount, contenders } = report;
  const isWhole = blockCount === wholeBlockCount;
  const blocks = isWhole
    ? `${blockCount} blocks`
    : `${blockCount} of ${wholeBlockCount} blocks; speeds are of the whole model: what the ends ` +
      'cost plus all blocks at what one costs here, where that was measured';
  const rows = contenders.filter(isMeasured).map(describeContender);
  const failures = contenders.flatMap((each) =>
    isMeasured(each) ? [] : [`  ${each.name} ${each.status}: ${each.reason}`],
  );
  return [
    `${model} ${type}, ${backend}: ${blocks}`,
    ...(rows.length === 0 ? [] : alignColumns([COLUMNS, ...rows])),
    ...failures,
    ...describeRatios(report),
    ...contenders.filter(isMeasured).flatMap(describeExtras),
  ];
}

function isMeasured(contender: ContenderReport): contender is Measured {
  return contender.status === 'measured';
}

function describeContender(contender: Measured): string[] {
  const { name, perBlock, agreement, loadMs, firstTokenMs, dispatchesPerToken } = contender;
  const speeds = contender.whole ?? contender.measured;
  const bytes = contender.peakGpuBytes + contender.wasmBytes;
  return [
    contender.whole === null ? `${name} (these blocks)` : name,
    number(speeds.decodeMs),
    number(1000 / speeds.decodeMs),
    describePrefill(speeds),
    perBlock === null ? '-' : number(perBlock.decodeMs),
    dispatchesPerToken === 0 ? '-' : `${dispatchesPerToken}`,
    bytes === 0 ? '-' : number(bytes / 1e6),
    number(loadMs / 1000),
    number(firstTokenMs / 1000),
    agreement === null ? '-' : `${number(agreement.relative * 100)} %`,
  ];
}

function describePrefill({ prefill }: Speeds): string {
  return prefill
    .map(({ tokenCount, ms }) => {
      return `${tokenCount}: ${ms === null ? '-' : number((1000 * tokenCount) / ms)}`;
    })
    .join(', ');
}

function describeRatios(report: CaseReport): string[] {
  return ratiosOf(report).map(({ ours, rival, decode, prefill }) => {
    const times = prefill.flatMap((each) =>
      each.times === null ? [] : [`${number(each.times)} x in prefill of ${each.tokenCount}`],
    );
    const parts = [`${number(decode)} x in decode`, ...times];
    return `  ${ours} over ${rival}: ${parts.join(', ')}`;
  });
}

/** Batch, shares of the adapter and kernels, where they were measured. */
function describeExtras({ name, batch, copyShare, matMulShare, kernels }: Measured): string[] {
  const lines: string[] = [];
  if (batch !== null) {
    const times = number(batch.togetherMs / batch.oneMs);
    lines.push(
      `  ${name}: ${batch.sessionCount} sessions' rows take ${number(batch.togetherMs)} ms, one ` +
        `${number(batch.oneMs)} ms (${times} x)`,
    );
  }
  if (copyShare !== null)
    lines.push(`  ${name}: decode at ${percent(copyShare)} of copy bandwidth`);
  if (matMulShare !== null) {
    lines.push(`  ${name}: longest prefill at ${percent(matMulShare)} of the best mat-mul`);
  }
  if (kernels !== null && kernels.length > 0) {
    const list = kernels.slice(0, 8).map(({ label, dispatchCount, totalMs }) => {
      return `${label} ${number(totalMs)} ms in ${dispatchCount}`;
    });
    lines.push(`  ${name}, a token by kernel: ${list.join('; ')}`);
  }
  return lines;
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = COLUMNS.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return `  ${cells.join('  ')}`;
  });
}

/** Three digits that count. */
function number(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(value >= 0.1 ? 2 : 3);
}

function percent(share: number): string {
  return `${number(share * 100)} %`;
}

function rate(perSecond: number | null, unit: number): string {
  return perSecond === null ? '-' : number(perSecond / unit);
}
