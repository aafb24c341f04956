import * as v from 'valibot';
import { EMBEDDING_DIMENSION_MAX, EMBEDDING_TOKENS_MAX } from './limits.ts';

/**
 * How the rows a model returns become one vector: their `mean` over the attention mask, the first row
 * (`cls`), or nothing to do because the graph returns one vector a text already (`pooled`).
 */
export const POOLINGS = ['mean', 'cls', 'pooled'] as const;
export type Pooling = (typeof POOLINGS)[number];

const count = (max: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(max));

/** What its card says about using an embedding model; a manifest's root commits to it. */
export const EmbeddingCard = v.strictObject({
  /** Numbers of a vector. */
  dimension: count(EMBEDDING_DIMENSION_MAX),
  /** Longest text in tokens, the marks at its ends included. */
  tokensMax: count(EMBEDDING_TOKENS_MAX),
  pooling: v.picklist(POOLINGS),
  /** Vectors are scaled to length 1. */
  normalizes: v.boolean(),
});
export type EmbeddingCard = v.InferOutput<typeof EmbeddingCard>;
