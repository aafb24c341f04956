import { madeUpStage } from '../self-test/model-of-stage.ts';
import type { LoadStage } from '../self-test/self-test.ts';
import type { Stage } from '../stage.ts';
import { type BenchFigures, CONTEXT_TOKENS, PREFILL_TOKENS } from './bench-report.ts';
import { type BenchShape, type BenchType, benchSpec } from './bench-shapes.ts';

const BATCH_SESSIONS = 4;
const STEPS = 9;
const PREFILLS = 3;

/** Loads made-up blocks of a shape and times steps, after one of each kind that is not counted. */
export async function benchStage(
  loadStage: LoadStage,
  shape: BenchShape,
  type: BenchType,
  blockCount: number,
  signal?: AbortSignal,
): Promise<BenchFigures> {
  const made = madeUpStage(benchSpec(shape, type, blockCount), { ...shape.config, blockCount });
  const stage = await loadStage(made.spec, made.readTensor);
  try {
    const run = createRunner(stage, shape.config.hiddenSize, signal);
    const sessions = Array.from({ length: BATCH_SESSIONS }, (_, i) => `bench-${i}`);
    for (const id of sessions) await run.open(id);
    const prefill = await median(PREFILLS, () => run.prefill(sessions[0] as string));
    for (const id of sessions.slice(1)) await run.prefill(id);
    const decode = await median(STEPS, () => run.decode(sessions.slice(0, 1)));
    const { dispatchCount } = stage.stats();
    const batch = await median(STEPS, () => run.decode(sessions));
    const { weightBytes, allocatedBytes } = stage.stats();
    return {
      numericClass: stage.numericClass,
      threadCount: stage.threadCount,
      blockCount,
      decodeMsPerBlock: decode / blockCount,
      batchMsPerBlock: batch / blockCount,
      prefillMsPerBlock: prefill / blockCount,
      dispatchesPerBlock: dispatchCount / blockCount,
      weightBytes,
      allocatedBytes,
    };
  } finally {
    stage.dispose();
  }
}

function createRunner(stage: Stage, hiddenSize: number, signal?: AbortSignal) {
  const positionsMax = CONTEXT_TOKENS + 1;
  const stepOf = (sessionId: string, position: number, tokenCount: number) => {
    const hidden = new Float32Array(tokenCount * hiddenSize);
    for (let i = 0; i < hidden.length; i += 1) hidden[i] = Math.sin(0.7 * i + position);
    return { sessionId, position, tokenCount, hidden, headRows: 0 };
  };
  return {
    open: (id: string) => stage.openSession(id, { ...stage.range, positionsMax }),
    async prefill(id: string): Promise<void> {
      signal?.throwIfAborted();
      await stage.step(stepOf(id, 0, PREFILL_TOKENS));
    },
    /** Always the same position: what is timed does not grow. */
    async decode(ids: readonly string[]): Promise<void> {
      signal?.throwIfAborted();
      const outcomes = await stage.pass(ids.map((id) => stepOf(id, CONTEXT_TOKENS, 1)));
      for (const outcome of outcomes) if ('error' in outcome) throw outcome.error;
    },
  };
}

async function median(count: number, run: () => Promise<void>): Promise<number> {
  await run();
  const times: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const startedAt = performance.now();
    await run();
    times.push(performance.now() - startedAt);
  }
  return times.sort((a, b) => a - b)[Math.floor(count / 2)] as number;
}
