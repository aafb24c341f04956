import {
  type BenchRow,
  PREFILL_TOKENS,
  wholeModelRate,
} from '@manyhands/engine/bench/bench-report';
import { BENCH_SHAPES } from '@manyhands/engine/bench/bench-shapes';

import type { BenchState } from './bench.ts';
import { formatBytes, formatCount, formatTokenRate } from './format.ts';

/** One row of the table, as people read it. */
export interface BenchRowView {
  readonly key: string;
  readonly shape: string;
  readonly type: string;
  readonly backend: string;
  /** Present where the case could not be measured. */
  readonly problem?: string;
  readonly decode: string;
  readonly wholeModel: string;
  readonly prefill: string;
  readonly batch: string;
  readonly memory: string;
}

const BACKEND_NAMES = { webgpu: 'GPU', wasm: 'Processor' } as const;

/** `isSoftware`: the only adapter draws with the processor. */
export function describeRow(row: BenchRow, isSoftware = false): BenchRowView {
  const { name, config } = BENCH_SHAPES[row.shape];
  const base = {
    key: `${row.shape} ${row.type} ${row.backend}`,
    shape: name,
    type: row.type,
    backend: `${BACKEND_NAMES[row.backend]}${isSoftware && row.backend === 'webgpu' ? ' (software)' : ''}`,
  };
  if ('problem' in row) {
    const none = { decode: '–', wholeModel: '–', prefill: '–', batch: '–', memory: '–' };
    return { ...base, ...none, problem: row.problem.message };
  }
  const { decodeMsPerBlock, prefillMsPerBlock, batchMsPerBlock, allocatedBytes } = row.figures;
  const prefillMs = prefillMsPerBlock * config.blockCount;
  return {
    ...base,
    decode: `${formatMs(decodeMsPerBlock)} ms`,
    wholeModel: formatTokenRate(wholeModelRate(decodeMsPerBlock, config.blockCount)),
    prefill: formatTokenRate((1000 * PREFILL_TOKENS) / prefillMs),
    batch: `${formatMs(batchMsPerBlock / decodeMsPerBlock)}×`,
    memory: formatBytes(allocatedBytes),
  };
}

/** Small times keep their digits: `0.084`, `1.2`, `140`. */
function formatMs(ms: number): string {
  return ms >= 100 ? formatCount(ms) : String(Number(ms.toPrecision(2)));
}

/** `3 of 4: SmolLM2-135M, Q8_0, on the processor`. */
export function describeBenchProgress(state: BenchState): string {
  const { current, rows, caseCount } = state;
  if (current === undefined) return 'Looking at this device.';
  const place = `${Math.min(rows.length + 1, caseCount)} of ${caseCount}`;
  const backend = current.backend === 'wasm' ? 'the processor' : 'the GPU';
  return `${place}: ${BENCH_SHAPES[current.shape].name}, ${current.type}, on ${backend}`;
}

/** Everything that was measured, for a report to somebody else. */
export function benchAsJson(state: BenchState, userAgent: string, processors: number): string {
  const { device, rows } = state;
  return JSON.stringify(
    { format: 'manyhands-bench-1', userAgent, processors, device, rows },
    null,
    2,
  );
}
