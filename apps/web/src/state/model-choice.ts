import type { CatalogViewEntry } from '@manyhands/model/catalog';
import type { NetworkView } from '@manyhands/peer/create-peer';
import { type CoverageSummary, summarizeCoverage } from './coverage.ts';
import { formatBytes, formatShare } from './format.ts';

/** One line of a model picker. */
export interface ModelOption {
  readonly entry: CatalogViewEntry;
  readonly isSelectable: boolean;
  readonly coverage: CoverageSummary;
  /** `Pip 7M · 7.5 MB · ready, 3 volunteers`. */
  readonly label: string;
}

export function listModelOptions(
  entries: readonly CatalogViewEntry[],
  network: NetworkView | undefined,
): readonly ModelOption[] {
  return entries.map((entry) => {
    const coverage = summarizeCoverage(network, entry);
    const isSelectable = entry.status === 'ready' && entry.modelRoot !== undefined;
    const standing = isSelectable ? coverage.label : describeStatus(entry);
    return {
      entry,
      isSelectable,
      coverage,
      label: `${entry.name} · ${formatBytes(entry.sizeBytes)} · ${standing}`,
    };
  });
}

/** Why a source cannot be used yet. */
export function describeStatus(entry: CatalogViewEntry): string {
  switch (entry.status) {
    case 'ready':
      return 'verified';
    case 'hashing':
      return `being verified, ${formatShare(entry.progress ?? 0)}`;
    case 'unverified':
      return 'not verified by this relay yet';
    case 'failed':
      return 'could not be verified';
    default:
      return entry.status satisfies never;
  }
}

/** The person's choice while it is usable, else the best covered, else the first verified model. */
export function chooseModel(
  options: readonly ModelOption[],
  wantedId: string | null,
): ModelOption | undefined {
  const usable = options.filter((option) => option.isSelectable);
  return (
    usable.find((option) => option.entry.id === wantedId) ??
    usable.find((option) => option.coverage.state === 'full') ??
    usable[0]
  );
}
