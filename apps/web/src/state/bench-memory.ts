import type { BenchRow } from '@manyhands/engine/bench/bench-report';
import * as v from 'valibot';
import { BENCH_CASES_KEPT_MAX, BENCH_MS_MAX } from './limits.ts';
import { readStored, writeStored } from './stored.ts';

const KEY = 'manyhands.bench';

const Kept = v.strictObject({
  /** Milliseconds for a token through a block. */
  decodeMs: v.pipe(v.number(), v.minValue(0), v.maxValue(BENCH_MS_MAX)),
  measuredAtMs: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

/** Case by case what was measured last, kept in this browser and nowhere else. */
const KeptBench = v.pipe(
  v.record(v.pipe(v.string(), v.maxLength(64)), Kept),
  v.check((cases) => Object.keys(cases).length <= BENCH_CASES_KEPT_MAX, 'too many cases'),
);
export type KeptBench = v.InferOutput<typeof KeptBench>;

/** Names a case, in the store and in lists. */
export function caseKeyOf({ shape, type, backend }: BenchRow): string {
  return `${shape} ${type} ${backend}`;
}

export function readKeptBench(storage: Storage | undefined): KeptBench {
  return readStored(storage, KEY, KeptBench) ?? {};
}

export function writeKeptBench(storage: Storage | undefined, kept: KeptBench): void {
  writeStored(storage, KEY, kept);
}

/** Cases that failed, or were not measured this time, stay as they were. */
export function withRows(kept: KeptBench, rows: readonly BenchRow[], atMs: number): KeptBench {
  const measured = rows.flatMap((row) =>
    'problem' in row
      ? []
      : [[caseKeyOf(row), { decodeMs: row.figures.decodeMsPerBlock, measuredAtMs: atMs }] as const],
  );
  return { ...kept, ...Object.fromEntries(measured) };
}
