import type { CatalogView, CatalogViewEntry } from '@manyhands/model/catalog';
import { type ErrorReport, reportError } from '@manyhands/peer/error-report';
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import {
  CATALOG_BUSY_INTERVAL_MS,
  CATALOG_IDLE_INTERVAL_MS,
  CATALOG_RETRY_INTERVAL_MS,
} from './limits.ts';

export type ReadCatalog = (signal: AbortSignal) => Promise<CatalogView>;

/** The models this relay knows, kept fresh while the page is open. */
export interface CatalogState {
  readonly entries: ReadonlySignal<readonly CatalogViewEntry[]>;
  /** False until the first answer, whether it was a list or an error. */
  readonly isKnown: ReadonlySignal<boolean>;
  readonly error: ReadonlySignal<ErrorReport | undefined>;
  /** Asks now instead of at the next interval. */
  refresh(): Promise<void>;
  dispose(): void;
}

/** Polls: often while a model is being hashed or after a failure, else rarely. */
export function createCatalogState(readCatalog: ReadCatalog): CatalogState {
  const view = signal<CatalogView | undefined>(undefined);
  const error = signal<ErrorReport | undefined>(undefined);
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    clearTimeout(timer);
    try {
      view.value = await readCatalog(abort.signal);
      error.value = undefined;
    } catch (cause) {
      error.value = reportError(cause);
    }
    reading = undefined;
    if (!abort.signal.aborted) timer = setTimeout(() => void refresh(), intervalMs());
  }

  function refresh(): Promise<void> {
    if (abort.signal.aborted) return Promise.resolve();
    reading ??= read();
    return reading;
  }

  function intervalMs(): number {
    if (error.value !== undefined) return CATALOG_RETRY_INTERVAL_MS;
    const isBusy = view.value?.entries.some((entry) => entry.status === 'hashing') ?? false;
    return isBusy ? CATALOG_BUSY_INTERVAL_MS : CATALOG_IDLE_INTERVAL_MS;
  }

  void refresh();
  return {
    entries: computed(() => view.value?.entries ?? []),
    isKnown: computed(() => view.value !== undefined || error.value !== undefined),
    error,
    refresh,
    dispose: () => {
      abort.abort();
      clearTimeout(timer);
    },
  };
}
