import type { CatalogViewEntry } from '@manyhands/model/catalog';
import { coverageOf } from '@manyhands/planner/coverage';
import type { FromRelayOf } from '@manyhands/protocol/relay-message';
import type { Transport } from '@manyhands/swarm/link';
import type { Roster } from '@manyhands/swarm/roster';
import type { SocketHost } from '@manyhands/swarm/socket';
import type { CatalogClient } from '../catalog-client.ts';
import {
  CIRCLE_CATALOG_INTERVAL_MS,
  CIRCLE_CATALOG_RETRY_MS,
  CIRCLE_MODELS_MAX,
  STATE_INTERVAL_MS,
} from '../limits.ts';
import { type ReadyEntry, readyEntries } from './ready-entries.ts';

type NetworkMessage = FromRelayOf<'network'>;

export interface CircleNetworkOptions {
  readonly watch: (modelRoot: string) => Roster;
  readonly catalog: Pick<CatalogClient, 'read'>;
  readonly transport: Pick<Transport, 'peerId' | 'links'>;
  readonly host: Pick<SocketHost, 'setTimer'>;
}

/** What members hold, counted by this tab from entries that members marked; the relay's counts are not asked. */
export interface CircleNetwork {
  watch(onView: (view: NetworkMessage) => void): () => void;
  dispose(): void;
}

export function createCircleNetwork(options: CircleNetworkOptions): CircleNetwork {
  const { watch, catalog, transport, host } = options;
  const listeners = new Set<(view: NetworkMessage) => void>();
  const rosters = new Map<string, { readonly entry: ReadyEntry; readonly roster: Roster }>();
  let cancelRead = (): void => undefined;
  let cancelTell: (() => void) | undefined;
  let isReading = false;
  let isDisposed = false;

  const viewOf = (): NetworkMessage => {
    const here = new Set<string>([transport.peerId, ...transport.links.keys()]);
    const models = [...rosters.values()].map(({ entry, roster }) => {
      for (const { identity } of roster.entries) here.add(identity.peerId);
      return modelOf(entry, roster);
    });
    return { type: 'network', peers: here.size, models, events: [] };
  };
  const tellSoon = (): void => {
    cancelTell ??= host.setTimer(() => {
      cancelTell = undefined;
      const view = viewOf();
      for (const listener of [...listeners]) listener(view);
    }, STATE_INTERVAL_MS);
  };

  const follow = (entries: readonly ReadyEntry[]): void => {
    const wanted = new Map(entries.map((entry) => [entry.modelRoot, entry]));
    for (const [modelRoot, { roster }] of rosters) {
      if (wanted.has(modelRoot)) continue;
      roster.dispose();
      rosters.delete(modelRoot);
    }
    for (const [modelRoot, entry] of wanted) {
      if (rosters.has(modelRoot)) continue;
      const roster = watch(modelRoot);
      roster.subscribe(tellSoon);
      rosters.set(modelRoot, { entry, roster });
    }
    tellSoon();
  };
  const read = async (): Promise<void> => {
    let waitMs = CIRCLE_CATALOG_INTERVAL_MS;
    try {
      const { entries } = await catalog.read();
      if (isDisposed) return;
      follow(readyEntries(entries).slice(0, CIRCLE_MODELS_MAX));
      if (entries.some(isBeingVerified)) waitMs = CIRCLE_CATALOG_RETRY_MS;
    } catch {
      // The page shows why: it reads the same catalogue.
      waitMs = CIRCLE_CATALOG_RETRY_MS;
    }
    if (!isDisposed) cancelRead = host.setTimer(() => void read(), waitMs);
  };

  return {
    watch(onView) {
      listeners.add(onView);
      if (!isReading) void read();
      isReading = true;
      tellSoon();
      return () => listeners.delete(onView);
    },
    dispose() {
      isDisposed = true;
      cancelRead();
      cancelTell?.();
      listeners.clear();
      for (const { roster } of rosters.values()) roster.dispose();
      rosters.clear();
    },
  };
}

function isBeingVerified({ status }: CatalogViewEntry): boolean {
  return status === 'hashing';
}

function modelOf(
  { modelRoot, blockCount, embedding }: ReadyEntry,
  { entries }: Roster,
): NetworkMessage['models'][number] {
  const kinds: Record<string, number> = {};
  let sessions = 0;
  for (const entry of entries) {
    const kind = `${entry.deviceKind}/${entry.numericClass}`;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    sessions += entry.sessions;
  }
  const coverage = coverageOf(modelRoot, blockCount, entries);
  const kind = embedding === undefined ? 'blocks' : 'embedding';
  return { kind, modelRoot, coverage, kinds, sessions };
}
