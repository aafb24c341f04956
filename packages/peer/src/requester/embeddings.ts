import type { LinkPath } from '@manyhands/protocol/peer-message';

/** What a caller asks for. */
export interface EmbedOptions {
  readonly modelRoot: string;
  readonly signal?: AbortSignal;
  /** How long one volunteer may take before another one is asked; 30 seconds unless stated. */
  readonly deadlineMs?: number;
}

/** Who computed some of the vectors, and what it took. */
export interface EmbeddingProvenance {
  readonly peerId: string;
  /** Library and provider, e.g. `onnx-wasm`. */
  readonly numericClass: string;
  /** Texts `[firstText, endText)` of the call. */
  readonly firstText: number;
  readonly endText: number;
  readonly tokenCount: number;
  /** As the volunteer says: time in its runtime. */
  readonly computeMs: number;
  /** From the request to the vectors. */
  readonly elapsedMs: number;
  /** Nothing lies between. */
  readonly isDirect: boolean;
  /** What lies between, where the browser tells. */
  readonly path: LinkPath | undefined;
  /** Volunteers that failed these texts before. */
  readonly failedPeerIds: readonly string[];
}

export interface Embeddings {
  readonly dimension: number;
  /** One for each text, in order. */
  readonly vectors: readonly Float32Array<ArrayBuffer>[];
  readonly tokenCount: number;
  /** In the order of the texts. */
  readonly provenance: readonly EmbeddingProvenance[];
}

/** Turns texts into vectors by asking the swarm. */
export interface Embedder {
  /**
   * Rejects with `PeerError`: `no-texts`, `too-many-texts`, `text-too-long`, `no-volunteers`,
   * `embedding-lost`, `embedding-timeout`, `aborted`; or with what reading the model's manifest found.
   */
  embed(texts: readonly string[], options: EmbedOptions): Promise<Embeddings>;
}
