import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ByteSource } from '@manyhands/model/byte-source';
import type { CatalogEntry } from '@manyhands/model/catalog';
import { ModelError } from '@manyhands/model/error';
import { httpSource } from '@manyhands/model/http-source';
import { createManifest } from '@manyhands/model/manifest-create';
import { MANIFEST_BYTES_MAX } from '@manyhands/model/manifest-limits';
import { BLOCK_COUNT_MAX } from '@manyhands/protocol/limits';
import { describeFile } from './describe-file.ts';
import { openFileSource } from './file-source.ts';
import type { EntryState, LibraryEntry } from './library-entry.ts';
import type { ManifestStore, SourceKey, StoredManifest } from './manifest-store.ts';
import { placementSizes } from './placement-sizes.ts';

export interface VerifyOptions {
  readonly store: ManifestStore;
  readonly fetch?: typeof fetch;
  readonly signal: AbortSignal;
  onProgress(progress: number): void;
}

export interface Verified {
  readonly entry: CatalogEntry;
  readonly state: EntryState & { status: 'ready' };
}

const compress = promisify(gzip);

/**
 * Makes a source ready: reads it once from end to end unless its manifest is stored already.
 * Throws `ModelError`.
 */
export async function verifySource(item: LibraryEntry, options: VerifyOptions): Promise<Verified> {
  const { entry, path } = item;
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
  if (entry.source.type !== 'url') return undefined;
  const stored = await store.find({ url: entry.source.url });
  return stored === undefined ? undefined : { entry, state: await readyState(entry, stored) };
}

export function missingFile(file: string): string {
  return `${file} is neither beside the catalogue nor in the folder of MODELS_DIR; put it there.`;
}

async function manifestOf(
  key: SourceKey,
  source: ByteSource,
  { store, signal, onProgress }: VerifyOptions,
): Promise<StoredManifest> {
  const stored = await store.find(key);
  if (stored !== undefined) return stored;
  const manifest = await createManifest(source, {
    signal,
    onProgress: (hashedBytes, totalBytes) => onProgress(hashedBytes / Math.max(1, totalBytes)),
  });
  return store.save(key, manifest);
}

async function readyState(
  entry: CatalogEntry,
  { modelRoot, manifest }: StoredManifest,
): Promise<EntryState & { status: 'ready' }> {
  const { blockCount, contextLength } = manifest.config;
  if (blockCount > BLOCK_COUNT_MAX) {
    throw new ModelError(
      'unsupported-feature',
      `the model has more than ${BLOCK_COUNT_MAX} blocks`,
    );
  }
  const manifestJson = Buffer.from(JSON.stringify(manifest));
  if (manifestJson.length > MANIFEST_BYTES_MAX) {
    throw new ModelError('bad-manifest', 'the model has too many tensors and pieces to be served');
  }
  return {
    status: 'ready',
    modelRoot,
    sizes: placementSizes(modelRoot, entry.name, manifest),
    fileBytes: manifest.fileBytes,
    contextLength,
    manifestJson,
    manifestGzip: await compress(manifestJson),
  };
}
