import * as v from 'valibot';
import { ModelError } from '../error.ts';
import { Sha256 } from '../manifest.ts';
import { PIECE_BYTES } from '../manifest-limits.ts';
import { merkleRoot } from '../manifest-root.ts';
import { EmbeddingCard } from './card.ts';
import { ONNX_FILE_BYTES_MAX, TOKENIZER_FILE_BYTES_MAX } from './limits.ts';

export const EMBEDDING_MANIFEST_VERSION = 1;

const wholeFile = (bytesMax: number) =>
  v.pipe(
    v.strictObject({
      byteLength: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(bytesMax)),
      /** SHA-256 of each MiB, the last piece shorter. */
      pieces: v.pipe(v.array(Sha256), v.maxLength(Math.ceil(bytesMax / PIECE_BYTES))),
    }),
    v.check(
      ({ byteLength, pieces }) => pieces.length === Math.ceil(byteLength / PIECE_BYTES),
      'has another number of pieces than its length gives',
    ),
  );

const EmbeddingManifestSchema = v.strictObject({
  version: v.literal(EMBEDDING_MANIFEST_VERSION),
  /** Tells it from the manifest of a GGUF file, which has no kind. */
  kind: v.literal('embedding'),
  card: EmbeddingCard,
  /** The ONNX file, with its weights inside. */
  model: wholeFile(ONNX_FILE_BYTES_MAX),
  /** Its `tokenizer.json`. */
  tokenizer: wholeFile(TOKENIZER_FILE_BYTES_MAX),
});

/** What an embedding model is: its card and the hash of every byte of its two files. */
export type EmbeddingManifest = v.InferOutput<typeof EmbeddingManifestSchema>;

/** Checks shape, ranges and piece counts. Throws `bad-manifest`. */
export function parseEmbeddingManifest(value: unknown): EmbeddingManifest {
  const parsed = v.safeParse(EmbeddingManifestSchema, value, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  throw new ModelError(
    'bad-manifest',
    `${v.getDotPath(issue) ?? 'manifest'}: ${issue.message}. Ask the operator of the relay to ` +
      'add the model again',
  );
}

/** Parses a manifest and checks that it is the one `modelRoot` names; else `hash-mismatch`. */
export async function verifyEmbeddingManifest(
  value: unknown,
  modelRoot: string,
): Promise<EmbeddingManifest> {
  const manifest = parseEmbeddingManifest(value);
  const actual = await embeddingRoot(manifest);
  if (actual === modelRoot) return manifest;
  throw new ModelError(
    'hash-mismatch',
    `the manifest is of model ${actual}, not of ${modelRoot}; reload the page to get the current ` +
      'catalogue, and tell the operator of this relay if it stays',
  );
}

/** Names an embedding model: a Merkle root over its card and both files (see `manifestRoot`). */
export function embeddingRoot({ version, card, model, tokenizer }: EmbeddingManifest) {
  return merkleRoot([
    ['manyhands-embedding', version, card.dimension, card.tokensMax, card.pooling, card.normalizes],
    ['file', 'model', model.byteLength, model.pieces],
    ['file', 'tokenizer', tokenizer.byteLength, tokenizer.pieces],
  ]);
}
