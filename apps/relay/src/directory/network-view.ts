import type { Coverage } from '@manyhands/protocol/directory';
import type { ModelRoot } from '@manyhands/protocol/id';
import { MODELS_MAX } from '@manyhands/protocol/limits';
import type { FromRelayOf, NetworkEvent } from '@manyhands/protocol/relay-message';
import { ENTRIES_BYTES_MAX, NETWORK_EVENTS_MAX, NETWORK_INTERVAL_MS } from '../limits.ts';
import type { Directory, DirectoryChange, DirectoryRecord } from './directory.ts';
import type { Subscriber } from './watches.ts';

type NetworkModel = FromRelayOf<'network'>['models'][number];

/** The network page's view: coverage, kinds of tabs and what happened, without ids or addresses. */
export interface NetworkView {
  watch(subscriber: Subscriber): void;
  unwatch(subscriber: Subscriber): void;
  take(change: DirectoryChange): void;
  record(event: Omit<NetworkEvent, 'atMs'>): void;
  /** Something outside the directory changed: peers, or the list of models. */
  touch(): void;
  /** Sends to everybody whose view is old, at most once a second each. */
  tick(nowMs: number): void;
}

export function createNetworkView(options: {
  readonly directory: Directory;
  readonly now: () => number;
  models(): readonly Pick<NetworkModel, 'kind' | 'modelRoot'>[];
  coverageOf(modelRoot: ModelRoot): Coverage;
  peerCount(): number;
}): NetworkView {
  const { directory, now } = options;
  const subscribers = new Map<Subscriber, { sentAtMs: number; version: number }>();
  const events: NetworkEvent[] = [];
  let version = 0;

  const modelOf = ({ kind: jobKind, modelRoot }: Pick<NetworkModel, 'kind' | 'modelRoot'>) => {
    const kinds: Record<string, number> = {};
    let sessions = 0;
    for (const { entry } of directory.holdersOf(modelRoot).values()) {
      const kind = `${entry.deviceKind}/${entry.numericClass}`;
      kinds[kind] = (kinds[kind] ?? 0) + 1;
      sessions += entry.sessions;
    }
    return { kind: jobKind, modelRoot, coverage: options.coverageOf(modelRoot), kinds, sessions };
  };
  const view = (): FromRelayOf<'network'> => {
    const held = (modelRoot: ModelRoot) => Number(directory.holdersOf(modelRoot).size > 0);
    const all = [...options.models()].sort((a, b) => held(b.modelRoot) - held(a.modelRoot));
    const models: NetworkModel[] = [];
    let bytes = 0;
    // A message is bounded; models that somebody holds come first.
    for (const each of all.slice(0, MODELS_MAX)) {
      const model = modelOf(each);
      bytes += JSON.stringify(model).length + 1;
      if (bytes > ENTRIES_BYTES_MAX) break;
      models.push(model);
    }
    return { type: 'network', peers: options.peerCount(), models, events: [...events] };
  };
  const record = (event: Omit<NetworkEvent, 'atMs'>) => {
    events.unshift({ atMs: now(), ...event });
    events.length = Math.min(events.length, NETWORK_EVENTS_MAX);
    version += 1;
  };

  return {
    watch(subscriber) {
      subscribers.set(subscriber, { sentAtMs: now(), version });
      subscriber.send(view());
    },
    unwatch(subscriber) {
      subscribers.delete(subscriber);
    },
    take({ before, after, isHeartbeat }) {
      if (isHeartbeat) return;
      version += 1;
      const [wasServing, isServing] = [servesSomething(before), servesSomething(after)];
      if (isServing && !wasServing) record(eventOf('volunteer-joined', after));
      if (wasServing && !isServing) record(eventOf('volunteer-left', before));
    },
    record,
    touch() {
      version += 1;
    },
    tick(nowMs) {
      let message: FromRelayOf<'network'> | undefined;
      for (const [subscriber, sent] of subscribers) {
        if (sent.version === version || nowMs - sent.sentAtMs < NETWORK_INTERVAL_MS) continue;
        if (subscriber.isSlow) continue;
        message ??= view();
        subscribers.set(subscriber, { sentAtMs: nowMs, version });
        subscriber.send(message);
      }
    },
  };
}

function servesSomething(record: DirectoryRecord | undefined): boolean {
  return record?.entry.state === 'serving' && record.entry.holdings.length > 0;
}

function eventOf(
  kind: 'volunteer-joined' | 'volunteer-left',
  record: DirectoryRecord | undefined,
): Omit<NetworkEvent, 'atMs'> {
  const holding = record?.entry.holdings[0];
  if (record === undefined || holding === undefined) return { kind };
  const what = { kind, modelRoot: holding.modelRoot, deviceKind: record.entry.deviceKind };
  if (holding.kind !== 'blocks') return what;
  return { ...what, firstBlock: holding.firstBlock, endBlock: holding.endBlock };
}
