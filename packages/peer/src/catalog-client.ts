import {
  CATALOG_PATH,
  type CatalogView,
  type CatalogViewEntry,
  parseCatalogView,
} from '@manyhands/model/catalog';
import { PeerError } from './error.ts';
import { CATALOG_BYTES_MAX, FETCH_TIMEOUT_MS } from './limits.ts';

/** Where a model's manifest and weights are. */
export interface ModelLocation {
  readonly manifestUrl: string;
  readonly sourceUrls: readonly string[];
  /** Of an embedding model. */
  readonly tokenizerUrls?: readonly string[];
}

export interface CatalogClient {
  /** The relay's catalogue now. Rejects with `catalog-unavailable` or `ModelError`. */
  read(signal?: AbortSignal): Promise<CatalogView>;
  /** Rejects with `model-not-ready` when the relay does not serve this model (yet). */
  locate(modelRoot: string, signal?: AbortSignal): Promise<ModelLocation>;
}

/** Reads the catalogue of the first relay that answers, of those at `origins` now. */
export function createCatalogClient(origins: () => Iterable<string>): CatalogClient {
  const read = async (signal?: AbortSignal): Promise<{ view: CatalogView; origin: string }> => {
    let failure: unknown;
    for (const origin of origins()) {
      try {
        return { view: await readAt(origin, signal), origin };
      } catch (error) {
        signal?.throwIfAborted();
        failure = error;
      }
    }
    throw failure ?? unavailable('No relay is known: reload the page.');
  };
  return {
    read: async (signal) => (await read(signal)).view,
    async locate(modelRoot, signal) {
      const { view, origin } = await read(signal);
      const entry = view.entries.find((each) => each.modelRoot === modelRoot);
      return locationOf(entry, (url) => new URL(url, origin).href);
    },
  };
}

async function readAt(origin: string, signal: AbortSignal | undefined): Promise<CatalogView> {
  const deadline = AbortSignal.timeout(FETCH_TIMEOUT_MS);
  const both = signal ? AbortSignal.any([signal, deadline]) : deadline;
  let text: string;
  try {
    const url = new URL(CATALOG_PATH, origin);
    const response = await fetch(url, { signal: both, cache: 'no-cache' });
    if (!response.ok) throw new Error(`status ${response.status}`);
    text = await response.text();
  } catch (cause) {
    throw unavailable(
      'The list of models could not be read from the relay: check the connection and try again.',
      cause,
    );
  }
  if (text.length > CATALOG_BYTES_MAX) {
    throw unavailable('The relay’s list of models is too large.');
  }
  return parseCatalogView(JSON.parse(text));
}

function unavailable(message: string, cause?: unknown): PeerError {
  return new PeerError('catalog-unavailable', message, { cause });
}

function locationOf(
  entry: CatalogViewEntry | undefined,
  absolute: (url: string) => string,
): ModelLocation {
  if (entry?.status !== 'ready' || entry.manifestUrl === undefined) {
    throw new PeerError(
      'model-not-ready',
      entry
        ? `${entry.name} is not verified by this relay yet: choose another model.`
        : 'This relay does not know the model: choose another one.',
    );
  }
  return {
    manifestUrl: absolute(entry.manifestUrl),
    sourceUrls: entry.sourceUrls.map(absolute),
    ...(entry.tokenizerUrls && { tokenizerUrls: entry.tokenizerUrls.map(absolute) }),
  };
}
