import type { Peer } from '@manyhands/peer/create-peer';
import type { DirectoryEntry } from '@manyhands/protocol/directory';
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Connection } from './connection.ts';
import { VOLUNTEER_WATCHES_MAX } from './limits.ts';

/** Who serves, as they signed it themselves; known only while somebody looks. */
export interface Volunteers {
  /** Each tab once, with all that it holds of what is watched. */
  readonly entries: ReadonlySignal<readonly DirectoryEntry[]>;
  /** Looks at these models, the first of too many, until the returned function is called. */
  watch(modelRoots: readonly string[]): () => void;
}

export function createVolunteers(connection: Pick<Connection, 'peer'>): Volunteers {
  const entries = signal<readonly DirectoryEntry[]>([]);
  return {
    entries,
    watch(modelRoots) {
      const byModel = new Map<string, readonly DirectoryEntry[]>();
      const removers: (() => void)[] = [];
      let isOver = false;
      const take = (modelRoot: string, found: readonly DirectoryEntry[]): void => {
        if (isOver) return;
        byModel.set(modelRoot, found);
        entries.value = mergeEntries([...byModel.values()].flat());
      };
      const start = (peer: Peer): void => {
        if (isOver) return;
        for (const modelRoot of modelRoots.slice(0, VOLUNTEER_WATCHES_MAX)) {
          try {
            removers.push(peer.watchVolunteers(modelRoot, (found) => take(modelRoot, found)));
          } catch {
            // An answer watches as many models as one tab may; what is seen already is shown.
            return;
          }
        }
      };
      // The page says elsewhere why there is no connection.
      connection.peer().then(start, () => undefined);
      return () => {
        isOver = true;
        for (const remove of removers) remove();
        entries.value = [];
      };
    },
  };
}

/** Of several entries of one tab the latest: it names everything that the tab holds. */
function mergeEntries(all: readonly DirectoryEntry[]): readonly DirectoryEntry[] {
  const merged = new Map<string, DirectoryEntry>();
  for (const entry of all) {
    const known = merged.get(entry.identity.peerId);
    if (known === undefined || known.sequence < entry.sequence) {
      merged.set(entry.identity.peerId, entry);
    }
  }
  return [...merged.values()];
}
