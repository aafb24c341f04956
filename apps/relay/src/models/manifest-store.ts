import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ModelError } from '@manyhands/model/error';
import { type Manifest, verifyManifest } from '@manyhands/model/manifest';
import { manifestRoot } from '@manyhands/model/manifest-root';
import { ModelRoot } from '@manyhands/protocol/id';
import * as v from 'valibot';
import type { FileVersion } from './file-source.ts';

export interface StoredManifest {
  readonly modelRoot: string;
  readonly manifest: Manifest;
}

/** Manifests that were made once, so that a source is read once and not at every start. */
export interface ManifestStore {
  /** What a source was found to be, or `undefined` where it must be hashed (again). */
  find(source: SourceKey): Promise<StoredManifest | undefined>;
  save(source: SourceKey, manifest: Manifest): Promise<StoredManifest>;
}

/** One version of one file, or a URL: what is at a URL is pinned by its manifest from then on. */
export type SourceKey = FileVersion | { readonly url: string };

const SourceRecord = v.strictObject({ key: v.string(), modelRoot: ModelRoot });

/** A folder: `sources/` maps a version of a source to a root, `manifests/` a root to its manifest. */
export function createManifestStore(directory: string): ManifestStore {
  const manifestFile = (modelRoot: string) => join(directory, 'manifests', `${modelRoot}.json`);
  const sourceFile = (source: SourceKey) => {
    const name = 'url' in source ? `url ${source.url}` : `file ${source.path}`;
    const digest = createHash('sha256').update(name).digest('hex');
    return join(directory, 'sources', `${digest}.json`);
  };

  return {
    async find(source) {
      const record = v.safeParse(SourceRecord, await readJson(sourceFile(source)));
      if (!record.success || record.output.key !== keyOf(source)) return undefined;
      const { modelRoot } = record.output;
      try {
        const manifest = await verifyManifest(await readJson(manifestFile(modelRoot)), modelRoot);
        return { modelRoot, manifest };
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
        // A damaged or outdated copy: hashing the source again repairs it.
        return undefined;
      }
    },
    async save(source, manifest) {
      const modelRoot = await manifestRoot(manifest);
      await writeWhole(manifestFile(modelRoot), JSON.stringify(manifest));
      await writeWhole(sourceFile(source), JSON.stringify({ key: keyOf(source), modelRoot }));
      return { modelRoot, manifest };
    },
  };
}

function keyOf(source: SourceKey): string {
  if ('url' in source) return source.url;
  return `${source.path}\n${source.size}\n${source.mtimeMs}`;
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    // Missing or not JSON: the schema of the caller refuses `undefined` like any other nonsense.
    return undefined;
  }
}

/** Under another name first, so that a crash or a second relay never leaves half a file. */
async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
