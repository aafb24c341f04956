import {
  type CatalogEntry,
  type CatalogViewEntry,
  manifestPath,
  modelFilePath,
} from '@manyhands/model/catalog';
import type { FileVersion } from './file-source.ts';
import type { PlacementSizes } from './placement-sizes.ts';

/** One line of the catalogue with what this relay knows about it. */
export interface LibraryEntry {
  entry: CatalogEntry;
  /** Where the file is, for entries with one on this machine. */
  readonly path?: string;
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
      readonly sizes: PlacementSizes;
      readonly fileBytes: number;
      readonly contextLength: number;
      /** The manifest as it is served, plain and compressed. */
      readonly manifestJson: Buffer;
      readonly manifestGzip: Buffer;
      readonly version?: FileVersion;
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
      const { modelRoot, sizes, fileBytes, contextLength } = state;
      return {
        ...entry,
        sizeBytes: fileBytes,
        blockCount: sizes.blockCount,
        contextLength,
        status: 'ready',
        modelRoot,
        manifestUrl: manifestPath(modelRoot),
        sourceUrls: entry.source.type === 'file' ? [modelFilePath(modelRoot)] : urlsOf(entry),
      };
    }
    default:
      return state satisfies never;
  }
}

function urlsOf({ source }: CatalogEntry): string[] {
  return source.type === 'url' ? [source.url] : [];
}
