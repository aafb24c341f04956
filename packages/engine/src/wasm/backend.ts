import type { Backend } from '../backend.ts';
import { EngineError, stageUnloaded } from '../error.ts';
import { STEP_SLICE_MS } from '../limits.ts';
import { createRotations } from '../rotations.ts';
import type { ReadTensor, StageSpec } from '../stage.ts';
import { type BlockWeights, blockWeights } from './block.ts';
import type { Activations } from './choose-product.ts';
import { type KernelVariant, requireVariant } from './kernels.ts';
import { createKvPages } from './kv-pages.ts';
import { createMultiply } from './multiply.ts';
import { type LoadedParts, runChunk } from './run-chunk.ts';
import { createScratch, headBytes } from './scratch.ts';
import { openThreads } from './threads/open-threads.ts';
import { loadWeights, type Weights } from './weights/load-weights.ts';

export interface WasmBackendOptions {
  /** Bound on weights plus KV caches. */
  readonly memoryBytesMax: number;
  readonly signal?: AbortSignal | undefined;
  /** All tensors are in memory. */
  readonly onWeightsLoaded?: (() => void) | undefined;
  /**
   * `f32`, exact. By default `auto`: the fastest that gives as good text, see the KL divergences in
   * docs/engine.md.
   */
  readonly activations?: Activations | 'auto' | undefined;
  /** By default the best that this browser runs. */
  readonly variant?: KernelVariant | undefined;
  /** At most that many threads compute, by default one; more only where memory can be shared. */
  readonly threadsMax?: number | undefined;
}

/** Loads a stage into WebAssembly memory; everything is freed where loading fails. */
export async function createWasmBackend(
  spec: StageSpec,
  readTensor: ReadTensor,
  options: WasmBackendOptions,
): Promise<Backend> {
  const variant = options.variant ?? requireVariant();
  const activations = chooseActivations(variant, options.activations ?? 'auto');
  const { memory, kernels, threads } = await openThreads(variant, options);
  try {
    const { config, tensors } = spec;
    const weights = await loadWeights(kernels, memory, tensors, readTensor, options.signal);
    options.onWeightsLoaded?.();
    const scratch = createScratch(memory, config, spec, threads.count);
    const multiply = createMultiply({ kernels, threads, activations, scratch });
    const blockCount = spec.endBlock - spec.firstBlock;
    const pages = createKvPages(memory, blockCount, config.kvHeadCount, headBytes(config));
    const own = { config, kernels, threads, scratch, multiply, pages, memory };
    return serve(spec, { ...own, ...bindWeights(weights, spec) }, activations);
  } catch (error) {
    threads.end();
    throw error;
  }
}

/** The kernels for i8 need relaxed SIMD. */
function chooseActivations(variant: KernelVariant, wanted: Activations | 'auto'): Activations {
  if (wanted === 'auto') return variant === 'relaxed' ? 'i8' : 'i16';
  return wanted === 'i8' && variant === 'plain' ? 'i16' : wanted;
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

function serve(spec: StageSpec, loaded: LoadedParts, activations: Activations): Backend {
  const { firstBlock } = spec;
  const { pageBytes } = loaded.pages;
  const weightBytes = loaded.memory.bytes('weights');
  const inTurn = createTurns();
  // Dropped on disposal: then the engine can free the whole memory.
  let parts: LoadedParts | undefined = loaded;
  let failed: EngineError | undefined;
  const usable = (): LoadedParts => {
    if (parts !== undefined) return parts;
    throw stageUnloaded();
  };
  return {
    numericClass: `wasm-${activations}`,
    threadCount: loaded.threads.count,
    pageBytes,
    pagesMax: Number.MAX_SAFE_INTEGER,
    weightBytes,
    allocatedBytes: () => parts?.memory.memory.buffer.byteLength ?? 0,
    async growPages(pageCount) {
      usable().pages.grow(pageCount);
    },
    copyPages(range, copies) {
      usable().pages.copy(range.firstBlock - firstBlock, range.endBlock - firstBlock, copies);
    },
    // Nothing is dispatched: kernels are called.
    run: (chunk) =>
      inTurn(() => {
        try {
          return { rows: runChunk(usable(), chunk), dispatchCount: 0 };
        } catch (error) {
          // What a thread left undone is in its memory.
          if (error instanceof EngineError && parts !== undefined) failed = error;
          throw error;
        }
      }),
    failure: () => failed,
    dispose() {
      parts?.threads.end();
      parts = undefined;
    },
  };
}

/**
 * Chunks run on this thread one after another, and it must hear in between that a session or the stage
 * ended. Waiting for that takes milliseconds, so chunks shorter than `STEP_SLICE_MS` share one.
 */
function createTurns(): <T>(run: () => T) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let since = 0;
  return (run) => {
    if (waiting === 0) since = performance.now();
    waiting += 1;
    const result = last.then(async () => {
      if (performance.now() - since > STEP_SLICE_MS) {
        await new Promise((resolve) => setTimeout(resolve));
        since = performance.now();
      }
      return run();
    });
    last = result
      .catch(() => undefined)
      .finally(() => {
        waiting -= 1;
      });
    return result;
  };
}
