/** Architectures the engine can run. Anything else is refused as `unsupported-architecture`. */
export const ARCHITECTURES = ['llama', 'qwen2', 'qwen3'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/**
 * The numbers a stage needs to run blocks of a model. All dimensions are positive integers that were
 * checked against the tensor index; query, key and value heads share `headDim`.
 */
export interface ModelConfig {
  readonly architecture: Architecture;
  readonly blockCount: number;
  readonly hiddenSize: number;
  readonly headCount: number;
  /** Divides `headCount`: `headCount / kvHeadCount` query heads read one key/value head. */
  readonly kvHeadCount: number;
  readonly headDim: number;
  readonly ffnSize: number;
  readonly vocabSize: number;
  /** Positions the model was trained for. */
  readonly contextLength: number;
  readonly rmsNormEps: number;
  readonly ropeTheta: number;
  /** Leading dimensions of each head that rotate: even, at most `headDim`. */
  readonly ropeDim: number;
  /** `interleaved` rotates pairs (2i, 2i+1), `half` rotates (i, i + ropeDim/2). */
  readonly ropeStyle: 'interleaved' | 'half';
  /** Multiplies every rotation angle: `1 / factor` of a linear `rope.scaling`, else 1. */
  readonly ropeFrequencyScale: number;
  /** The file holds `rope_freqs.weight`: each rotation frequency is divided by its factor. */
  readonly hasRopeFactors: boolean;
  /** `attn_q.bias`, `attn_k.bias` and `attn_v.bias` exist (qwen2). */
  readonly hasQkvBias: boolean;
  /** `attn_q_norm.weight` and `attn_k_norm.weight` of `[headDim]` exist (qwen3). */
  readonly hasQkNorm: boolean;
  /** No `output.weight`: the head multiplies with `token_embd.weight`. */
  readonly hasTiedEmbedding: boolean;
}
