import {
  type CatalogEntry,
  type CatalogViewEntry,
  embeddingFilePath,
  manifestPath,
  modelFilePath,
  tokenizerFilePath,
} from '@manyhands/model/catalog';
import type { FileVersion } from './file-source.ts';
import type { ReadyModel } from './whole-model.ts';

/** One line of the catalogue with what this relay knows about it. */
export interface LibraryEntry {
  entry: CatalogEntry;
  /** Where the file is, for entries with one on this machine. */
  readonly path?: string;
  /** The same for the tokenizer of an embedding model. */
  readonly tokenizerPath?: string;
  /** The entry was made here from the file, so the file describes it. */
  readonly isFromFolder: boolean;
  state: EntryState;
}

export type EntryState =
  | { readonly status: 'unverified' }
  | { readonly status: 'hashing'; readonly progress: number }
  | { readonly status: 'failed'; readonly message: string }
  | {
      readonly status: 'ready';
      readonly modelRoot: string;
      readonly model: ReadyModel;
      readonly fileBytes: number;
      readonly contextLength: number;
      /** The manifest as it is served, plain and compressed. */
      readonly manifestJson: Buffer;
      readonly manifestGzip: Buffer;
      readonly version?: FileVersion;
      readonly tokenizerVersion?: FileVersion;
    };

const UNVERIFIED =
  'Not verified by this relay yet: its operator can run `npm run catalog -- verify`.';

/** What the page sees. */
export function viewOf({ entry, state }: LibraryEntry): CatalogViewEntry {
  switch (state.status) {
    case 'unverified':
      return { ...entry, status: 'unverified', sourceUrls: urlsOf(entry), message: UNVERIFIED };
    case 'hashing':
      return { ...entry, status: 'hashing', progress: state.progress, sourceUrls: urlsOf(entry) };
    case 'failed':
      return { ...entry, status: 'failed', message: state.message, sourceUrls: urlsOf(entry) };
    case 'ready': {
      const { modelRoot, model, fileBytes, contextLength } = state;
      return {
        ...entry,
        sizeBytes: fileBytes,
        blockCount: model.kind === 'blocks' ? model.blockCount : 0,
        contextLength,
        status: 'ready',
        modelRoot,
        manifestUrl: manifestPath(modelRoot),
        ...(model.kind === 'blocks'
          ? { sourceUrls: urlsOf(entry, modelFilePath(modelRoot)) }
          : {
              sourceUrls: urlsOf(entry, embeddingFilePath(modelRoot)),
              tokenizerUrls: tokenizerUrlsOf(entry, tokenizerFilePath(modelRoot)),
            }),
      };
    }
    default:
      return state satisfies never;
  }
}

/** Where a source is; files of this machine are at `path` once they are verified. */
function urlsOf({ source }: CatalogEntry, path?: string): string[] {
  if (source.type === 'url') return [source.url];
  return path === undefined ? [] : [path];
}

function tokenizerUrlsOf({ embedding }: CatalogEntry, path: string): string[] {
  return embedding?.tokenizer.type === 'url' ? [embedding.tokenizer.url] : [path];
}
