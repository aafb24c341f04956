import { coverageOf } from '@manyhands/planner/coverage';
import type { DirectoryEntry } from '@manyhands/protocol/directory';
import type { PublicIdentity } from '@manyhands/protocol/id';
import type { Announcement } from '@manyhands/swarm/announcer';
import type { Roster } from '@manyhands/swarm/roster';
import type { NetworkView } from './create-peer.ts';
import { PeerError } from './error.ts';
import type { VolunteerRelay } from './volunteer/volunteer.ts';

/** The directory of a tab that is alone: an object in the page where others have a relay. */
export interface LocalDirectory extends VolunteerRelay {
  watchNetwork(listener: (network: NetworkView) => void): () => void;
}

export function createLocalDirectory(identity: PublicIdentity): LocalDirectory {
  const listeners = new Set<() => void>();
  let sequence = 0;
  let entry: DirectoryEntry | undefined;

  const tell = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  };
  const announce = (describe: () => Announcement): void => {
    sequence += 1;
    entry = { identity, sequence, announcedAtMs: Date.now(), ...describe() };
    tell();
  };
  const viewOf = (): NetworkView => {
    const models = (entry?.holdings ?? []).map((holding) => {
      const { kind, modelRoot } = holding;
      const blockCount = holding.kind === 'blocks' ? holding.endBlock : 0;
      const coverage = coverageOf(modelRoot, blockCount, entry ? [entry] : []);
      return { kind, modelRoot, coverage, kinds: {}, sessions: entry?.sessions ?? 0 };
    });
    return { peers: 1, models, events: [] };
  };

  return {
    state: 'open',
    error: undefined,
    // There is nothing to lose and nothing to come back to.
    subscribe: () => () => undefined,
    onRefused: () => () => undefined,
    announce,
    withdraw() {
      entry = undefined;
      tell();
    },
    watch(modelRoot): Roster {
      const removers = new Set<() => void>();
      return {
        modelRoot,
        get entries() {
          const isHeld = entry?.holdings.some((holding) => holding.modelRoot === modelRoot);
          return entry !== undefined && isHeld ? [entry] : [];
        },
        coverage: undefined,
        isCurrent: true,
        droppedCount: 0,
        subscribe(listener) {
          const remove = subscribe(listener);
          removers.add(remove);
          return remove;
        },
        dispose() {
          for (const remove of removers) remove();
        },
      };
    },
    requestPlacement: () =>
      Promise.reject(
        new PeerError('nothing-to-hold', 'Alone, a tab holds a whole model: name it.'),
      ),
    watchNetwork(listener) {
      listener(viewOf());
      return subscribe(() => listener(viewOf()));
    },
  };
}
