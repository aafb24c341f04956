import type { CatalogViewEntry } from '@manyhands/model/catalog';
import type { NetworkView } from '@manyhands/peer/create-peer';
import type { NetworkEvent } from '@manyhands/protocol/relay-message';
import { type CoverageSummary, summarizeCoverage } from './coverage.ts';
import { formatBlocks, formatClock, formatPlural } from './format.ts';

/** One model as the network page shows it. */
export interface NetworkModelView {
  readonly modelRoot: string;
  readonly name: string;
  /** Runs whole and turns texts into vectors: it has no blocks to show. */
  readonly isEmbedding: boolean;
  readonly coverage: CoverageSummary;
  readonly embeds: number;
  readonly heads: number;
  /** `2 desktops, webgpu-f32`. */
  readonly kinds: readonly string[];
  readonly sessions: string;
}

export interface NetworkEventView {
  readonly key: string;
  readonly clock: string;
  readonly isoTime: string;
  readonly kind: NetworkEvent['kind'];
  readonly text: string;
}

/** Models somebody holds first, then the other verified ones, each group in the catalogue's order. */
export function listNetworkModels(
  entries: readonly CatalogViewEntry[],
  network: NetworkView,
): readonly NetworkModelView[] {
  const known = entries.flatMap((entry) =>
    entry.modelRoot === undefined ? [] : [{ ...entry, modelRoot: entry.modelRoot }],
  );
  const unlisted = network.models
    .filter((model) => !known.some((entry) => entry.modelRoot === model.modelRoot))
    .map((model) => ({
      modelRoot: model.modelRoot,
      name: `Model ${model.modelRoot.slice(0, 8)}`,
      blockCount: model.coverage.blocks.length,
      embedding: undefined,
    }));
  return [...known, ...unlisted]
    .map((entry) => {
      const model = network.models.find((each) => each.modelRoot === entry.modelRoot);
      const isEmbedding = entry.embedding !== undefined || model?.kind === 'embedding';
      return {
        modelRoot: entry.modelRoot,
        name: entry.name,
        isEmbedding,
        coverage: summarizeCoverage(network, entry),
        embeds: model?.coverage.embeds ?? 0,
        heads: model?.coverage.heads ?? 0,
        kinds: describeKinds(model?.kinds ?? {}),
        sessions: formatPlural(
          model?.sessions ?? 0,
          isEmbedding ? 'request under way' : 'open session',
          isEmbedding ? 'requests under way' : 'open sessions',
        ),
      };
    })
    .sort((a, b) => Number(b.coverage.volunteers > 0) - Number(a.coverage.volunteers > 0));
}

/** `{ 'desktop/webgpu-f32': 2 }` in words, most frequent first. */
export function describeKinds(kinds: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(kinds)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => {
      const [device = 'unknown', numericClass = ''] = kind.split('/');
      const noun = device === 'unknown' ? 'other device' : device;
      return `${formatPlural(count, noun)}${numericClass === '' ? '' : ` on ${numericClass}`}`;
    });
}

export function listNetworkEvents(
  entries: readonly CatalogViewEntry[],
  events: readonly NetworkEvent[],
): readonly NetworkEventView[] {
  return events.map((event, index) => ({
    key: `${event.atMs}-${event.kind}-${events.length - index}`,
    clock: formatClock(event.atMs),
    isoTime: new Date(event.atMs).toISOString(),
    kind: event.kind,
    text: describeEvent(entries, event),
  }));
}

function describeEvent(entries: readonly CatalogViewEntry[], event: NetworkEvent): string {
  const name = entries.find((entry) => entry.modelRoot === event.modelRoot)?.name ?? 'a model';
  const device =
    event.deviceKind === undefined || event.deviceKind === 'unknown' ? 'tab' : event.deviceKind;
  const blocks =
    event.firstBlock === undefined || event.endBlock === undefined
      ? ''
      : `${formatBlocks(event.firstBlock, event.endBlock)} of `;
  switch (event.kind) {
    case 'volunteer-joined':
      return `A ${device} joined with ${blocks}${name}`;
    case 'volunteer-left':
      return `A ${device} with ${blocks}${name} left`;
    case 'model-ready':
      return `${name === 'a model' ? 'A model' : name} was verified`;
    case 'relay-started':
      return 'The relay started';
    default:
      return event.kind satisfies never;
  }
}

/** One line about the whole network, from what the relay reported and nothing else. */
export function summarizeNetwork(models: readonly NetworkModelView[]): string {
  const volunteers = models.reduce((sum, model) => sum + model.coverage.volunteers, 0);
  if (volunteers === 0) return 'Nobody is contributing right now. You could be the first.';
  const complete = models.filter(
    ({ isEmbedding, coverage }) => !isEmbedding && coverage.state === 'full',
  ).length;
  const people = `${formatPlural(volunteers, 'tab')} ${volunteers === 1 ? 'is' : 'are'} contributing right now`;
  if (complete > 0) return `${people}; ${formatPlural(complete, 'model')} can answer.`;
  const embeds = models.some(
    ({ isEmbedding, coverage }) => isEmbedding && coverage.state === 'full',
  );
  return embeds
    ? `${people}; texts become vectors, but no model can answer yet.`
    : `${people}; no model is complete yet.`;
}
