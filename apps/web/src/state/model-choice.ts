import type { CatalogViewEntry } from '@manyhands/model/catalog';
import type { NetworkView } from '@manyhands/peer/create-peer';
import { type CoverageSummary, summarizeCoverage } from './coverage.ts';
import { formatBytes, formatPlural, formatShare } from './format.ts';
import type { Tier } from './tiers.ts';

/** One line of a model picker. */
export interface ModelOption {
  readonly entry: CatalogViewEntry;
  readonly isSelectable: boolean;
  readonly coverage: CoverageSummary;
  /** `Pip 7M · 7.5 MB · ready, 3 volunteers`. */
  readonly label: string;
}

/** Models that answer; those that turn texts into vectors cannot be asked anything. */
export function listModelOptions(
  entries: readonly CatalogViewEntry[],
  network: NetworkView | undefined,
  tier: Tier = 'public',
): readonly ModelOption[] {
  const answering = entries.filter(({ embedding }) => embedding === undefined);
  return answering.map((entry) => {
    const coverage = summarizeCoverage(network, entry);
    const isSelectable = entry.status === 'ready' && entry.modelRoot !== undefined;
    const standing = isSelectable ? describeStanding(coverage, tier) : describeStatus(entry);
    return {
      entry,
      isSelectable,
      coverage,
      label: `${entry.name} · ${formatBytes(entry.sizeBytes)} · ${standing}`,
    };
  });
}

/** How a model stands among those who may be asked. */
function describeStanding({ state, volunteers, label }: CoverageSummary, tier: Tier): string {
  if (tier === 'public' || state === 'unknown') return label;
  if (tier === 'local') return volunteers === 0 ? 'not loaded' : 'loaded in this tab';
  if (volunteers === 0) return 'no member runs it';
  const tabs = formatPlural(volunteers, 'tab');
  return state === 'full' ? `ready, ${tabs} of members` : `incomplete, ${tabs} of members`;
}

/** `Pip 7M · 7.5 MB`: a line of the list of models that a tab can hold. */
export function describeHoldable(entry: CatalogViewEntry): string {
  const job = entry.embedding === undefined ? '' : ' · embeddings';
  const status = entry.status === 'ready' ? '' : ` · ${describeStatus(entry)}`;
  return `${entry.name} · ${formatBytes(entry.sizeBytes)}${job}${status}`;
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
