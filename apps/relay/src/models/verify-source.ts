import type { ByteSource } from '@manyhands/model/byte-source';
import type { CatalogEntry } from '@manyhands/model/catalog';
import { ModelError } from '@manyhands/model/error';
import { httpSource } from '@manyhands/model/http-source';
import { type Manifest, verifyManifest } from '@manyhands/model/manifest';
import { createManifest } from '@manyhands/model/manifest-create';
import { manifestRoot } from '@manyhands/model/manifest-root';
import { BLOCK_COUNT_MAX } from '@manyhands/protocol/limits';
import { describeFile } from './describe-file.ts';
import { openFileSource } from './file-source.ts';
import type { EntryState, LibraryEntry } from './library-entry.ts';
import type { FileKey, ManifestKind, ManifestStore, StoredManifest } from './manifest-store.ts';
import { placementSizes } from './placement-sizes.ts';
import { missingFile, servedManifest, type Verified, type VerifyOptions } from './verified.ts';
import { findVerifiedEmbedding, verifyEmbedding } from './verify-embedding.ts';

const GGUF_MANIFEST: ManifestKind<Manifest> = { verify: verifyManifest, rootOf: manifestRoot };

/**
 * Makes a source ready: reads it once from end to end unless its manifest is stored already.
 * Throws `ModelError`.
 */
export async function verifySource(item: LibraryEntry, options: VerifyOptions): Promise<Verified> {
  const { entry, path } = item;
  if (entry.embedding !== undefined) return verifyEmbedding(item, options);
  if (entry.source.type === 'url') {
    const { url } = entry.source;
    const read = options.fetch === undefined ? {} : { fetch: options.fetch };
    const stored = await manifestOf({ url }, httpSource(url, read), options);
    return { entry, state: await readyState(entry, stored) };
  }
  if (path === undefined) throw new ModelError('not-found', missingFile(entry.source.file));
  const source = await openFileSource(path);
  try {
    const { version } = source;
    const described = item.isFromFolder ? await describeFile(entry, source, options.signal) : entry;
    const stored = await manifestOf(version, source, options);
    return { entry: described, state: { ...(await readyState(described, stored)), version } };
  } finally {
    await source.close();
  }
}

/** A source whose manifest is stored, without reading the source. */
export async function findVerified(
  entry: CatalogEntry,
  store: ManifestStore,
): Promise<Verified | undefined> {
  if (entry.embedding !== undefined) return findVerifiedEmbedding(entry, store);
  if (entry.source.type !== 'url') return undefined;
  const stored = await store.find({ url: entry.source.url }, GGUF_MANIFEST);
  return stored === undefined ? undefined : { entry, state: await readyState(entry, stored) };
}

async function manifestOf(
  key: FileKey,
  source: ByteSource,
  { store, signal, onProgress }: VerifyOptions,
): Promise<StoredManifest<Manifest>> {
  const stored = await store.find(key, GGUF_MANIFEST);
  if (stored !== undefined) return stored;
  const manifest = await createManifest(source, {
    signal,
    onProgress: (hashedBytes, totalBytes) => onProgress(hashedBytes / Math.max(1, totalBytes)),
  });
  return store.save(key, GGUF_MANIFEST, manifest);
}

async function readyState(
  entry: CatalogEntry,
  { modelRoot, manifest }: StoredManifest<Manifest>,
): Promise<EntryState & { status: 'ready' }> {
  const { blockCount, contextLength } = manifest.config;
  if (blockCount > BLOCK_COUNT_MAX) {
    throw new ModelError(
      'unsupported-feature',
      `the model has more than ${BLOCK_COUNT_MAX} blocks`,
    );
  }
  return {
    status: 'ready',
    modelRoot,
    model: placementSizes(modelRoot, entry.name, manifest),
    fileBytes: manifest.fileBytes,
    contextLength,
    ...(await servedManifest(manifest)),
  };
}
