import type { Backend } from '../backend.ts';
import { EngineError } from '../error.ts';
import type { ReadTensor, StageSpec } from '../stage.ts';
import type { GpuDevice } from './device.ts';
import { HEAD_DIM_MAX } from './kernels/attention/attention.ts';
import { VOCAB_SIZE_MAX } from './kernels/candidates/candidates.ts';
import type { ActivationChoice } from './kernels/product-variant.ts';
import { chooseKvType, KV_CLASS, type KvType, pagePartBytes } from './kv/kv-type.ts';
import { type LoadedStage, loadParts } from './load-stage.ts';
import { createGpuMemory, type GpuMemory } from './memory.ts';
import { createRunChunk, type SubmittedChunk } from './run-chunk.ts';
import { type InTurn, type TunedChoices, timeDispatch } from './tuning.ts';

export interface WebGpuBackendOptions {
  /** Bound on weights plus KV caches. */
  readonly memoryBytesMax: number;
  readonly signal?: AbortSignal | undefined;
  /** All tensors are on the device; what remains is compiling. */
  readonly onWeightsLoaded?: (() => void) | undefined;
  /** Prefill with tiled mat-muls: by default where the adapter is a real GPU. */
  readonly hasMatMul?: boolean | undefined;
  /** What products may round activations to: by default, and with `auto`, nothing. */
  readonly activations?: ActivationChoice | undefined;
  /** The fastest variants as far as they are known of this adapter. */
  readonly choices?: TunedChoices | undefined;
  /** Matrices larger than this are cut: by default what the adapter can bind. */
  readonly bindingBytesMax?: number | undefined;
  /** How keys and values are held: by default what suits the adapter. */
  readonly kvType?: KvType | undefined;
  /** Spreads long contexts and large vocabularies over workgroups: by default where the adapter is a real GPU. */
  readonly hasSplits?: boolean | undefined;
  /** What one submission may take: by default what keeps the adapter's screen smooth. */
  readonly submitMsMax?: number | undefined;
}

/** A backend whose kernels can be exchanged for faster ones. */
export interface WebGpuBackend extends Backend {
  /** Measures variants one at a time, each when `inTurn` gives it the device. */
  tune(inTurn: InTurn): Promise<TunedChoices>;
}

/** Loads a stage onto the device; everything it allocated is freed where loading fails. */
export async function createWebGpuBackend(
  gpu: GpuDevice,
  spec: StageSpec,
  readTensor: ReadTensor,
  options: WebGpuBackendOptions,
): Promise<WebGpuBackend> {
  checkModel(spec);
  const memory = createGpuMemory(gpu.device, options.memoryBytesMax);
  const bindable = bindableBytes(gpu.device);
  const kvType = options.kvType ?? chooseKvType(gpu.isFallback);
  try {
    const parts = await loadParts({
      gpu,
      memory,
      spec,
      readTensor,
      kvType,
      hasMatMul: options.hasMatMul ?? !gpu.isFallback,
      // A software adapter has no more threads than there are heads.
      hasSplits: options.hasSplits ?? !gpu.isFallback,
      bindingBytesMax: options.bindingBytesMax ?? bindable,
      activations: options.activations,
      choices: options.choices,
      submitMsMax: options.submitMsMax,
      signal: options.signal,
      onWeightsLoaded: options.onWeightsLoaded,
    });
    return serve(gpu, spec, memory, parts, kvType);
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
  kvType: KvType,
): WebGpuBackend {
  const { config, firstBlock, endBlock } = spec;
  const partBytes = pagePartBytes(kvType, config.kvHeadCount, config.headDim);
  const submit = createRunChunk(gpu.device, parts);
  const weightBytes = memory.bytes('weights');
  /** When the device finished the last chunk: the next one started no sooner. */
  let doneAt = 0;

  const finish = async (chunk: SubmittedChunk): Promise<ArrayBuffer> => {
    const submittedAt = performance.now();
    const { readBack, resultBytes, rowCount, weightCount } = chunk;
    if (readBack === undefined) await gpu.device.queue.onSubmittedWorkDone();
    const rows = (await readBack?.read(resultBytes)) ?? new ArrayBuffer(0);
    const now = performance.now();
    parts.pace.learn(weightCount, rowCount, now - Math.max(submittedAt, doneAt));
    doneAt = now;
    return rows;
  };

  return {
    numericClass: `webgpu-${parts.activations}${KV_CLASS[kvType]}`,
    threadCount: 0,
    pageBytes: 2 * partBytes * (endBlock - firstBlock),
    pagesMax: Math.floor(bindableBytes(gpu.device) / partBytes),
    weightBytes,
    allocatedBytes: () => memory.totalBytes(),
    growPages: (pageCount) => parts.pool.grow(pageCount),
    copyPages(range, copies) {
      parts.pool.copyPages(range.firstBlock - firstBlock, range.endBlock - firstBlock, copies);
    },
    async run(chunk) {
      const submitted = submit(chunk);
      const { dispatchCount } = submitted;
      return { rows: await finish(submitted), dispatchCount };
    },
    tune: (inTurn) =>
      parts.tuning.run((dispatch, tokenCount) =>
        inTurn(() => timeDispatch(gpu.device, parts.scratch.params, dispatch, tokenCount)),
      ),
    failure: () => gpu.failure(),
    dispose: () => memory.dispose(),
  };
}

function bindableBytes({ limits }: GPUDevice): number {
  return Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
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
