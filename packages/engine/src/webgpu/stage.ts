import { cutStep } from '../cut-step.ts';
import { EngineError } from '../error.ts';
import { SESSIONS_MAX, SUBMITS_IN_FLIGHT_MAX } from '../limits.ts';
import type { ReadTensor, Stage, StageSpec, StepRequest, StepResult } from '../stage.ts';
import { checkSession, checkStep } from '../step-checks.ts';
import { createStepQueue } from '../step-queue.ts';
import { candidatesResult, hiddenResult } from '../step-results.ts';
import type { GpuDevice } from './device.ts';
import { HEAD_DIM_MAX } from './kernels/attention/attention.ts';
import { VOCAB_SIZE_MAX } from './kernels/candidates/candidates.ts';
import type { ActivationChoice } from './kernels/product-variant.ts';
import { type LoadedStage, loadParts } from './load-stage.ts';
import { createGpuMemory, type GpuMemory } from './memory.ts';
import { type LoadedParts, readResult, submitChunk } from './run-chunk.ts';
import { createSession, type Session } from './session.ts';
import { type TunedChoices, type TuningStore, timeDispatch, tuningKey } from './tuning.ts';

export interface WebGpuStageOptions {
  /** Bound on weights plus KV caches. */
  readonly memoryBytesMax: number;
  readonly signal?: AbortSignal | undefined;
  /** All tensors are on the device; what remains is compiling. */
  readonly onWeightsLoaded?: (() => void) | undefined;
  /** Prefill with tiled mat-muls: by default where the adapter is a real GPU. */
  readonly hasMatMul?: boolean | undefined;
  /** What products may round activations to: by default nothing, `auto` is what suits the adapter. */
  readonly activations?: ActivationChoice | undefined;
  /** Where the fastest kernels of each adapter are remembered; `tune` adds to it. */
  readonly tuningStore?: TuningStore | undefined;
  /** Matrices larger than this are cut: by default what the adapter can bind. */
  readonly bindingBytesMax?: number | undefined;
}

export interface WebGpuStage extends Stage {
  /** Rejects with `out-of-memory` where the device refused the session's caches. */
  whenSessionReady(sessionId: string): Promise<void>;
  /**
   * Measures, between steps, which kernels are fastest here and goes over to them; what the store
   * knew was used from the start. Resolves with the choices.
   */
  tune(): Promise<TunedChoices>;
}

/** Loads a stage onto the device; everything it allocated is freed where loading fails. */
export async function createWebGpuStage(
  gpu: GpuDevice,
  spec: StageSpec,
  readTensor: ReadTensor,
  options: WebGpuStageOptions,
): Promise<WebGpuStage> {
  checkModel(spec);
  const memory = createGpuMemory(gpu.device, options.memoryBytesMax);
  const hasMatMul = options.hasMatMul ?? !gpu.isFallback;
  const { maxStorageBufferBindingSize, maxBufferSize } = gpu.device.limits;
  const bindingBytesMax =
    options.bindingBytesMax ?? Math.min(maxStorageBufferBindingSize, maxBufferSize);
  try {
    const { signal, onWeightsLoaded } = options;
    const { activations, tuningStore } = options;
    const choices = await tuningStore?.read(tuningKey(gpu.info));
    const given = { gpu, memory, spec, readTensor, hasMatMul, bindingBytesMax, activations };
    const parts = await loadParts({ ...given, choices, signal, onWeightsLoaded });
    return serve(gpu, spec, memory, parts, tuningStore);
  } catch (error) {
    memory.dispose();
    throw gpu.failure() ?? error;
  }
}

function serve(
  gpu: GpuDevice,
  spec: StageSpec,
  memory: GpuMemory,
  parts: LoadedStage,
  tuningStore: TuningStore | undefined,
): WebGpuStage {
  const { config } = spec;
  const { firstBlock, endBlock, embeds, heads } = spec;
  const range = { firstBlock, endBlock, embeds, heads };
  const sessions = new Map<string, Session>();
  const queue = createStepQueue();
  let isDisposed = false;
  let dispatchCount = 0;

  const checkUsable = (): void => {
    if (isDisposed) throw new EngineError('disposed', 'the stage was unloaded; load it again');
    const failure = gpu.failure();
    if (failure !== undefined) throw failure;
  };
  const find = (sessionId: string): Session => {
    const session = sessions.get(sessionId);
    if (session !== undefined) return session;
    throw new EngineError('unknown-session', 'the session is not open here; open it again');
  };

  const run = async (request: StepRequest): Promise<StepResult> => {
    checkUsable();
    const session = find(request.sessionId);
    await session.ready;
    checkStep(config, session.range, session.kvLength, request);
    try {
      const step = runStep(gpu.device, spec, parts, session, request);
      const { result, dispatches } = await step;
      dispatchCount = dispatches;
      return result;
    } catch (error) {
      // What the device says it is matters more than how the step noticed.
      checkUsable();
      find(request.sessionId);
      throw error;
    }
  };

  return {
    range,
    numericClass: `webgpu-${parts.activations}`,
    openSession(sessionId, sessionRange) {
      checkUsable();
      checkSession(config, range, sessionRange);
      if (sessions.has(sessionId)) {
        throw new EngineError('bad-step', 'the session is open already; close it first');
      }
      if (sessions.size >= SESSIONS_MAX) {
        throw new EngineError('over-budget', `${SESSIONS_MAX} sessions are open; close one`);
      }
      const blocks = sessionBlocks(spec, parts, sessionRange);
      sessions.set(sessionId, createSession(memory, config, blocks, sessionRange));
    },
    closeSession(sessionId) {
      sessions.get(sessionId)?.close();
      sessions.delete(sessionId);
    },
    whenSessionReady: async (sessionId) => await find(sessionId).ready,
    step: (request) => queue.add(() => run(request)),
    async tune() {
      const choices = await tuneParts(gpu.device, parts, (measure) =>
        queue.add(async () => {
          checkUsable();
          return await measure();
        }),
      );
      await tuningStore?.write(tuningKey(gpu.info), choices);
      return choices;
    },
    stats: () => ({
      weightBytes: memory.bytes('weights'),
      kvBytes: memory.bytes('kv'),
      sessionCount: sessions.size,
      dispatchCount,
    }),
    dispose() {
      isDisposed = true;
      sessions.clear();
      memory.dispose();
      parts.scratch.params.destroy();
      parts.scratch.readBack.destroy();
    },
  };
}

/** Measures products one at a time, each when `take` gives it the device. */
function tuneParts(
  device: GPUDevice,
  { tuning, scratch }: LoadedStage,
  take: (measure: () => Promise<number>) => Promise<number>,
): Promise<TunedChoices> {
  return tuning.run((dispatch, tokenCount) =>
    take(() => timeDispatch(device, scratch.params, dispatch, tokenCount)),
  );
}

/** Runs a step chunk by chunk; the KV length follows what the device was given. */
async function runStep(
  device: GPUDevice,
  spec: StageSpec,
  parts: LoadedParts,
  session: Session,
  request: StepRequest,
): Promise<{ result: StepResult; dispatches: number }> {
  const { config } = spec;
  const blocks = sessionBlocks(spec, parts, session.range);
  const results: ArrayBuffer[] = [];
  let dispatches = 0;
  let unread = 0;
  session.kvLength = request.position;
  for (const chunk of cutStep(request, config.hiddenSize)) {
    const { dispatchCount, resultBytes } = submitChunk(device, parts, session, blocks, chunk);
    dispatches += dispatchCount;
    unread += 1;
    if (resultBytes > 0) {
      results.push(await readResult(parts.scratch, resultBytes));
      unread = 0;
    } else if (unread >= SUBMITS_IN_FLIGHT_MAX) {
      await device.queue.onSubmittedWorkDone();
      unread = 0;
    }
    session.kvLength += chunk.tokenCount;
  }
  if (unread > 0) await device.queue.onSubmittedWorkDone();
  const { heads } = session.range;
  const result = heads ? candidatesResult(results, config.vocabSize) : hiddenResult(results);
  return { result, dispatches };
}

function sessionBlocks(
  spec: StageSpec,
  parts: LoadedParts,
  range: { readonly firstBlock: number; readonly endBlock: number },
) {
  return parts.blocks.slice(range.firstBlock - spec.firstBlock, range.endBlock - spec.firstBlock);
}

/** What the kernels cannot run, whatever the adapter. */
function checkModel({ config }: StageSpec): void {
  if (config.headDim <= HEAD_DIM_MAX && config.vocabSize <= VOCAB_SIZE_MAX) return;
  throw new EngineError(
    'unsupported-model',
    `heads of ${config.headDim} (at most ${HEAD_DIM_MAX}) or a vocabulary of ${config.vocabSize} ` +
      `(at most ${VOCAB_SIZE_MAX}) have no kernel; choose another model`,
  );
}
