import type { EmbeddingManifest } from './embedding-manifest.ts';

/** The runtime's own code and what a batch computes with. */
const RUNTIME_BYTES = 96 * 1024 * 1024;

/**
 * Memory a volunteer needs for an embedding model: the runtime holds the file while it makes its own
 * copy of the weights.
 */
export function embeddingMemoryBytes({ model, tokenizer }: EmbeddingManifest): number {
  return 2 * model.byteLength + tokenizer.byteLength + RUNTIME_BYTES;
}
