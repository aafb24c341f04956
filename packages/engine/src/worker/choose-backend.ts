import { EngineError } from '../error.ts';

export const BACKENDS = ['webgpu', 'wasm'] as const;
/** What computes: the graphics card, or the processor. */
export type BackendKind = (typeof BACKENDS)[number];
/** `auto`: whichever is faster here. */
export type BackendChoice = 'auto' | BackendKind;

/** What is known of this device before a stage is loaded. */
export interface BackendFacts {
  readonly wanted: BackendChoice;
  /** Absent where WebGPU gave no adapter: `gpuProblem` says why. */
  readonly adapter?: { readonly isFallback: boolean } | undefined;
  readonly gpuProblem?: EngineError | undefined;
  /** Absent where WebAssembly SIMD runs here. */
  readonly wasmProblem?: EngineError | undefined;
  /** Milliseconds of the same step on both, where they were measured. */
  readonly measuredMs?: Readonly<Record<BackendKind, number>> | undefined;
}

export interface ChosenBackend {
  readonly backend: BackendKind;
  /** In a sentence, for the person whose device it is. */
  readonly reason: string;
}

/** `measure` where only a measurement tells which is faster. Throws where nothing can compute. */
export function chooseBackend(facts: BackendFacts): ChosenBackend | 'measure' {
  const { wanted, adapter, gpuProblem, wasmProblem, measuredMs } = facts;
  if (wanted === 'webgpu') {
    if (adapter === undefined) throw gpuProblem ?? noBackend();
    return { backend: 'webgpu', reason: 'You chose the GPU.' };
  }
  if (wanted === 'wasm') {
    if (wasmProblem !== undefined) throw wasmProblem;
    return { backend: 'wasm', reason: 'You chose the processor.' };
  }
  if (adapter === undefined) {
    // Its absence is what the person can do something about.
    if (wasmProblem !== undefined) throw gpuProblem ?? wasmProblem;
    return {
      backend: 'wasm',
      reason: `No GPU can be used: ${gpuProblem?.message ?? 'none found'}.`,
    };
  }
  if (wasmProblem !== undefined) {
    return { backend: 'webgpu', reason: 'This browser has no WebAssembly SIMD.' };
  }
  if (adapter.isFallback) {
    const reason = 'This browser draws with software: the processor is faster used directly.';
    return { backend: 'wasm', reason };
  }
  if (measuredMs === undefined) return 'measure';
  const backend = measuredMs.webgpu <= measuredMs.wasm ? 'webgpu' : 'wasm';
  const [gpu, processor] = [measuredMs.webgpu, measuredMs.wasm].map((ms) => ms.toPrecision(2));
  return {
    backend,
    reason: `Measured just now: ${gpu} ms a token with the GPU, ${processor} ms with the processor.`,
  };
}

function noBackend(): EngineError {
  return new EngineError(
    'no-adapter',
    'no graphics adapter was found; contribute with the processor',
  );
}
