import type { ByteSource } from '@manyhands/model/byte-source';
import type { CatalogEntry } from '@manyhands/model/catalog';
import {
  type EmbeddingManifest,
  embeddingRoot,
  verifyEmbeddingManifest,
} from '@manyhands/model/embedding/embedding-manifest';
import { createEmbeddingManifest } from '@manyhands/model/embedding/embedding-manifest-create';
import { ModelError } from '@manyhands/model/error';
import { httpSource } from '@manyhands/model/http-source';
import { openFileSource } from './file-source.ts';
import type { LibraryEntry } from './library-entry.ts';
import type { FileKey, ManifestKind, ManifestStore, StoredManifest } from './manifest-store.ts';
import { missingFile, servedManifest, type Verified, type VerifyOptions } from './verified.ts';
import { wholeModel } from './whole-model.ts';

const EMBEDDING_MANIFEST: ManifestKind<EmbeddingManifest> = {
  verify: verifyEmbeddingManifest,
  rootOf: embeddingRoot,
};

/** Makes an embedding model ready: reads both of its files once unless its manifest is stored. */
export async function verifyEmbedding(
  { entry, path, tokenizerPath }: LibraryEntry,
  options: VerifyOptions,
): Promise<Verified> {
  const { card, tokenizer: tokenizerSource } = cardOf(entry);
  const model = await openPart(entry.source, path, options);
  try {
    const tokenizer = await openPart(tokenizerSource, tokenizerPath, options);
    try {
      const key = { model: model.key, tokenizer: tokenizer.key, card };
      const stored =
        (await options.store.find(key, EMBEDDING_MANIFEST)) ??
        (await options.store.save(
          key,
          EMBEDDING_MANIFEST,
          await createEmbeddingManifest(
            { model: model.source, tokenizer: tokenizer.source, card },
            {
              signal: options.signal,
              onProgress: (hashed, total) => options.onProgress(hashed / Math.max(1, total)),
            },
          ),
        ));
      const verified = await verifiedOf(entry, stored);
      const version = 'url' in model.key ? {} : { version: model.key };
      const tokenizerVersion = 'url' in tokenizer.key ? {} : { tokenizerVersion: tokenizer.key };
      return { entry, state: { ...verified.state, ...version, ...tokenizerVersion } };
    } finally {
      await tokenizer.close();
    }
  } finally {
    await model.close();
  }
}

/** An embedding model whose manifest is stored, without reading its files. */
export async function findVerifiedEmbedding(
  entry: CatalogEntry,
  store: ManifestStore,
): Promise<Verified | undefined> {
  const { card, tokenizer } = cardOf(entry);
  if (entry.source.type !== 'url' || tokenizer.type !== 'url') return undefined;
  const key = { model: { url: entry.source.url }, tokenizer: { url: tokenizer.url }, card };
  const stored = await store.find(key, EMBEDDING_MANIFEST);
  return stored === undefined ? undefined : verifiedOf(entry, stored);
}

function cardOf({ embedding, id }: CatalogEntry): NonNullable<CatalogEntry['embedding']> {
  if (embedding !== undefined) return embedding;
  throw new ModelError('bad-catalog', `${id} has no embedding card; add one to the catalogue`);
}

async function verifiedOf(
  entry: CatalogEntry,
  { modelRoot, manifest }: StoredManifest<EmbeddingManifest>,
): Promise<Verified> {
  return {
    entry,
    state: {
      status: 'ready',
      modelRoot,
      model: wholeModel(modelRoot, entry.name, manifest),
      fileBytes: manifest.model.byteLength + manifest.tokenizer.byteLength,
      contextLength: manifest.card.tokensMax,
      ...(await servedManifest(manifest)),
    },
  };
}

interface Part {
  readonly key: FileKey;
  readonly source: ByteSource;
  close(): Promise<void>;
}

async function openPart(
  source: CatalogEntry['source'],
  path: string | undefined,
  { fetch }: VerifyOptions,
): Promise<Part> {
  if (source.type === 'url') {
    const { url } = source;
    const read = fetch === undefined ? {} : { fetch };
    return { key: { url }, source: httpSource(url, read), close: async () => undefined };
  }
  if (path === undefined) throw new ModelError('not-found', missingFile(source.file));
  const file = await openFileSource(path);
  return { key: file.version, source: file, close: () => file.close() };
}
