import type { CatalogViewEntry } from '@manyhands/model/catalog';

/** A model that can be held and asked. */
export type ReadyEntry = CatalogViewEntry & { readonly modelRoot: string };

export function readyEntries(entries: readonly CatalogViewEntry[]): ReadyEntry[] {
  return entries.flatMap((entry) =>
    entry.status === 'ready' && entry.modelRoot !== undefined
      ? [{ ...entry, modelRoot: entry.modelRoot }]
      : [],
  );
}
