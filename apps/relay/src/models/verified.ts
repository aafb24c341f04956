import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { CatalogEntry } from '@manyhands/model/catalog';
import { ModelError } from '@manyhands/model/error';
import { MANIFEST_BYTES_MAX } from '@manyhands/model/manifest-limits';
import type { EntryState } from './library-entry.ts';
import type { ManifestStore } from './manifest-store.ts';

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

export function missingFile(file: string): string {
  return `${file} is neither beside the catalogue nor in the folder of MODELS_DIR; put it there.`;
}

/** A manifest as it is served. Throws `bad-manifest` for one larger than any tab reads. */
export async function servedManifest(manifest: object): Promise<{
  readonly manifestJson: Buffer;
  readonly manifestGzip: Buffer;
}> {
  const manifestJson = Buffer.from(JSON.stringify(manifest));
  if (manifestJson.length > MANIFEST_BYTES_MAX) {
    throw new ModelError('bad-manifest', 'the model has too many tensors and pieces to be served');
  }
  return { manifestJson, manifestGzip: await compress(manifestJson) };
}
