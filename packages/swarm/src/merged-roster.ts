import type { DirectoryEntry } from '@manyhands/protocol/directory';
import type { ModelRoot, PeerId } from '@manyhands/protocol/id';
import type { Roster } from './roster.ts';

/** What several relays say about one model, as one roster. */
export interface MergedRoster {
  readonly roster: Roster;
  /** Another relay's; disposed with the merged one. */
  add(roster: Roster): void;
}

interface Source {
  readonly roster: Roster;
  /** Whom this relay has listed since it was last reached, as far as anybody still lists them. */
  readonly listed: Set<PeerId>;
  isCurrent: boolean;
  remove(): void;
}

/**
 * A peer counts while a relay lists it: of several entries the one with the highest number. A relay that
 * is out of reach speaks on for the peers that no other relay knew, until they are too old; of the
 * others, those who left would seem to be there.
 */
export function createMergedRoster(modelRoot: ModelRoot, onDispose: () => void): MergedRoster {
  const sources: Source[] = [];
  const listeners = new Set<() => void>();
  let entries: readonly DirectoryEntry[] = [];
  let isSettled = true;

  const merge = (): Map<PeerId, DirectoryEntry> => {
    const merged = new Map<PeerId, DirectoryEntry>();
    const put = (entry: DirectoryEntry) => {
      const known = merged.get(entry.identity.peerId);
      if (known === undefined || known.sequence < entry.sequence) {
        merged.set(entry.identity.peerId, entry);
      }
    };
    const current = sources.filter(({ roster }) => roster.isCurrent);
    for (const { roster } of current) roster.entries.forEach(put);
    for (const { roster } of sources.filter(({ roster: one }) => !one.isCurrent)) {
      for (const entry of roster.entries) {
        const { peerId } = entry.identity;
        if (!current.some(({ listed }) => listed.has(peerId))) put(entry);
      }
    }
    return merged;
  };

  const remember = (source: Source) => {
    const { roster, listed } = source;
    if (!roster.isCurrent) listed.clear();
    else for (const { identity } of roster.entries) listed.add(identity.peerId);
  };
  /** Bounded by what the relays list. */
  const forget = () => {
    const peerIds = new Set(
      sources.flatMap(({ roster }) => roster.entries.map(({ identity }) => identity.peerId)),
    );
    for (const { listed } of sources) {
      for (const peerId of listed) if (!peerIds.has(peerId)) listed.delete(peerId);
    }
  };
  const tell = () => {
    for (const listener of [...listeners]) listener();
  };

  const update = (source: Source) => {
    const isBack = source.roster.isCurrent && !source.isCurrent;
    source.isCurrent = source.roster.isCurrent;
    remember(source);
    const merged = merge();
    forget();
    const isMissing = entries.some(({ identity }) => !merged.has(identity.peerId));
    entries = [...merged.values()];
    // A relay that came back does not know yet who is still there: what it lacks is no proof that
    // somebody left, as after any time without a current roster.
    if (isBack && isMissing) {
      isSettled = false;
      tell();
      isSettled = true;
    }
    tell();
  };

  const isCurrent = () => isSettled && sources.some(({ roster }) => roster.isCurrent);
  const roster: Roster = {
    modelRoot,
    get entries() {
      return entries;
    },
    get coverage() {
      const known = sources
        .filter((source) => source.roster.isCurrent)
        .flatMap((source) => source.roster.coverage ?? []);
      // No sum: most volunteers are at every relay.
      return known.reduce<Roster['coverage']>(
        (most, one) => (most && most.volunteers >= one.volunteers ? most : one),
        undefined,
      );
    },
    get isCurrent() {
      return isCurrent();
    },
    get droppedCount() {
      return sources.reduce((sum, source) => sum + source.roster.droppedCount, 0);
    },
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    dispose() {
      for (const source of sources.splice(0)) {
        source.remove();
        source.roster.dispose();
      }
      listeners.clear();
      onDispose();
    },
  };

  return {
    roster,
    add(added) {
      const remove = added.subscribe(() => update(source));
      const source: Source = { roster: added, listed: new Set(), isCurrent: false, remove };
      sources.push(source);
      update(source);
    },
  };
}
