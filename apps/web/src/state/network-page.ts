import type { CatalogViewEntry } from '@manyhands/model/catalog';
import type { NetworkView } from '@manyhands/peer/create-peer';
import type { NetworkEvent } from '@manyhands/protocol/relay-message';
import { t } from '../strings/language.ts';
import { type CoverageSummary, summarizeCoverage } from './coverage.ts';
import type { CoverageEvent } from './coverage-events.ts';
import { formatBlockList, formatBlocks, formatClock, formatCount } from './format.ts';
import { NETWORK_EVENTS_SHOWN_MAX } from './limits.ts';

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
  readonly kind: NetworkEvent['kind'] | CoverageEvent['kind'];
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
      name: nameUnlisted(model.modelRoot),
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
        sessions: countSessions(model?.sessions ?? 0, isEmbedding),
      };
    })
    .sort((a, b) => Number(b.coverage.volunteers > 0) - Number(a.coverage.volunteers > 0));
}

function countSessions(count: number, isEmbedding: boolean): string {
  const values = { count, number: formatCount(count) };
  return isEmbedding ? t('network.models.requests', values) : t('network.models.sessions', values);
}

/** `{ 'desktop/webgpu-f32': 2 }` in words, most frequent first. */
export function describeKinds(kinds: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(kinds)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => {
      const [device = 'unknown', numericClass = ''] = kind.split('/');
      const values = { count, number: formatCount(count) };
      const devices = t(`network.kinds.${knownDevice(device) ?? 'unknown'}`, values);
      return numericClass === '' ? devices : t('network.kinds.on', { devices, numericClass });
    });
}

/** What the relay calls a device is its own text; only these have a name here. */
function knownDevice(device: string | undefined): 'desktop' | 'phone' | 'tablet' | undefined {
  return (['desktop', 'phone', 'tablet'] as const).find((known) => known === device);
}

/** What the relay reports and what this tab saw, newest first. */
export function listNetworkEvents(
  entries: readonly CatalogViewEntry[],
  events: readonly NetworkEvent[],
  coverageEvents: readonly CoverageEvent[] = [],
): readonly NetworkEventView[] {
  const nameOf = (modelRoot: string | undefined): string | undefined =>
    entries.find((entry) => entry.modelRoot === modelRoot)?.name;
  const reported = events.map((event) => ({ ...event, text: describeEvent(nameOf, event) }));
  const seen = coverageEvents.map((event) => ({ ...event, text: describeChange(nameOf, event) }));
  return [...reported, ...seen]
    .sort((a, b) => b.atMs - a.atMs)
    .slice(0, NETWORK_EVENTS_SHOWN_MAX)
    .map(({ atMs, kind, text }, index, all) => ({
      key: `${atMs}-${kind}-${all.length - index}`,
      clock: formatClock(atMs),
      isoTime: new Date(atMs).toISOString(),
      kind,
      text,
    }));
}

type NameOf = (modelRoot: string | undefined) => string | undefined;

function describeEvent(nameOf: NameOf, event: NetworkEvent): string {
  const name = nameOf(event.modelRoot);
  const model = name ?? t('network.models.any');
  const device = t(`network.events.devices.${knownDevice(event.deviceKind) ?? 'tab'}`);
  const what =
    event.firstBlock === undefined || event.endBlock === undefined
      ? model
      : t('network.events.blocksOf', {
          blocks: formatBlocks(event.firstBlock, event.endBlock),
          model,
        });
  switch (event.kind) {
    case 'volunteer-joined':
      return t('network.events.joined', { device, what });
    case 'volunteer-left':
      return t('network.events.left', { device, what });
    case 'model-ready':
      return name === undefined
        ? t('network.events.anyReady')
        : t('network.events.ready', { model: name });
    case 'relay-started':
      return t('network.events.started');
    default:
      return event.kind satisfies never;
  }
}

function describeChange(nameOf: NameOf, { kind, modelRoot, blocks }: CoverageEvent): string {
  const model = nameOf(modelRoot) ?? nameUnlisted(modelRoot);
  return t(`network.events.${kind}`, { blocks: formatBlockList(blocks), model });
}

/** How a model is called that the catalogue does not list. */
export function nameUnlisted(modelRoot: string): string {
  return t('network.models.unlisted', { root: modelRoot.slice(0, 8) });
}

/** One line about the whole network, from what the relay reported and nothing else. */
export function summarizeNetwork(models: readonly NetworkModelView[]): string {
  const volunteers = models.reduce((sum, model) => sum + model.coverage.volunteers, 0);
  if (volunteers === 0) return t('network.summary.nobody');
  const complete = models.filter(
    ({ isEmbedding, coverage }) => !isEmbedding && coverage.state === 'full',
  ).length;
  const people = t('network.summary.people', {
    count: volunteers,
    number: formatCount(volunteers),
  });
  if (complete > 0) {
    return t('network.summary.complete', {
      count: complete,
      number: formatCount(complete),
      people,
    });
  }
  const embeds = models.some(
    ({ isEmbedding, coverage }) => isEmbedding && coverage.state === 'full',
  );
  return t(embeds ? 'network.summary.embedsOnly' : 'network.summary.incomplete', { people });
}

/** `3 tabs online here, of Family.` */
export function describeOnline(peers: number, circleName: string | undefined): string {
  const values = { count: peers, number: formatCount(peers) };
  return circleName === undefined
    ? t('network.online', values)
    : t('network.onlineCircle', { ...values, circle: circleName });
}
