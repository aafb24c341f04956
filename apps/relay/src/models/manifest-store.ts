import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EmbeddingCard } from '@manyhands/model/embedding/card';
import { ModelError } from '@manyhands/model/error';
import { ModelRoot } from '@manyhands/protocol/id';
import * as v from 'valibot';
import type { FileVersion } from './file-source.ts';

export interface StoredManifest<Manifest> {
  readonly modelRoot: string;
  readonly manifest: Manifest;
}

/** How manifests of one kind of model are checked and named. */
export interface ManifestKind<Manifest> {
  verify(value: unknown, modelRoot: string): Promise<Manifest>;
  rootOf(manifest: Manifest): Promise<string>;
}

/** Manifests that were made once, so that a source is read once and not at every start. */
export interface ManifestStore {
  /** What a source was found to be, or `undefined` where it must be hashed (again). */
  find<Manifest>(
    source: SourceKey,
    kind: ManifestKind<Manifest>,
  ): Promise<StoredManifest<Manifest> | undefined>;
  save<Manifest>(
    source: SourceKey,
    kind: ManifestKind<Manifest>,
    manifest: Manifest,
  ): Promise<StoredManifest<Manifest>>;
}

/** One version of one file, or a URL: what is at a URL is pinned by its manifest from then on. */
export type FileKey = FileVersion | { readonly url: string };

/** What a manifest was made from: a file, or both files of an embedding model with its card. */
export type SourceKey =
  | FileKey
  | { readonly model: FileKey; readonly tokenizer: FileKey; readonly card: EmbeddingCard };

const SourceRecord = v.strictObject({ key: v.string(), modelRoot: ModelRoot });

/** A folder: `sources/` maps a version of a source to a root, `manifests/` a root to its manifest. */
export function createManifestStore(directory: string): ManifestStore {
  const manifestFile = (modelRoot: string) => join(directory, 'manifests', `${modelRoot}.json`);
  const sourceFile = (source: SourceKey) => {
    const digest = createHash('sha256').update(nameOf(source)).digest('hex');
    return join(directory, 'sources', `${digest}.json`);
  };

  return {
    async find(source, kind) {
      const record = v.safeParse(SourceRecord, await readJson(sourceFile(source)));
      if (!record.success || record.output.key !== keyOf(source)) return undefined;
      const { modelRoot } = record.output;
      try {
        const manifest = await kind.verify(await readJson(manifestFile(modelRoot)), modelRoot);
        return { modelRoot, manifest };
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
        // A damaged or outdated copy: hashing the source again repairs it.
        return undefined;
      }
    },
    async save(source, kind, manifest) {
      const modelRoot = await kind.rootOf(manifest);
      await writeWhole(manifestFile(modelRoot), JSON.stringify(manifest));
      await writeWhole(sourceFile(source), JSON.stringify({ key: keyOf(source), modelRoot }));
      return { modelRoot, manifest };
    },
  };
}

function nameOf(source: SourceKey): string {
  if ('model' in source) return `embedding ${nameOf(source.model)} ${nameOf(source.tokenizer)}`;
  return 'url' in source ? `url ${source.url}` : `file ${source.path}`;
}

function keyOf(source: SourceKey): string {
  if ('model' in source) {
    const { model, tokenizer, card } = source;
    return `${keyOf(model)}\n${keyOf(tokenizer)}\n${JSON.stringify(card)}`;
  }
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
