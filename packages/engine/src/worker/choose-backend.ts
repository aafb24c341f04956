import { EngineError } from '../error.ts';
import { type BackendReason, problemOf } from './backend-reason.ts';

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
  readonly reason: BackendReason;
}

/** `measure` where only a measurement tells which is faster. Throws where nothing can compute. */
export function chooseBackend(facts: BackendFacts): ChosenBackend | 'measure' {
  const { wanted, adapter, gpuProblem, wasmProblem, measuredMs } = facts;
  if (wanted === 'webgpu') {
    if (adapter === undefined) throw gpuProblem ?? noBackend();
    return { backend: 'webgpu', reason: { code: 'chosen' } };
  }
  if (wanted === 'wasm') {
    if (wasmProblem !== undefined) throw wasmProblem;
    return { backend: 'wasm', reason: { code: 'chosen' } };
  }
  if (adapter === undefined) {
    // Its absence is what the person can do something about.
    if (wasmProblem !== undefined) throw gpuProblem ?? wasmProblem;
    const problem = gpuProblem && { problem: problemOf(gpuProblem) };
    return { backend: 'wasm', reason: { code: 'no-gpu', ...problem } };
  }
  if (wasmProblem !== undefined) {
    return { backend: 'webgpu', reason: { code: 'no-simd' } };
  }
  if (adapter.isFallback) {
    return { backend: 'wasm', reason: { code: 'software-gpu' } };
  }
  if (measuredMs === undefined) return 'measure';
  const backend = measuredMs.webgpu <= measuredMs.wasm ? 'webgpu' : 'wasm';
  const { webgpu: gpuMs, wasm: processorMs } = measuredMs;
  return { backend, reason: { code: 'measured', gpuMs, processorMs } };
}

function noBackend(): EngineError {
  return new EngineError(
    'no-adapter',
    'no graphics adapter was found; contribute with the processor',
  );
}
