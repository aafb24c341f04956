import type { Candidates, StageRange, StepRequest, StepResult } from '@manyhands/engine/stage';
import { createEngine } from '@manyhands/engine/worker/create-engine';
import {
  type ActivationType,
  decodeActivation,
  encodeActivation,
} from '@manyhands/protocol/activation';
import { ProtocolError } from '@manyhands/protocol/error';
import type { EvalLoaded, EvalLoadRequest } from './eval-harness.ts';

export interface ChainStep {
  readonly position: number;
  readonly tokenIds: readonly number[];
  /** Last rows whose candidates are wanted. */
  readonly headRows: number;
  /** How hidden states cross from stage to stage. */
  readonly wire: ActivationType;
}

/** One session through the stages of a model, each in a Worker of its own. */
export interface StageChain {
  readonly loaded: EvalLoaded;
  open(positionsMax: number): Promise<void>;
  /** One forward pass through all stages. */
  step(step: ChainStep): Promise<Candidates>;
  close(): Promise<void>;
  /** Dispatches that all stages recorded for the last step. */
  dispatchCount(): Promise<number>;
  dispose(): Promise<void>;
}

type Engine = ReturnType<typeof createEngine>;

const SESSION_ID = 'eval';
/** A worker that hangs in a driver is cut off after this. */
const UNLOAD_TIMEOUT_MS = 5_000;
/** The evaluator serves a model it was told to load: its size is the user's decision. */
const MEMORY_BYTES_MAX = Number.MAX_SAFE_INTEGER;

/** Loads every stage, one after the other: they share one GPU and one connection. */
export async function createStageChain(request: EvalLoadRequest): Promise<StageChain> {
  const engines: Engine[] = [];
  try {
    for (const [index, range] of request.stages.entries()) {
      const engine = createEngine();
      engines.push(engine);
      const loaded = await loadStage(engine, index, range, request);
      if (index === request.stages.length - 1) return chainOf(engines, loaded, request);
    }
    throw new Error('A chain has at least one stage.');
  } catch (error) {
    await disposeAll(engines);
    throw error;
  }
}

function loadStage(engine: Engine, index: number, range: StageRange, request: EvalLoadRequest) {
  const options = {
    ...range,
    modelRoot: request.modelRoot,
    manifestUrl: request.manifestUrl,
    sourceUrls: [request.sourceUrl],
    memoryBytesMax: MEMORY_BYTES_MAX,
    backend: request.backend,
    activations: request.activations,
    gpuShare: 1,
    // Stages stand for devices of their own.
    threadsMax: 1,
  };
  return engine.loadStage(options, (progress) => window.reportLoadProgress?.(index, progress));
}

function chainOf(
  engines: readonly Engine[],
  { adapter, backend, numericClass }: EvalLoaded,
  { stages, stepTimeoutMs }: EvalLoadRequest,
): StageChain {
  const bounded = <Value>(promise: Promise<Value>) => within(promise, stepTimeoutMs);

  async function step({ position, tokenIds, headRows, wire }: ChainStep) {
    let input: Pick<StepRequest, 'tokenIds' | 'hidden'> = { tokenIds: Uint32Array.from(tokenIds) };
    let result: StepResult = {};
    for (const [index, engine] of engines.entries()) {
      const isLast = index === engines.length - 1;
      result = await bounded(
        engine.step({
          sessionId: SESSION_ID,
          position,
          tokenCount: tokenIds.length,
          ...input,
          headRows: isLast ? headRows : 0,
        }),
      );
      if (isLast) break;
      if (!result.hidden) throw new Error(`Stage ${index} returned no hidden states.`);
      const hiddenSize = result.hidden.length / tokenIds.length;
      input = { hidden: crossLink(result.hidden, wire, hiddenSize) };
    }
    if (!result.candidates) throw new Error('The last stage returned no candidates.');
    return result.candidates;
  }

  return {
    loaded: { ...(adapter && { adapter }), backend, numericClass },
    open: async (positionsMax) => {
      for (const [index, engine] of engines.entries()) {
        const range = stages[index] as StageRange;
        await bounded(engine.openSession(SESSION_ID, { ...range, positionsMax }));
      }
    },
    step,
    close: async () => {
      for (const engine of engines) await bounded(engine.closeSession(SESSION_ID));
    },
    dispatchCount: async () => {
      const stats = await Promise.all(engines.map((engine) => bounded(engine.stats())));
      return stats.reduce((sum, { dispatchCount }) => sum + dispatchCount, 0);
    },
    dispose: () => disposeAll(engines),
  };
}

/** What a link does to hidden states: rounds them, or sends floats where a value does not fit. */
function crossLink(
  hidden: Float32Array<ArrayBuffer>,
  wire: ActivationType,
  hiddenSize: number,
): Float32Array<ArrayBuffer> {
  try {
    const bytes = encodeActivation(hidden, wire, hiddenSize);
    return decodeActivation(bytes, wire, hidden.length, hiddenSize);
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'overflow') return hidden;
    throw error;
  }
}

async function within<Value>(promise: Promise<Value>, timeoutMs: number): Promise<Value> {
  let timer = 0;
  const timeout = new Promise<never>((_, reject) => {
    timer = window.setTimeout(
      () => reject(new Error(`A stage did not answer within ${timeoutMs / 1000} seconds.`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    window.clearTimeout(timer);
  }
}

async function disposeAll(engines: readonly Engine[]): Promise<void> {
  await Promise.allSettled(engines.map((engine) => within(engine.unload(), UNLOAD_TIMEOUT_MS)));
  for (const engine of engines) engine.terminate();
}
