import type { CatalogViewEntry } from '@manyhands/model/catalog';
import type { NetworkView } from '@manyhands/peer/create-peer';
import { t } from '../strings/language.ts';
import { type CoverageSummary, summarizeCoverage } from './coverage.ts';
import { formatBytes, formatCount, formatShare } from './format.ts';
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
      label: t('chat.model.option', {
        name: entry.name,
        size: formatBytes(entry.sizeBytes),
        standing,
      }),
    };
  });
}

/** How a model stands among those who may be asked. */
function describeStanding({ state, volunteers, label }: CoverageSummary, tier: Tier): string {
  if (tier === 'public' || state === 'unknown') return label;
  if (tier === 'local') {
    return t(`chat.model.standing.${volunteers === 0 ? 'notLoaded' : 'loaded'}`);
  }
  if (volunteers === 0) return t('chat.model.standing.noMember');
  const key = state === 'full' ? 'members' : 'membersIncomplete';
  return t(`chat.model.standing.${key}`, { count: volunteers, tabs: formatCount(volunteers) });
}

/** `Pip 7M · 7.5 MB`: a line of the list of models that a tab can hold. */
export function describeHoldable(entry: CatalogViewEntry): string {
  const parts = [
    t('chat.model.holdable', { name: entry.name, size: formatBytes(entry.sizeBytes) }),
    ...(entry.embedding === undefined ? [] : [t('chat.model.embeddings')]),
    ...(entry.status === 'ready' ? [] : [describeStatus(entry)]),
  ];
  return parts.join(' · ');
}

/** Why a source cannot be used yet. */
export function describeStatus(entry: CatalogViewEntry): string {
  const share = formatShare(entry.progress ?? 0);
  return entry.status === 'hashing'
    ? t('chat.model.status.hashing', { share })
    : t(`chat.model.status.${entry.status}`);
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
