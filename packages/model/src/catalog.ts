import * as v from 'valibot';
import { EmbeddingCard } from './embedding/card.ts';
import { ModelError } from './error.ts';
import { Sha256 } from './manifest.ts';
import {
  MODEL_BLOCK_COUNT_MAX,
  MODEL_DIMENSION_MAX,
  MODEL_FILE_BYTES_MAX,
} from './manifest-limits.ts';

export const CATALOG_VERSION = 1;
export const CATALOG_ENTRY_COUNT_MAX = 256;
export const CATALOG_TEXT_LENGTH_MAX = 2000;
export const CATALOG_MIRROR_COUNT_MAX = 8;

/** Where a relay serves the `CatalogView`. */
export const CATALOG_PATH = '/catalog.json';

/** Where a relay serves the manifest of a model it has hashed. */
export function manifestPath(modelRoot: string): string {
  return `/models/${modelRoot}/manifest.json`;
}

/** Where a relay serves a model file it has on disk; other sources are read where they are. */
export function modelFilePath(modelRoot: string): string {
  return `/models/${modelRoot}/model.gguf`;
}

/** The same for the two files of an embedding model. */
export function embeddingFilePath(modelRoot: string): string {
  return `/models/${modelRoot}/model.onnx`;
}

export function tokenizerFilePath(modelRoot: string): string {
  return `/models/${modelRoot}/tokenizer.json`;
}

const text = (lengthMax: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(lengthMax));
const count = (max: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(max));
const webUrl = v.pipe(text(CATALOG_TEXT_LENGTH_MAX), v.check(isWebUrl, 'must be an http(s) URL'));
/** On the relay's own origin, or anywhere else when complete. */
const reference = v.pipe(
  text(CATALOG_TEXT_LENGTH_MAX),
  v.check((url) => /^\/(?![/\\])/.test(url) || isWebUrl(url), 'must be a path or an http(s) URL'),
);

const SourceSchema = v.variant('type', [
  v.strictObject({
    type: v.literal('file'),
    /** A file name: beside the catalogue for built-in models, else in the operator's folder. */
    file: v.pipe(text(255), v.regex(/^[^/\\\0]+\.(gguf|onnx)$/)),
  }),
  v.strictObject({ type: v.literal('url'), url: webUrl }),
]);

const TokenizerSourceSchema = v.variant('type', [
  v.strictObject({
    type: v.literal('file'),
    file: v.pipe(text(255), v.regex(/^[^/\\\0]+\.json$/)),
  }),
  v.strictObject({ type: v.literal('url'), url: webUrl }),
]);

const entryFields = {
  id: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/)),
  name: text(100),
  description: text(CATALOG_TEXT_LENGTH_MAX),
  source: SourceSchema,
  /**
   * The commit of the source repository where one is pinned in the URL. `main` is a moving branch:
   * then only the manifest that a relay made pins the content, and a changed file fails its hashes.
   */
  revision: text(64),
  /** As published by the source; the manifest's `fileBytes` is what counts. */
  sizeBytes: count(MODEL_FILE_BYTES_MAX),
  /** 0 for models that only run whole. */
  blockCount: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MODEL_BLOCK_COUNT_MAX)),
  /** Positions the model was trained for. */
  contextLength: count(MODEL_DIMENSION_MAX),
  /** SPDX identifier, or the licence's own name where it has none. */
  licence: text(100),
  licenceUrl: v.optional(webUrl),
  /** What the licence asks to show next to the model. */
  notice: v.optional(text(CATALOG_TEXT_LENGTH_MAX)),
  /** Number of weights as people say it: `135M`. */
  parameters: text(16),
  /** Only of models that turn texts into vectors: their source is an ONNX file. */
  embedding: v.optional(v.strictObject({ card: EmbeddingCard, tokenizer: TokenizerSourceSchema })),
};

/** What runs whole has no blocks, what is split has some. */
const hasRightBlocks = (entry: { blockCount: number; embedding?: object | undefined }): boolean =>
  (entry.embedding === undefined) === entry.blockCount > 0;
const BLOCKS_RULE = 'blockCount is 0 where there is an embedding card, and only there';

const CatalogEntrySchema = v.pipe(
  v.strictObject(entryFields),
  v.check((entry) => hasRightBlocks(entry), BLOCKS_RULE),
);

const CatalogSchema = v.strictObject({
  version: v.literal(CATALOG_VERSION),
  entries: v.pipe(v.array(CatalogEntrySchema), v.maxLength(CATALOG_ENTRY_COUNT_MAX)),
});

/**
 * `ready` may be loaded. `hashing` has `progress`. `unverified` has no manifest on this relay yet
 * and is not served. `failed` says why in `message`.
 */
export const CATALOG_STATUSES = ['ready', 'hashing', 'unverified', 'failed'] as const;

const CatalogViewEntrySchema = v.pipe(
  v.strictObject({
    ...entryFields,
    status: v.picklist(CATALOG_STATUSES),
    progress: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
    modelRoot: v.optional(Sha256),
    manifestUrl: v.optional(reference),
    /** Mirrors of the file, in the order to try them. */
    sourceUrls: v.pipe(v.array(reference), v.maxLength(CATALOG_MIRROR_COUNT_MAX)),
    /** Mirrors of an embedding model's tokenizer.json. */
    tokenizerUrls: v.optional(v.pipe(v.array(reference), v.maxLength(CATALOG_MIRROR_COUNT_MAX))),
    message: v.optional(text(CATALOG_TEXT_LENGTH_MAX)),
  }),
  v.check(
    ({ status, modelRoot, manifestUrl, sourceUrls }) =>
      status !== 'ready' ||
      (modelRoot !== undefined && manifestUrl !== undefined && sourceUrls.length > 0),
    'a ready model needs modelRoot, manifestUrl and a source',
  ),
  v.check(
    ({ status, embedding, tokenizerUrls = [] }) =>
      status !== 'ready' || (embedding !== undefined) === tokenizerUrls.length > 0,
    'a ready embedding model needs a source of its tokenizer, and no other has one',
  ),
  v.check((entry) => hasRightBlocks(entry), BLOCKS_RULE),
);

const CatalogViewSchema = v.strictObject({
  version: v.literal(CATALOG_VERSION),
  entries: v.pipe(v.array(CatalogViewEntrySchema), v.maxLength(CATALOG_ENTRY_COUNT_MAX)),
});

/** The product's list of sources, `catalog.json` in the repository. */
export type Catalog = v.InferOutput<typeof CatalogSchema>;
export type CatalogEntry = v.InferOutput<typeof CatalogEntrySchema>;
export type CatalogStatus = (typeof CATALOG_STATUSES)[number];

/** What a relay serves: each source and whether this relay has verified it. */
export type CatalogView = v.InferOutput<typeof CatalogViewSchema>;
export type CatalogViewEntry = v.InferOutput<typeof CatalogViewEntrySchema>;

/** Throws `bad-catalog`. */
export function parseCatalog(value: unknown): Catalog {
  return parse(CatalogSchema, value, 'Correct the catalogue file');
}

/** Throws `bad-catalog`. */
export function parseCatalogView(value: unknown): CatalogView {
  return parse(CatalogViewSchema, value, 'Reload the page, or tell the operator of this relay');
}

function parse<T extends Catalog | CatalogView>(
  schema: v.GenericSchema<unknown, T>,
  value: unknown,
  remedy: string,
): T {
  const parsed = v.safeParse(schema, value, { abortEarly: true });
  if (!parsed.success) {
    const issue = parsed.issues[0];
    const path = v.getDotPath(issue) ?? 'catalogue';
    throw new ModelError('bad-catalog', `${path}: ${issue.message}. ${remedy}`);
  }
  const ids = new Set(parsed.output.entries.map((entry) => entry.id));
  if (ids.size !== parsed.output.entries.length) {
    throw new ModelError('bad-catalog', `two models have the same id. ${remedy}`);
  }
  return parsed.output;
}

function isWebUrl(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}
