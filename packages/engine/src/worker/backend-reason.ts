/** What a failed attempt left behind: its code names what a person may do, its message is for a log. */
export interface BackendProblem {
  readonly code: string;
  readonly message: string;
}

/** Why the GPU or the processor computes, as a code: who shows it makes a sentence in the reader's language. */
export type BackendReason =
  /** By the person whose device it is. */
  | { readonly code: 'chosen' }
  /** No GPU can be used; `problem` says why, where the browser did. */
  | { readonly code: 'no-gpu'; readonly problem?: BackendProblem }
  /** The processor has no WebAssembly SIMD. */
  | { readonly code: 'no-simd' }
  /** The browser draws with software: the processor is faster used directly. */
  | { readonly code: 'software-gpu' }
  /** Both computed the same, in these milliseconds: one token of a language model, or a short text. */
  | { readonly code: 'measured'; readonly gpuMs: number; readonly processorMs: number }
  | { readonly code: 'gpu-failed'; readonly problem: BackendProblem }
  | { readonly code: 'processor-failed'; readonly problem: BackendProblem };

/** As data: errors do not cross workers. */
export function problemOf(error: unknown): BackendProblem {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return {
    code: typeof code === 'string' ? code : 'internal',
    message: typeof message === 'string' ? message : String(error),
  };
}

/** The reason in English, for whoever has no words of its own. */
export function writeBackendReason(reason: BackendReason): string {
  switch (reason.code) {
    case 'chosen':
      return 'chosen by hand';
    case 'no-gpu':
      return `no GPU can be used (${reason.problem?.message ?? 'none found'})`;
    case 'no-simd':
      return 'the processor has no WebAssembly SIMD';
    case 'software-gpu':
      return 'the GPU is drawn with software';
    case 'measured': {
      const [gpu, processor] = [reason.gpuMs, reason.processorMs].map((ms) => ms.toPrecision(2));
      return `measured: ${gpu} ms with the GPU, ${processor} ms with the processor`;
    }
    case 'gpu-failed':
      return `the GPU failed (${reason.problem.message})`;
    case 'processor-failed':
      return `the processor failed (${reason.problem.message})`;
    default:
      return reason satisfies never;
  }
}
