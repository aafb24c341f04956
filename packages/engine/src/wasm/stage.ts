import { cutStep } from '../cut-step.ts';
import { EngineError } from '../error.ts';
import { SESSIONS_MAX, STEP_SLICE_MS } from '../limits.ts';
import { createRotations } from '../rotations.ts';
import type { ReadTensor, Stage, StageSpec, StepRequest, StepResult } from '../stage.ts';
import { checkSession, checkStep } from '../step-checks.ts';
import { createStepQueue } from '../step-queue.ts';
import { candidatesResult, hiddenResult } from '../step-results.ts';
import { type BlockWeights, blockWeights } from './block.ts';
import type { Activations } from './choose-product.ts';
import { createKernels, type KernelVariant, requireVariant } from './kernels.ts';
import { createWasmMemory } from './memory.ts';
import { createMultiply } from './multiply.ts';
import { type LoadedParts, runChunk } from './run-chunk.ts';
import { createScratch } from './scratch.ts';
import { createSession, type Session } from './session.ts';
import { loadWeights, type Weights } from './weights/load-weights.ts';

export interface WasmStageOptions {
  /** Bound on weights plus KV caches. */
  readonly memoryBytesMax: number;
  readonly signal?: AbortSignal | undefined;
  /** All tensors are in memory. */
  readonly onWeightsLoaded?: (() => void) | undefined;
  /** By default the fastest that changes answers by next to nothing: `i8` with relaxed kernels. */
  readonly activations?: Activations | undefined;
  /** By default the best that this engine runs. */
  readonly variant?: KernelVariant | undefined;
}

/** Loads a stage into WebAssembly memory: for tabs without a GPU, or with a slower one. */
export async function createWasmStage(
  spec: StageSpec,
  readTensor: ReadTensor,
  options: WasmStageOptions,
): Promise<Stage> {
  const variant = options.variant ?? requireVariant();
  const wanted = options.activations ?? 'i8';
  // The kernels for i8 need relaxed SIMD.
  const activations = wanted === 'i8' && variant === 'plain' ? 'i16' : wanted;
  const memory = createWasmMemory(options.memoryBytesMax);
  const kernels = await createKernels(variant, memory.memory);
  const { config, tensors } = spec;
  const weights = await loadWeights(kernels, memory, tensors, readTensor, options.signal);
  options.onWeightsLoaded?.();
  const scratch = createScratch(memory, config, spec);
  const multiply = createMultiply({ kernels, activations, scratch });
  const parts = { config, kernels, scratch, multiply, memory, ...bindWeights(weights, spec) };
  return serve(spec, parts, activations);
}

function bindWeights(weights: Weights, spec: StageSpec) {
  const { config, firstBlock, endBlock, embeds, heads } = spec;
  const blocks: BlockWeights[] = [];
  for (let index = firstBlock; index < endBlock; index += 1) {
    blocks.push(blockWeights(weights, config, index));
  }
  const hasFactors = config.hasRopeFactors && endBlock > firstBlock;
  const output = config.hasTiedEmbedding ? 'token_embd.weight' : 'output.weight';
  return {
    firstBlock,
    blocks,
    embedding: embeds ? weights.matrix('token_embd.weight') : undefined,
    head: heads
      ? { norm: weights.vector('output_norm.weight'), output: weights.matrix(output) }
      : undefined,
    rotations: createRotations(
      config,
      hasFactors ? weights.values('rope_freqs.weight') : undefined,
    ),
  };
}

function serve(spec: StageSpec, loaded: LoadedParts, activations: Activations): Stage {
  const { config, firstBlock, endBlock, embeds, heads } = spec;
  const range = { firstBlock, endBlock, embeds, heads };
  const sessions = new Map<string, Session>();
  const queue = createStepQueue();
  // Dropped on disposal: then the engine can free the whole memory.
  let parts: LoadedParts | undefined = loaded;

  const usable = (): LoadedParts => {
    if (parts !== undefined) return parts;
    throw new EngineError('disposed', 'the stage was unloaded; load it again');
  };
  const find = (sessionId: string): Session => {
    const session = sessions.get(sessionId);
    if (session !== undefined) return session;
    throw closed();
  };
  const run = async (request: StepRequest): Promise<StepResult> => {
    usable();
    const session = find(request.sessionId);
    checkStep(config, session.range, session.kvLength, request);
    const results: ArrayBuffer[] = [];
    session.kvLength = request.position;
    const breathe = createBreather();
    for (const chunk of cutStep(request, config.hiddenSize)) {
      await breathe();
      const current = usable();
      if (find(request.sessionId) !== session) throw closed();
      results.push(runChunk(current, session, chunk));
      session.kvLength += chunk.tokenCount;
    }
    return session.range.heads
      ? candidatesResult(results, config.vocabSize)
      : hiddenResult(results);
  };

  return {
    range,
    numericClass: `wasm-${activations}`,
    openSession(sessionId, sessionRange) {
      const { memory } = usable();
      checkSession(config, range, sessionRange);
      if (sessions.has(sessionId)) {
        throw new EngineError('bad-step', 'the session is open already; close it first');
      }
      if (sessions.size >= SESSIONS_MAX) {
        throw new EngineError('over-budget', `${SESSIONS_MAX} sessions are open; close one`);
      }
      sessions.set(sessionId, createSession(memory, config, sessionRange));
    },
    closeSession(sessionId) {
      sessions.get(sessionId)?.close();
      sessions.delete(sessionId);
    },
    step: (request) => queue.add(() => run(request)),
    stats: () => ({
      weightBytes: parts?.memory.bytes('weights') ?? 0,
      kvBytes: parts?.memory.bytes('kv') ?? 0,
      sessionCount: sessions.size,
      // Nothing is dispatched: kernels are called.
      dispatchCount: 0,
    }),
    dispose() {
      sessions.clear();
      parts = undefined;
    },
  };
}

function closed(): EngineError {
  return new EngineError('unknown-session', 'the session is not open here; open it again');
}

/**
 * Chunks run on this thread, which must hear in between that a session or the stage ended. Waiting
 * for that takes milliseconds, so chunks shorter than `STEP_SLICE_MS` share one.
 */
function createBreather(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < STEP_SLICE_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    since = performance.now();
  };
}
