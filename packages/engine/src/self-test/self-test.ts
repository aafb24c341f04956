import { EngineError } from '../error.ts';
import {
  createReferenceCache,
  forward,
  loadReferenceModel,
  type ReferenceStep,
} from '../reference/forward.ts';
import type { ReadTensor, Stage, StageSpec, StepRequest, StepResult } from '../stage.ts';
import { distinctBlocks, madeUpStage } from './model-of-stage.ts';

/** Loads a stage on the backend under test. */
export type LoadStage = (spec: StageSpec, readTensor: ReadTensor) => Promise<Stage>;

/** Multiples of 256, which every type's rows fill. */
const SIZES = { hiddenSize: 256, ffnSize: 256, vocabSize: 300 } as const;
/** Quantisers mix types in two or three ways. */
const BLOCKS_MAX = 4;

/** Steps over the same session: each kind of product, and a cache of more than one page. */
const STEP_TOKENS = [40, 5, 1] as const;

/** Sums in f32 stay far below; rounded activations and caches stay below the second. */
const TOLERANCE_F32 = 1e-3;
const TOLERANCE_ROUNDED = 0.05;

/**
 * Runs what is about to serve on made-up weights and holds it against plain loops on the processor.
 * Drivers compute wrong numbers without a word, so a tab proves itself before it accepts work:
 * `self-test-failed` where it does not.
 */
export async function selfTest(real: StageSpec, loadStage: LoadStage): Promise<void> {
  const blockCount = Math.min(BLOCKS_MAX, distinctBlocks(real).length);
  const { spec, readTensor } = madeUpStage(real, { ...SIZES, blockCount });
  const reference = await loadReferenceModel(spec.config, spec.tensors, readTensor);
  const stage = await loadStage(spec, readTensor);
  try {
    const cache = createReferenceCache();
    const { firstBlock, endBlock, embeds, heads } = spec;
    const range = { firstBlock, endBlock, embeds, heads };
    await stage.openSession(SESSION_ID, { ...range, positionsMax: 64 });
    let position = 0;
    for (const tokenCount of STEP_TOKENS) {
      const { request, step } = inputOf(spec, position, tokenCount);
      const result = await stage.step(request);
      const expected = forward(reference, { ...step, range, cache });
      check(stage.numericClass, tokenCount, errorOf(result, expected, heads));
      position += tokenCount;
    }
  } finally {
    stage.dispose();
  }
}

const SESSION_ID = 'self-test';

function inputOf({ config, embeds, heads }: StageSpec, position: number, tokenCount: number) {
  const headRows = heads ? tokenCount : 0;
  const base = { sessionId: SESSION_ID, position, tokenCount, headRows };
  if (embeds) {
    const tokenIds = Array.from({ length: tokenCount }, (_, i) => (7 * (position + i)) % 300);
    const request: StepRequest = { ...base, tokenIds: Uint32Array.from(tokenIds) };
    return { request, step: { position, tokenIds } };
  }
  const { hiddenSize } = config;
  const hidden = new Float32Array(tokenCount * hiddenSize);
  for (let i = 0; i < hidden.length; i += 1) hidden[i] = Math.sin(1.7 * (i + position) + i * i);
  const rows = Array.from({ length: tokenCount }, (_, i) =>
    Float64Array.from(hidden.subarray(i * hiddenSize, (i + 1) * hiddenSize)),
  );
  const step: Pick<ReferenceStep, 'position' | 'hidden'> = { position, hidden: rows };
  return { request: { ...base, hidden }, step };
}

/** The largest difference, relative to the largest expected number. */
function errorOf(result: StepResult, expected: readonly Float64Array[], heads: boolean): number {
  let difference = 0;
  let size = 0;
  const compare = (actual: number, wanted: number): void => {
    const error = Math.abs(actual - wanted);
    difference = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(difference, error);
    size = Math.max(size, Math.abs(wanted));
  };
  for (const [row, values] of expected.entries()) {
    if (!heads) {
      const first = row * values.length;
      for (const [i, value] of values.entries()) compare(result.hidden?.[first + i] ?? NaN, value);
      continue;
    }
    const { candidates } = result;
    const count = candidates?.candidateCount ?? 0;
    for (let i = row * count; i < (row + 1) * count; i += 1) {
      const id = candidates?.tokenIds[i] ?? 0;
      compare(candidates?.logits[i] ?? NaN, values[id] ?? NaN);
    }
    compare(candidates?.logits[row * count] ?? NaN, Math.max(...values));
  }
  return difference / Math.max(size, Number.MIN_VALUE);
}

function check(numericClass: string, tokenCount: number, error: number): void {
  const isExact = /^(webgpu|wasm)-(f32|i16)$/.test(numericClass);
  const tolerance = isExact ? TOLERANCE_F32 : TOLERANCE_ROUNDED;
  if (error <= tolerance) return;
  throw new EngineError(
    'self-test-failed',
    `this device computes wrong numbers (${numericClass}, ${tokenCount} rows, off by ` +
      `${(error * 100).toPrecision(2)} %); update the browser and the graphics driver, or contribute ` +
      'with the processor',
  );
}
