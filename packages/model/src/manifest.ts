import * as v from 'valibot';
import { ARCHITECTURES } from './config.ts';
import { ModelError } from './error.ts';
import {
  GGUF_DIM_COUNT_MAX,
  GGUF_HEADER_BYTES_MAX,
  GGUF_TENSOR_COUNT_MAX,
  GGUF_TENSOR_NAME_BYTES_MAX,
} from './limits.ts';
import { checkManifest } from './manifest-check.ts';
import {
  MODEL_BLOCK_COUNT_MAX,
  MODEL_DIMENSION_MAX,
  MODEL_FILE_BYTES_MAX,
  PIECE_BYTES,
} from './manifest-limits.ts';
import { manifestRoot } from './manifest-root.ts';
import { TENSOR_TYPES, type TensorType } from './tensor.ts';

export const MANIFEST_VERSION = 1;

const integer = (min: number, max: number) =>
  v.pipe(v.number(), v.safeInteger(), v.minValue(min), v.maxValue(max));
const dimension = integer(1, MODEL_DIMENSION_MAX);
const positive = (max: number) =>
  v.pipe(v.number(), v.finite(), v.minValue(Number.MIN_VALUE), v.maxValue(max));

/** SHA-256 as lower-case hex; also how a model is named (see `manifestRoot`). */
export const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const pieces = (byteLengthMax: number) =>
  v.pipe(v.array(Sha256), v.maxLength(Math.ceil(byteLengthMax / PIECE_BYTES)));

/** `ModelConfig`, field by field. */
export const ModelConfigSchema = v.strictObject({
  architecture: v.picklist(ARCHITECTURES),
  blockCount: integer(1, MODEL_BLOCK_COUNT_MAX),
  hiddenSize: dimension,
  headCount: dimension,
  kvHeadCount: dimension,
  headDim: dimension,
  ffnSize: dimension,
  vocabSize: dimension,
  contextLength: dimension,
  rmsNormEps: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  ropeTheta: positive(1e12),
  ropeDim: dimension,
  ropeStyle: v.picklist(['interleaved', 'half']),
  ropeFrequencyScale: positive(1e6),
  hasRopeFactors: v.boolean(),
  hasQkvBias: v.boolean(),
  hasQkNorm: v.boolean(),
  hasTiedEmbedding: v.boolean(),
});

const ManifestTensorSchema = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(GGUF_TENSOR_NAME_BYTES_MAX)),
  type: v.picklist(Object.keys(TENSOR_TYPES) as TensorType[]),
  dims: v.pipe(v.array(dimension), v.minLength(1), v.maxLength(GGUF_DIM_COUNT_MAX)),
  /** Absolute position in the file. */
  offset: integer(0, MODEL_FILE_BYTES_MAX),
  byteLength: integer(1, MODEL_FILE_BYTES_MAX),
  /** SHA-256 of each MiB of the tensor, the last piece shorter. */
  pieces: pieces(MODEL_FILE_BYTES_MAX),
});

const ManifestSchema = v.strictObject({
  version: v.literal(MANIFEST_VERSION),
  fileBytes: integer(1, MODEL_FILE_BYTES_MAX),
  /** Bytes `[0, byteLength)`: metadata, vocabulary and tensor index. Middle stages skip them. */
  header: v.strictObject({
    byteLength: integer(1, GGUF_HEADER_BYTES_MAX),
    pieces: pieces(GGUF_HEADER_BYTES_MAX),
  }),
  config: ModelConfigSchema,
  /** In file order. */
  tensors: v.pipe(
    v.array(ManifestTensorSchema),
    v.minLength(1),
    v.maxLength(GGUF_TENSOR_COUNT_MAX),
  ),
});

/** What a model is: its numbers, its tensors and the hash of every byte that anybody reads. */
export type Manifest = v.InferOutput<typeof ManifestSchema>;
export type ManifestTensor = v.InferOutput<typeof ManifestTensorSchema>;

/** Checks shape, ranges, piece counts, byte ranges and that the tensors are those of the config. */
export function parseManifest(value: unknown): Manifest {
  const parsed = v.safeParse(ManifestSchema, value, { abortEarly: true });
  if (!parsed.success) {
    const issue = parsed.issues[0];
    const path = v.getDotPath(issue) ?? 'manifest';
    throw new ModelError('bad-manifest', `${path}: ${issue.message}. ${REMEDY}`);
  }
  try {
    checkManifest(parsed.output);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new ModelError('bad-manifest', `${error.message}. ${REMEDY}`, { cause: error });
  }
  return parsed.output;
}

/** Parses a manifest and checks that it is the one `modelRoot` names; else `hash-mismatch`. */
export async function verifyManifest(value: unknown, modelRoot: string): Promise<Manifest> {
  const manifest = parseManifest(value);
  const actual = await manifestRoot(manifest);
  if (actual !== modelRoot) {
    throw new ModelError(
      'hash-mismatch',
      `the manifest is of model ${actual}, not of ${modelRoot}; reload the page to get the ` +
        'current catalogue, and tell the operator of this relay if it stays',
    );
  }
  return manifest;
}

const REMEDY = 'Ask the operator of the relay to add the model again';
