import type { RelayLink } from './relay-link.ts';
import type { NetworkView } from './watches.ts';

type Watchable = Pick<RelayLink, 'watchNetwork'>;

/** How the network looks at the relay that sees most of it; sums would count most tabs twice. */
export interface MergedNetwork {
  add(relay: Watchable): void;
  /** What a relay said counts while it can be reached. */
  setReachable(relay: Watchable, isReachable: boolean): void;
  watch(onView: (view: NetworkView) => void): () => void;
}

export function createMergedNetwork(): MergedNetwork {
  const relays = new Set<Watchable>();
  const views = new Map<Watchable, NetworkView>();
  const listeners = new Set<(view: NetworkView) => void>();
  const removers = new Map<Watchable, () => void>();

  const best = (): NetworkView | undefined => {
    let most: NetworkView | undefined;
    for (const view of views.values()) if (view.peers > (most?.peers ?? -1)) most = view;
    return most;
  };
  const tell = () => {
    const view = best();
    if (view === undefined) return;
    for (const listener of [...listeners]) listener(view);
  };
  const start = (relay: Watchable) => {
    const take = (view: NetworkView) => {
      views.set(relay, view);
      tell();
    };
    removers.set(relay, relay.watchNetwork(take));
  };

  return {
    add(relay) {
      relays.add(relay);
      if (listeners.size > 0) start(relay);
    },
    setReachable(relay, isReachable) {
      if (!isReachable && views.delete(relay)) tell();
    },
    watch(onView) {
      listeners.add(onView);
      if (listeners.size === 1) for (const relay of relays) start(relay);
      else {
        const view = best();
        if (view !== undefined) onView(view);
      }
      return () => {
        if (!listeners.delete(onView) || listeners.size > 0) return;
        for (const remove of removers.values()) remove();
        removers.clear();
        views.clear();
      };
    },
  };
}
