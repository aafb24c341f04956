import type { PublicIdentity } from '@manyhands/protocol/id';
import {
  ANNOUNCE_INTERVAL_MS,
  WATCH_CANDIDATES_MAX,
  WATCHES_MAX,
} from '@manyhands/protocol/limits';
import type { FromRelay, FromRelayOf, ToRelay } from '@manyhands/protocol/relay-message';
import { SwarmError } from './error.ts';
import { createRoster, type Roster, type RosterFeed } from './roster.ts';
import type { SocketHost } from './socket.ts';

export type NetworkView = FromRelayOf<'network'>;

/** Everything this tab watches through its relay. */
export interface Watches {
  /** Watchers of one model share its roster; `isBlinded` for a circle's root. Throws `over-limit`. */
  watch(modelRoot: string, isBlinded?: boolean): Roster;
  watchNetwork(onView: (view: NetworkView) => void): () => void;
  identityOf(peerId: string): PublicIdentity | undefined;
  take(message: FromRelay): void;
  /** The relay is reachable (again): ask for everything anew. */
  resume(): void;
  markStale(): void;
  dispose(): void;
}

interface Watched {
  readonly isBlinded: boolean;
  readonly feed: RosterFeed;
  watcherCount: number;
  /** Messages were dropped, so a whole snapshot is needed. */
  isIncomplete: boolean;
}

export function createWatches(options: {
  readonly host: Pick<SocketHost, 'setTimer'>;
  nowMs(): number;
  /** Returns false where no relay is connected. */
  send(message: ToRelay): boolean;
}): Watches {
  const { host, nowMs, send } = options;
  const watched = new Map<string, Watched>();
  const networkListeners = new Set<(view: NetworkView) => void>();
  let lastView: NetworkView | undefined;
  let cancelBeat: (() => void) | undefined;

  const ask = (modelRoot: string, { isBlinded }: Watched) =>
    send({
      type: 'watch',
      modelRoot,
      candidatesMax: WATCH_CANDIDATES_MAX,
      ...(isBlinded && { isBlinded }),
    });
  const beat = () => {
    cancelBeat = watched.size === 0 ? undefined : host.setTimer(beat, ANNOUNCE_INTERVAL_MS);
    for (const [modelRoot, one] of watched) {
      // A relay need not repeat every heartbeat; entries that are about to end are asked for again.
      const isEndingSoon = one.feed.prune();
      if (!isEndingSoon && !one.isIncomplete) continue;
      one.isIncomplete = false;
      ask(modelRoot, one);
    }
  };

  const startWatching = (modelRoot: string, isBlinded: boolean): Watched => {
    if (watched.size >= WATCHES_MAX) {
      throw new SwarmError('over-limit', `At most ${WATCHES_MAX} models can be watched at a time.`);
    }
    const onOverflow = () => {
      one.isIncomplete = true;
    };
    const feed = createRoster({ modelRoot, nowMs, onOverflow });
    const one: Watched = { isBlinded, feed, watcherCount: 0, isIncomplete: false };
    watched.set(modelRoot, one);
    ask(modelRoot, one);
    cancelBeat ??= host.setTimer(beat, ANNOUNCE_INTERVAL_MS);
    return one;
  };

  return {
    watch(modelRoot, isBlinded = false) {
      const one = watched.get(modelRoot) ?? startWatching(modelRoot, isBlinded);
      one.watcherCount++;
      let isDisposed = false;
      const dispose = () => {
        if (isDisposed) return;
        isDisposed = true;
        if (--one.watcherCount > 0 || watched.get(modelRoot) !== one) return;
        watched.delete(modelRoot);
        send({ type: 'unwatch', modelRoot });
      };
      return Object.defineProperties(
        { dispose },
        Object.getOwnPropertyDescriptors(one.feed.roster),
      ) as Roster;
    },
    watchNetwork(onView) {
      networkListeners.add(onView);
      if (networkListeners.size === 1) send({ type: 'watch-network' });
      else if (lastView !== undefined) onView(lastView);
      return () => {
        if (!networkListeners.delete(onView) || networkListeners.size > 0) return;
        lastView = undefined;
        send({ type: 'unwatch-network' });
      };
    },
    identityOf(peerId) {
      for (const { feed } of watched.values()) {
        const entry = feed.roster.entries.find((one) => one.identity.peerId === peerId);
        if (entry !== undefined) return entry.identity;
      }
      return undefined;
    },
    take(message) {
      if (message.type === 'directory' || message.type === 'directory-delta') {
        watched.get(message.modelRoot)?.feed.take(message);
      } else if (message.type === 'network' && networkListeners.size > 0) {
        lastView = message;
        for (const listener of networkListeners) listener(message);
      }
    },
    resume() {
      for (const [modelRoot, one] of watched) ask(modelRoot, one);
      if (networkListeners.size > 0) send({ type: 'watch-network' });
    },
    markStale() {
      for (const { feed } of watched.values()) feed.markStale();
    },
    dispose() {
      cancelBeat?.();
      watched.clear();
      networkListeners.clear();
    },
  };
}
