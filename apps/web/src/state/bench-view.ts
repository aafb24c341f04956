import {
  type BenchRow,
  PREFILL_TOKENS,
  wholeModelRate,
} from '@manyhands/engine/bench/bench-report';
import { BENCH_SHAPES } from '@manyhands/engine/bench/bench-shapes';

import { t } from '../strings/language.ts';
import type { BenchState } from './bench.ts';
import { caseKeyOf, type KeptBench } from './bench-memory.ts';
import { formatBytes, formatMoment, formatMs, formatShare, formatTokenRate } from './format.ts';
import { BENCH_NOISE } from './limits.ts';

/** One row of the table, as people read it. */
export interface BenchRowView {
  readonly key: string;
  readonly shape: string;
  readonly type: string;
  readonly backend: string;
  /** Present where the case could not be measured. */
  readonly problem?: string;
  readonly decode: string;
  /** Against the last time; empty where there was none. */
  readonly change: string;
  readonly wholeModel: string;
  readonly prefill: string;
  readonly batch: string;
  readonly memory: string;
}

/** `isSoftware`: the only adapter draws with the processor. */
export function describeRow(
  row: BenchRow,
  isSoftware = false,
  before: KeptBench = {},
): BenchRowView {
  const { name, config } = BENCH_SHAPES[row.shape];
  const backend = row.backend === 'webgpu' && isSoftware ? 'software' : row.backend;
  const threadCount = 'figures' in row ? row.figures.threadCount : 1;
  const base = {
    key: caseKeyOf(row),
    shape: name,
    type: row.type,
    backend:
      backend === 'wasm'
        ? t('contribute.device.processor', { count: threadCount })
        : t(`bench.backends.${backend}`),
  };
  if ('problem' in row) {
    const none = {
      decode: '–',
      wholeModel: '–',
      prefill: '–',
      batch: '–',
      memory: '–',
      change: '',
    };
    return { ...base, ...none, problem: row.problem.message };
  }
  const { decodeMsPerBlock, prefillMsPerBlock, batchMsPerBlock, allocatedBytes } = row.figures;
  const prefillMs = prefillMsPerBlock * config.blockCount;
  return {
    ...base,
    decode: t('units.milliseconds', { value: formatMs(decodeMsPerBlock) }),
    change: describeChange(decodeMsPerBlock, before[base.key]),
    wholeModel: formatTokenRate(wholeModelRate(decodeMsPerBlock, config.blockCount)),
    prefill: formatTokenRate((1000 * PREFILL_TOKENS) / prefillMs),
    batch: t('bench.times', { value: formatMs(batchMsPerBlock / decodeMsPerBlock) }),
    memory: formatBytes(allocatedBytes),
  };
}

function describeChange(decodeMs: number, before: KeptBench[string] | undefined): string {
  if (before === undefined || before.decodeMs === 0 || decodeMs === 0) return '';
  const time = formatMoment(before.measuredAtMs);
  const ratio = before.decodeMs / decodeMs;
  if (Math.abs(ratio - 1) <= BENCH_NOISE) return t('bench.change.same', { time });
  return ratio > 1
    ? t('bench.change.faster', { share: formatShare(ratio - 1), time })
    : t('bench.change.slower', { share: formatShare(1 - ratio), time });
}

/** When this device was measured before, for a page that has measured nothing yet. */
export function describeBefore(before: KeptBench): string {
  const times = Object.values(before).map(({ measuredAtMs }) => measuredAtMs);
  return times.length === 0 ? '' : t('bench.before', { time: formatMoment(Math.max(...times)) });
}

/** `3 of 4: SmolLM2-135M, Q8_0, on the processor`. */
export function describeBenchProgress(state: BenchState): string {
  const { current, rows, caseCount } = state;
  if (current === undefined) return t('bench.looking');
  return t(`bench.progress.${current.backend}`, {
    place: Math.min(rows.length + 1, caseCount),
    all: caseCount,
    shape: BENCH_SHAPES[current.shape].name,
    type: current.type,
  });
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
