import { SUBMIT_MS_MAX_GPU, SUBMIT_MS_MAX_SOFTWARE } from '../limits.ts';
import { rowKind } from './stage-context.ts';

/**
 * How long work takes on this adapter, learned from every chunk. The screen shares the GPU and gets it
 * between two submissions, so none may be long.
 */
export interface SubmitPace {
  /** What one submission should take at most. */
  readonly submitMsMax: number;
  /** Milliseconds that a product of `weightCount` weights with that many rows should take. */
  estimateMs(weightCount: number, rowCount: number): number;
  /** The same, measured. */
  learn(weightCount: number, rowCount: number, measuredMs: number): void;
}

/** First guesses for one weight and row: a software adapter's 1 GFLOP/s, an integrated GPU's memory. */
const MS_PER_WEIGHT_SOFTWARE = 2e-6;
const MS_PER_WEIGHT_GPU = 2e-8;

/** How much of a new measurement is believed. */
const LEARNING_RATE = 0.3;

/** Below, a chunk's time is mostly that of getting it to the device. */
const MEASURED_MS_MIN = 2;

export function createSubmitPace(
  isFallback: boolean,
  submitMsMax = isFallback ? SUBMIT_MS_MAX_SOFTWARE : SUBMIT_MS_MAX_GPU,
): SubmitPace {
  const guess = isFallback ? MS_PER_WEIGHT_SOFTWARE : MS_PER_WEIGHT_GPU;
  const msPerWeight = { one: guess, few: guess, many: guess };
  return {
    submitMsMax,
    estimateMs(weightCount, rowCount) {
      return weightCount * rowCount * msPerWeight[rowKind(rowCount)];
    },
    learn(weightCount, rowCount, measuredMs) {
      if (weightCount === 0 || measuredMs < MEASURED_MS_MIN) return;
      const kind = rowKind(rowCount);
      const known = msPerWeight[kind];
      const measured = measuredMs / (weightCount * rowCount);
      msPerWeight[kind] = known + LEARNING_RATE * (measured - known);
    },
  };
}
