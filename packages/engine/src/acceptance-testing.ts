import { createRandom } from '@manyhands/testkit/random';
import { expect } from 'vitest';
import { createReferenceCache, forward } from './reference/forward.ts';
import type {
  SessionRange,
  Stage,
  StageRange,
  StepOutcome,
  StepRequest,
  StepResult,
} from './stage.ts';
import type { TestModel } from './stage-testing.ts';
import { relativeError } from './webgpu/kernel-testing.ts';

/** A way of running stages, for the suites that all of them pass. */
export interface StageBackend {
  readonly name: string;
  /** What `numericClass` says of its stages. */
  readonly numericClass: string;
  /** Largest error of logits and hidden states, relative to the largest of them. */
  readonly tolerance: number;
  load(model: TestModel, range: StageRange, memoryBytesMax: number): Promise<Stage>;
}

export const MIB = 2 ** 20;

export const session = (range: StageRange, positionsMax = 200): SessionRange => ({
  ...range,
  positionsMax,
});

export function randomTokens(model: TestModel, count: number, seed = 1): Uint32Array<ArrayBuffer> {
  const random = createRandom(seed);
  return Uint32Array.from({ length: count }, () => random.below(model.config.vocabSize));
}

export function resultOf(outcome: StepOutcome): StepResult {
  if ('error' in outcome) throw outcome.error;
  return outcome.result;
}

/** A step of token ids with candidates of its last row. */
export const tokenStep = (
  tokenIds: Uint32Array<ArrayBuffer>,
  position: number,
  more: Partial<StepRequest> = {},
): StepRequest => ({
  sessionId: 's',
  position,
  tokenCount: tokenIds.length,
  tokenIds,
  headRows: 1,
  ...more,
});

/** Logits of every position. */
export async function referenceLogits(
  model: TestModel,
  tokenIds: Uint32Array,
): Promise<Float64Array[]> {
  const reference = await model.reference();
  const step = { range: model.whole, cache: createReferenceCache(), position: 0 };
  return forward(reference, { ...step, tokenIds: [...tokenIds] });
}

/** The result's candidates against rows of reference logits. */
export function expectCandidates(
  { candidates }: StepResult,
  rows: readonly Float64Array[],
  tolerance: number,
): void {
  expect(candidates?.rowCount).toBe(rows.length);
  const count = candidates?.candidateCount ?? 0;
  rows.forEach((row, i) => {
    const ids = [...(candidates?.tokenIds.subarray(i * count, (i + 1) * count) ?? [])];
    const logits = candidates?.logits.subarray(i * count, (i + 1) * count) ?? [];
    const best = row.toSorted((a, b) => b - a).slice(0, count);
    expect(new Set(ids).size).toBe(count);
    // Near ties may change places: what each id was given must be right, and so must the order.
    const own = ids.map((id) => row[id] as number);
    expect(relativeError(logits, own)).toBeLessThan(tolerance);
    expect(relativeError(logits, best)).toBeLessThan(tolerance);
    const peak = best[0] as number;
    const sum = row.reduce((total, logit) => total + Math.exp(logit - peak), 0);
    const difference = (candidates?.logSumExp[i] ?? 0) - (peak + Math.log(sum));
    expect(Math.abs(difference)).toBeLessThan(Math.max(1e-4, 4 * tolerance));
  });
}
