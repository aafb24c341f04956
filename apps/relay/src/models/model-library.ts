import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CatalogView } from '@manyhands/model/catalog';
import { ModelError } from '@manyhands/model/error';
import { RelayError } from '../error.ts';
import { MODEL_FILES_MAX } from '../limits.ts';
import type { RelayLog } from '../log.ts';
import type { ReadyModels } from '../sockets/core-parts.ts';
import { entryForFile } from './describe-file.ts';
import { isOnnxFile, readEmbeddingFile } from './embedding-file.ts';
import { type EntryState, type LibraryEntry, viewOf } from './library-entry.ts';
import type { ManifestStore } from './manifest-store.ts';
import { readCatalogFile } from './user-catalog.ts';
import { findVerified, verifySource } from './verify-source.ts';

type Ready = EntryState & { status: 'ready' };

/** The relay's models: what the catalogue lists, what the operator added, and which are verified. */
export interface ModelLibrary extends ReadyModels {
  view(): CatalogView;
  ready(modelRoot: string): Ready | undefined;
  /** Adds a GGUF file, or an ONNX file with its card and tokenizer beside it, and hashes it; resolves with its model root. Throws `bad-model-file`. */
  addFile(path: string): Promise<string>;
  /**
   * Reads a remote source once and stores its manifest; resolves with its model root. Throws
   * `unknown-model` for an id that the catalogue lacks, else what reading it found.
   */
  verify(id: string, options?: VerifyCallOptions): Promise<string>;
  /** The file of a ready model is not the one that was hashed: hashes it again. */
  recheck(modelRoot: string): void;
  /** Looks for manifests that another process (`npm run catalog -- verify`) stored meanwhile. */
  refresh(): Promise<void>;
  /** Resolves when no file waits to be hashed. */
  settled(): Promise<void>;
  dispose(): Promise<void>;
}

export interface VerifyCallOptions {
  readonly onProgress?: (progress: number) => void;
  readonly signal?: AbortSignal;
}

export interface LibraryOptions {
  readonly catalogFile: string;
  /** What `npm run catalog -- add` wrote, if anything; the catalogue wins where ids are the same. */
  readonly userCatalogFile?: string;
  readonly modelsDir: string | undefined;
  /** Further files, wherever they are. */
  readonly modelFiles: readonly string[];
  readonly store: ManifestStore;
  readonly log: RelayLog;
  readonly fetch?: typeof fetch;
  onReady(modelRoot: string): void;
}

/** Lists everything at once and hashes in the background. Throws `ModelError` `bad-catalog`. */
export async function createModelLibrary(options: LibraryOptions): Promise<ModelLibrary> {
  const { store, log, onReady } = options;
  const items = await listEntries(options);
  const closing = new AbortController();
  let queue: Promise<unknown> = Promise.resolve();

  const readyOnes = () => {
    const byRoot = new Map<string, Ready>();
    for (const { state } of items) {
      if (state.status === 'ready' && !byRoot.has(state.modelRoot)) {
        byRoot.set(state.modelRoot, state);
      }
    }
    return byRoot;
  };
  let readyByRoot = readyOnes();
  const setState = (item: LibraryEntry, state: EntryState) => {
    item.state = state;
    if (state.status !== 'hashing') readyByRoot = readyOnes();
  };

  const verifyItem = async (item: LibraryEntry, call: VerifyCallOptions = {}): Promise<string> => {
    const signal = call.signal ? AbortSignal.any([call.signal, closing.signal]) : closing.signal;
    const onProgress = (progress: number) => {
      call.onProgress?.(progress);
      item.state = { status: 'hashing', progress };
    };
    try {
      const verified = await verifySource(item, {
        ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
        store,
        signal,
        onProgress,
      });
      item.entry = verified.entry;
      setState(item, verified.state);
      log.info('model-ready', { model: item.entry.id, bytes: verified.state.fileBytes });
      onReady(verified.state.modelRoot);
      return verified.state.modelRoot;
    } catch (error) {
      if (!closing.signal.aborted) {
        log.warn('model-failed', { model: item.entry.id, code: codeOf(error) });
        const isStopped = call.signal?.aborted === true;
        setState(
          item,
          isStopped ? { status: 'unverified' } : { status: 'failed', message: messageOf(error) },
        );
      }
      throw error;
    }
  };
  /** One source at a time: hashing two at once would only make both late. */
  const enqueue = (item: LibraryEntry, call?: VerifyCallOptions): Promise<string> => {
    setState(item, { status: 'hashing', progress: 0 });
    const result = queue.then(() => verifyItem(item, call));
    queue = result.catch(() => undefined);
    return result;
  };
  const refresh = async () => {
    for (const item of items) {
      if (item.state.status !== 'unverified') continue;
      const verified = await findVerified(item.entry, store).catch(() => undefined);
      if (verified === undefined || item.state.status !== 'unverified') continue;
      setState(item, verified.state);
      onReady(verified.state.modelRoot);
    }
  };

  await refresh();
  for (const item of items) {
    // The failure is in the entry's state, where the page shows it.
    const isHere = item.entry.source.type === 'file' && item.state.status !== 'failed';
    if (isHere) enqueue(item).catch(() => undefined);
  }

  return {
    list: () => [...readyByRoot.values()].map((state) => state.model),
    get: (modelRoot) => readyByRoot.get(modelRoot)?.model,
    ready: (modelRoot) => readyByRoot.get(modelRoot),
    view: () => ({ version: 1, entries: items.map(viewOf) }),
    async addFile(path) {
      const ids = new Set(items.map((item) => item.entry.id));
      const item = await fromFile(path, ids);
      items.push(item);
      try {
        if (item.state.status === 'failed') throw new ModelError('malformed', item.state.message);
        return await enqueue(item);
      } catch (cause) {
        throw new RelayError('bad-model-file', messageOf(cause), { cause });
      }
    },
    async verify(id, call) {
      const item = items.find(({ entry }) => entry.id === id);
      if (item !== undefined) return enqueue(item, call);
      throw new RelayError('unknown-model', `The catalogue has no model ${id}: see its ids.`);
    },
    recheck(modelRoot) {
      const changed = items.filter(
        ({ state, path }) =>
          state.status === 'ready' && state.modelRoot === modelRoot && path !== undefined,
      );
      for (const item of changed) enqueue(item).catch(() => undefined);
    },
    refresh,
    async settled() {
      // What is added while waiting is waited for as well.
      for (let last: unknown; last !== queue; ) {
        last = queue;
        await queue;
      }
    },
    async dispose() {
      closing.abort();
      await queue;
    },
  };
}

async function listEntries(options: LibraryOptions): Promise<LibraryEntry[]> {
  const { modelsDir, modelFiles, log } = options;
  const items: LibraryEntry[] = [];
  for (const { entry, directory } of await readCatalogs(options)) {
    const { source } = entry;
    const folders = [directory, ...(modelsDir === undefined ? [] : [modelsDir])];
    const find = (part: typeof source | undefined): string | undefined =>
      part?.type === 'file'
        ? folders.map((folder) => join(folder, part.file)).find((file) => existsSync(file))
        : undefined;
    const path = find(source);
    const tokenizerPath = find(entry.embedding?.tokenizer);
    const state: EntryState =
      source.type === 'url' ? { status: 'unverified' } : { status: 'hashing', progress: 0 };
    items.push({
      entry,
      isFromFolder: false,
      state,
      ...(path === undefined ? {} : { path }),
      ...(tokenizerPath === undefined ? {} : { tokenizerPath }),
    });
  }
  const known = new Set(items.map((item) => item.path));
  const ids = new Set(items.map((item) => item.entry.id));
  for (const path of [...modelFiles, ...(await filesIn(modelsDir, log))]) {
    if (known.has(path)) continue;
    const item = await fromFile(path, ids);
    known.add(path);
    ids.add(item.entry.id);
    items.push(item);
  }
  return items;
}

async function fromFile(path: string, takenIds: ReadonlySet<string>): Promise<LibraryEntry> {
  const state: EntryState = { status: 'hashing', progress: 0 };
  const plain = { entry: entryForFile(path, takenIds), path, isFromFolder: true, state };
  if (!isOnnxFile(path)) return plain;
  try {
    return { ...plain, ...(await readEmbeddingFile(path, takenIds)) };
  } catch (error) {
    return { ...plain, state: { status: 'failed', message: messageOf(error) } };
  }
}

/** Entries of the catalogue, then those of the user's with other ids. */
async function readCatalogs({ catalogFile, userCatalogFile }: LibraryOptions) {
  const catalogs = [{ file: catalogFile, ...(await readCatalogFile(catalogFile)) }];
  if (userCatalogFile !== undefined && existsSync(userCatalogFile)) {
    catalogs.push({ file: userCatalogFile, ...(await readCatalogFile(userCatalogFile)) });
  }
  const taken = new Set<string>();
  return catalogs
    .flatMap(({ file, entries }) => entries.map((entry) => ({ entry, directory: dirname(file) })))
    .filter(({ entry }) => !taken.has(entry.id) && taken.add(entry.id));
}

async function filesIn(folder: string | undefined, log: RelayLog): Promise<string[]> {
  if (folder === undefined) return [];
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    throw new RelayError('bad-setting', `MODELS_DIR ${folder} cannot be read: check it.`, {
      cause,
    });
  }
  const files = names
    .filter((name) => /\.(gguf|onnx)$/i.test(name) && !name.startsWith('.'))
    .sort();
  if (files.length > MODEL_FILES_MAX) {
    log.warn('too-many-model-files', { found: files.length, taken: MODEL_FILES_MAX });
  }
  return files.slice(0, MODEL_FILES_MAX).map((name) => join(folder, name));
}

function codeOf(error: unknown): string {
  return error instanceof ModelError ? error.code : 'unexpected';
}

function messageOf(error: unknown): string {
  if (error instanceof ModelError) return error.message.slice(0, 2000);
  return 'The file could not be read. Check that it is complete and try again.';
}
