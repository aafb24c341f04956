import type { Coverage, DirectoryEntry } from '@manyhands/protocol/directory';
import type { ModelRoot } from '@manyhands/protocol/id';
import type { Circle } from './circle.ts';
import type { Roster } from './roster.ts';

/**
 * A model's roster inside a circle: what stands in the directory under the blinded root and carries a
 * member's mark, as if it stood under the model's own root. Whatever the relay puts there besides is
 * dropped, so that nobody is dialled for it.
 */
export function createCircleRoster(options: {
  readonly modelRoot: ModelRoot;
  readonly circle: Pick<Circle, 'blind' | 'provesEntry'>;
  watch(blindedRoot: ModelRoot): Roster;
}): Roster {
  const { modelRoot, circle } = options;
  const listeners = new Set<() => void>();
  /** Marks that were checked, of the entries that the relay lists now. */
  let known = new Map<string, boolean>();
  let source: Roster | undefined;
  let entries: readonly DirectoryEntry[] = [];
  let isCurrent = false;
  let isDisposed = false;
  let queue = Promise.resolve();

  const isMember = async ({ identity, membership = '' }: DirectoryEntry): Promise<boolean> =>
    known.get(`${identity.peerId} ${membership}`) ??
    circle.provesEntry(identity.peerId, membership);

  /** As the relay's roster was when it changed: one after another, since marks take time to check. */
  const take = async (seen: Pick<Roster, 'entries' | 'isCurrent'>, blindedRoot: ModelRoot) => {
    const members = await Promise.all(seen.entries.map(isMember));
    known = new Map(
      seen.entries.map(({ identity, membership = '' }, index) => [
        `${identity.peerId} ${membership}`,
        members[index] === true,
      ]),
    );
    if (isDisposed) return;
    entries = seen.entries
      .filter((_, index) => members[index])
      .map((entry) => unblinded(entry, blindedRoot, modelRoot));
    isCurrent = seen.isCurrent;
    for (const listener of [...listeners]) listener();
  };

  const start = async (): Promise<void> => {
    const blindedRoot = await circle.blind(modelRoot);
    if (isDisposed) return;
    const watched = options.watch(blindedRoot);
    source = watched;
    const look = () => {
      const seen = { entries: watched.entries, isCurrent: watched.isCurrent };
      queue = queue.then(() => take(seen, blindedRoot));
    };
    watched.subscribe(look);
    look();
  };
  // Too many models at a time: whoever waits for this roster is told that it did not come.
  start().catch(() => {});

  return {
    modelRoot,
    get entries() {
      return entries;
    },
    get coverage(): Coverage | undefined {
      // The relay cannot count what it does not know to be members'.
      return undefined;
    },
    get isCurrent() {
      return isCurrent;
    },
    get droppedCount() {
      return source?.droppedCount ?? 0;
    },
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    dispose() {
      isDisposed = true;
      listeners.clear();
      source?.dispose();
    },
  };
}

function unblinded(
  { membership: _membership, ...entry }: DirectoryEntry,
  blindedRoot: ModelRoot,
  modelRoot: ModelRoot,
): DirectoryEntry {
  const holdings = entry.holdings
    .filter((holding) => holding.modelRoot === blindedRoot)
    .map((holding) => ({ ...holding, modelRoot }));
  return { ...entry, holdings };
}
