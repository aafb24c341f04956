import type { CatalogViewEntry } from '@manyhands/model/catalog';
import type { NetworkView } from '@manyhands/peer/create-peer';
import type { Coverage } from '@manyhands/protocol/directory';
import { language, t } from '../strings/language.ts';
import { formatBlockList, formatBlocks, formatCount } from './format.ts';

/** How a model stands in the network right now. */
export interface CoverageSummary {
  /** `unknown`: the relay has not reported yet. */
  readonly state: 'unknown' | 'none' | 'partial' | 'full';
  readonly volunteers: number;
  /** How many volunteers hold each block. */
  readonly blocks: readonly number[];
  /** `blocks 4–7 and the head`; empty when nothing is missing. */
  readonly missing: string;
  /** One short line for a picker. */
  readonly label: string;
}

export function coverageIn(
  network: NetworkView | undefined,
  modelRoot: string,
): Coverage | undefined {
  return network?.models.find((model) => model.modelRoot === modelRoot)?.coverage;
}

/** Coverage of one catalogue entry; a model the relay does not list is held by nobody. */
export function summarizeCoverage(
  network: NetworkView | undefined,
  entry: Pick<CatalogViewEntry, 'modelRoot' | 'blockCount' | 'embedding'>,
): CoverageSummary {
  const empty = new Array<number>(entry.blockCount).fill(0);
  if (network === undefined) {
    const label = t('network.coverage.checking');
    return { state: 'unknown', volunteers: 0, blocks: empty, missing: '', label };
  }
  const coverage = entry.modelRoot === undefined ? undefined : coverageIn(network, entry.modelRoot);
  const blocks = empty.map((_, index) => coverage?.blocks[index] ?? 0);
  const volunteers = coverage?.volunteers ?? 0;
  // What runs whole is complete with its first volunteer.
  const missing = entry.embedding === undefined ? describeMissing(blocks, coverage) : '';
  if (volunteers === 0) {
    return { state: 'none', volunteers, blocks, missing, label: t('network.coverage.none') };
  }
  const state = missing === '' ? 'full' : 'partial';
  const label = t(`network.coverage.${state}`, { volunteers: countVolunteers(volunteers) });
  return { state, volunteers, blocks, missing, label };
}

/** `2 volunteers`. */
export function countVolunteers(count: number): string {
  return t('network.coverage.volunteers', { count, number: formatCount(count) });
}

function describeMissing(blocks: readonly number[], coverage: Coverage | undefined): string {
  const gaps = blocks.flatMap((count, index) => (count === 0 ? [index] : []));
  const [embeds, heads] = [coverage?.embeds ?? 0, coverage?.heads ?? 0];
  return listParts(gaps, { embedding: embeds === 0, head: heads === 0 });
}

/** `blocks 4–7 and the head`. */
export function listParts(
  blocks: readonly number[],
  ends: { readonly embedding: boolean; readonly head: boolean },
): string {
  const parts = blocks.length > 0 ? [formatBlockList(blocks)] : [];
  if (ends.embedding) parts.push(t('network.coverage.embedding'));
  if (ends.head) parts.push(t('network.coverage.head'));
  return new Intl.ListFormat(language.value).format(parts);
}

/** `blocks 0–3 twice, blocks 4–7 once`: what a strip of coloured cells says to a screen reader. */
export function describeCounts(counts: readonly number[], runsMax = 12): string {
  const runs: { first: number; end: number; count: number }[] = [];
  for (const [index, count] of counts.entries()) {
    const run = runs.at(-1);
    if (run !== undefined && run.count === count) run.end = index + 1;
    else runs.push({ first: index, end: index + 1, count });
  }
  const shown = runs.slice(0, runsMax).map((run) =>
    t('network.strip.times', {
      blocks: formatBlocks(run.first, run.end),
      times: describeTimes(run.count),
    }),
  );
  const list = shown.join(', ');
  return runs.length > runsMax ? t('network.strip.more', { counts: list }) : list;
}

function describeTimes(count: number): string {
  if (count === 0) return t('network.strip.nobody');
  if (count === 1) return t('network.strip.once');
  if (count === 2) return t('network.strip.twice');
  return t('network.strip.many', { number: formatCount(count) });
}
