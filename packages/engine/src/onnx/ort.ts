import webGpuUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { EngineError } from '../error.ts';

/*
 * The only file that knows onnxruntime-web. Its code and its WebAssembly (14 MB, or 27 MB with WebGPU)
 * are fetched from this site's own origin, and only when a model is loaded.
 */

export type OnnxProvider = 'webgpu' | 'wasm';
export type OnnxRuntime = 'webgpu' | 'wasm';

/** An input or output of a graph, as far as the file states it. */
export interface OnnxValueInfo {
  readonly name: string;
  /** `float32`, `int64`, …; undefined for what is no tensor. */
  readonly element: string | undefined;
  /** Undefined where the file does not say. */
  readonly rank: number | undefined;
}

/** Whole numbers that go into a graph. */
export interface OnnxFeed {
  readonly element: 'int64' | 'int32';
  readonly dims: readonly number[];
  readonly values: ArrayLike<number>;
}

/** A float tensor that came out of a graph. */
export interface OnnxResult {
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

/** One graph on one provider. Calls must not overlap. */
export interface OnnxSession {
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  run(feeds: Readonly<Record<string, OnnxFeed>>, output: string): Promise<OnnxResult>;
  dispose(): Promise<void>;
}

/** A loaded runtime. */
export interface Onnx {
  /** Throws `unsupported-model` for a file or an operator that it does not know. */
  open(model: Uint8Array, provider: OnnxProvider): Promise<OnnxSession>;
  /** Resolves with the reason when the GPU is taken away; never where none was used. */
  whenLost(): Promise<string>;
}

/** Loads the runtime: with WebGPU (which has the WASM provider too) or the smaller one without. */
export async function loadOnnx(runtime: OnnxRuntime): Promise<Onnx> {
  const ort = await importOrt(runtime);
  // One thread: the runtime starts others from its own file, which a bundler does not keep apart.
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { wasm: runtime === 'webgpu' ? webGpuUrl : wasmUrl };
  ort.env.logLevel = 'fatal';
  return {
    open: (model, provider) => openSession(ort, model, provider),
    async whenLost() {
      // Set by the runtime once the first session on WebGPU exists.
      const device: GPUDevice = await ort.env.webgpu.device;
      const { reason, message } = await device.lost;
      return `${reason}: ${message}`;
    },
  };
}

/** Failures are thrown; the console belongs to the page. */
const QUIET = { logSeverityLevel: 4 } as const;

type Ort = typeof import('onnxruntime-web');
type Session = Awaited<ReturnType<Ort['InferenceSession']['create']>>;

async function importOrt(runtime: OnnxRuntime): Promise<Ort> {
  try {
    return runtime === 'webgpu'
      ? await import('onnxruntime-web/webgpu')
      : await import('onnxruntime-web/wasm');
  } catch (cause) {
    throw new EngineError(
      'onnx-runtime',
      'the program that runs this kind of model could not be fetched; check the connection and try again',
      { cause },
    );
  }
}

async function openSession(
  ort: Ort,
  model: Uint8Array,
  provider: OnnxProvider,
): Promise<OnnxSession> {
  let session: Session;
  try {
    session = await ort.InferenceSession.create(model, {
      executionProviders: [provider],
      graphOptimizationLevel: 'all',
      ...QUIET,
    });
  } catch (cause) {
    throw sessionError(cause, provider);
  }
  return {
    inputs: session.inputMetadata.map(describeValue),
    outputs: session.outputMetadata.map(describeValue),
    async run(feeds, output) {
      const tensors = Object.entries(feeds).map(([name, feed]) => [name, tensorOf(ort, feed)]);
      let results: Awaited<ReturnType<Session['run']>>;
      try {
        results = await session.run(Object.fromEntries(tensors), [output], QUIET);
      } catch (cause) {
        throw runError(cause);
      }
      const result = results[output];
      if (result?.type !== 'float32') {
        result?.dispose();
        throw new EngineError(
          'unsupported-model',
          `the model returns ${result?.type ?? 'nothing'} as ${output}, not float32; choose another`,
        );
      }
      // A copy: the runtime may reuse its memory for the next call.
      const values = Float32Array.from((await result.getData()) as Float32Array);
      const { dims } = result;
      result.dispose();
      return { dims, values };
    },
    dispose: () => session.release(),
  };
}

function describeValue(value: Session['inputMetadata'][number]): OnnxValueInfo {
  if (!value.isTensor) return { name: value.name, element: undefined, rank: undefined };
  // The runtime states an unknown shape as an empty one; no text model has scalar ends.
  const rank = value.shape.length === 0 ? undefined : value.shape.length;
  return { name: value.name, element: value.type, rank };
}

function tensorOf(ort: Ort, { element, dims, values }: OnnxFeed) {
  return element === 'int64'
    ? new ort.Tensor('int64', BigInt64Array.from(Array.from(values), BigInt), dims)
    : new ort.Tensor('int32', Int32Array.from(values), dims);
}

function sessionError(cause: unknown, provider: OnnxProvider): EngineError {
  const reason = reasonOf(cause);
  if (isMemoryReason(reason)) return outOfMemory(cause);
  if (/no available backend found|fetch|wasm.*(compile|instantiate)/i.test(reason)) {
    return new EngineError(
      'onnx-runtime',
      `the ${provider} provider could not be started: ${reason}; reload the page or choose another`,
      { cause },
    );
  }
  return new EngineError(
    'unsupported-model',
    `the ONNX file cannot be run with ${provider}: ${reason}; choose another model`,
    { cause },
  );
}

function runError(cause: unknown): EngineError {
  const reason = reasonOf(cause);
  if (isMemoryReason(reason)) return outOfMemory(cause);
  if (/device.*lost|lost.*device/i.test(reason)) {
    return new EngineError('device-lost', `the graphics device was lost: ${reason}`, { cause });
  }
  return new EngineError('validation', `the model failed while it ran: ${reason}`, { cause });
}

function outOfMemory(cause: unknown): EngineError {
  return new EngineError(
    'out-of-memory',
    'there is not enough memory for this model; close other pages or choose a smaller one',
    { cause },
  );
}

function isMemoryReason(reason: string): boolean {
  return /out of memory|bad_alloc|allocation failed|failed to allocate/i.test(reason);
}

/** The runtime also throws plain numbers: addresses of C++ exceptions. */
function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : `exception ${String(cause)}`;
  return text.replace(/\s+/g, ' ').slice(0, 300);
}
