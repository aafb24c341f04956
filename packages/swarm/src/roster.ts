import type { Coverage, DirectoryEntry, SignedEntry } from '@manyhands/protocol/directory';
import type { ModelRoot, PeerId } from '@manyhands/protocol/id';
import {
  ANNOUNCE_INTERVAL_MS,
  ANNOUNCE_MISSES_MAX,
  CLOCK_TOLERANCE_MS,
  WATCH_CANDIDATES_MAX,
} from '@manyhands/protocol/limits';
import type { FromRelayOf } from '@manyhands/protocol/relay-message';
import { verifyEntry } from '@manyhands/protocol/verify';
import { ROSTER_MESSAGES_MAX } from './limits.ts';

/** Who holds a model, as far as their own signatures prove it. */
export interface Roster {
  readonly modelRoot: ModelRoot;
  /** Verified and fresh; a bounded sample of the network. A new array after every change. */
  readonly entries: readonly DirectoryEntry[];
  /** As the relay counts it over the whole network: a hint, proven by nobody. */
  readonly coverage: Coverage | undefined;
  /** A whole snapshot has been taken since the relay was last reached. */
  readonly isCurrent: boolean;
  /** Entries dropped because they were malformed, unproven, stale or older than what is known. */
  readonly droppedCount: number;
  subscribe(onChange: () => void): () => void;
  dispose(): void;
}

/** The side of a roster that the relay link feeds. */
export interface RosterFeed {
  readonly roster: Omit<Roster, 'dispose'>;
  take(message: FromRelayOf<'directory'> | FromRelayOf<'directory-delta'>): void;
  /** The relay is out of reach: entries stay until they are too old, but are no longer current. */
  markStale(): void;
  /** Drops what is too old. Returns whether some entry will be before the next announcement is due. */
  prune(): boolean;
  /** Resolves when everything taken so far is verified; for tests. */
  settled(): Promise<void>;
}

/** Longest time an announcement counts: the lease, with the tolerance between two clocks. */
const ENTRY_AGE_MS_MAX = ANNOUNCE_INTERVAL_MS * ANNOUNCE_MISSES_MAX + CLOCK_TOLERANCE_MS;

/**
 * Verifies what the relay says about one model. `onOverflow` is called when messages arrive faster
 * than they can be verified: they are dropped, and a fresh snapshot has to be asked for.
 */
export function createRoster(options: {
  readonly modelRoot: ModelRoot;
  nowMs(): number;
  onOverflow(): void;
}): RosterFeed {
  const { modelRoot, nowMs } = options;
  const known = new Map<PeerId, DirectoryEntry>();
  const listeners = new Set<() => void>();
  let entries: readonly DirectoryEntry[] = [];
  let coverage: Coverage | undefined;
  let isCurrent = false;
  let droppedCount = 0;
  let queuedCount = 0;
  let generation = 0;
  let queue = Promise.resolve();
  /** Peers of the snapshot that is arriving in parts. */
  let arriving = new Set<PeerId>();

  const publish = () => {
    entries = [...known.values()];
    for (const listener of listeners) listener();
  };

  const verify = async (signed: SignedEntry): Promise<PeerId | undefined> => {
    const entry = await verifyEntry(signed, nowMs()).catch(() => undefined);
    const peerId = entry?.identity.peerId ?? '';
    const before = known.get(peerId);
    const holds = entry?.holdings.some((holding) => holding.modelRoot === modelRoot);
    if (entry === undefined || !holds || entry.sequence < (before?.sequence ?? 0)) {
      droppedCount++;
      return undefined;
    }
    if (before === undefined && known.size >= WATCH_CANDIDATES_MAX * 2) {
      droppedCount++;
      return undefined;
    }
    known.set(peerId, entry);
    return peerId;
  };

  const process = async (
    message: FromRelayOf<'directory'> | FromRelayOf<'directory-delta'>,
    taken: number,
  ) => {
    if (taken !== generation) return;
    coverage = message.coverage;
    const isSnapshot = message.type === 'directory';
    const verified = await Promise.all(
      (isSnapshot ? message.entries : message.changed).map(verify),
    );
    if (isSnapshot) {
      for (const peerId of verified) if (peerId !== undefined) arriving.add(peerId);
      if (!message.isPartial) {
        for (const peerId of known.keys()) if (!arriving.has(peerId)) known.delete(peerId);
        arriving = new Set();
        isCurrent = true;
      }
    } else {
      for (const peerId of message.removed) known.delete(peerId);
    }
    publish();
  };

  return {
    roster: {
      modelRoot,
      get entries() {
        return entries;
      },
      get coverage() {
        return coverage;
      },
      get isCurrent() {
        return isCurrent;
      },
      get droppedCount() {
        return droppedCount;
      },
      subscribe(onChange) {
        listeners.add(onChange);
        return () => listeners.delete(onChange);
      },
    },
    take(message) {
      if (message.modelRoot !== modelRoot) return;
      if (queuedCount >= ROSTER_MESSAGES_MAX) {
        generation++;
        arriving = new Set();
        options.onOverflow();
        return;
      }
      queuedCount++;
      const taken = generation;
      queue = queue.then(() => process(message, taken)).finally(() => queuedCount--);
    },
    markStale() {
      generation++;
      arriving = new Set();
      isCurrent = false;
      publish();
    },
    prune() {
      const oldestMs = nowMs() - ENTRY_AGE_MS_MAX;
      const sizeBefore = known.size;
      let isEndingSoon = false;
      for (const [peerId, entry] of known) {
        if (entry.announcedAtMs < oldestMs) known.delete(peerId);
        else isEndingSoon ||= entry.announcedAtMs < oldestMs + 2 * ANNOUNCE_INTERVAL_MS;
      }
      if (known.size !== sizeBefore) publish();
      return isEndingSoon;
    },
    settled: () => queue,
  };
}
