import type { DirectoryEntry, SignedEntry } from '@manyhands/protocol/directory';
import type { ModelRoot, PeerId } from '@manyhands/protocol/id';
import { ANNOUNCE_INTERVAL_MS, ANNOUNCE_MISSES_MAX } from '@manyhands/protocol/limits';

/** A volunteer's last announcement, kept as it signed it. */
export interface DirectoryRecord {
  readonly entry: DirectoryEntry;
  readonly signed: SignedEntry;
  readonly renewedAtMs: number;
}

export interface DirectoryChange {
  readonly peerId: PeerId;
  readonly before: DirectoryRecord | undefined;
  readonly after: DirectoryRecord | undefined;
  /** A heartbeat: nothing but sequence and time differ, so nobody has to be told. */
  readonly isHeartbeat: boolean;
}

/** Who serves what right now. Announcements are verified before they get here. */
export interface Directory {
  readonly size: number;
  get(peerId: PeerId): DirectoryRecord | undefined;
  records(): Iterable<DirectoryRecord>;
  holdersOf(modelRoot: ModelRoot): ReadonlyMap<PeerId, DirectoryRecord>;
  put(entry: DirectoryEntry, signed: SignedEntry, nowMs: number): void;
  remove(peerId: PeerId): void;
  /** Removes who has missed its beats. */
  expire(nowMs: number): void;
}

const LEASE_MS = ANNOUNCE_INTERVAL_MS * ANNOUNCE_MISSES_MAX;
const NOBODY: ReadonlyMap<PeerId, DirectoryRecord> = new Map();

export function createDirectory(onChange: (change: DirectoryChange) => void): Directory {
  const byPeer = new Map<PeerId, DirectoryRecord>();
  const byModel = new Map<ModelRoot, Map<PeerId, DirectoryRecord>>();

  const index = (peerId: PeerId, record: DirectoryRecord) => {
    for (const modelRoot of modelsOf(record)) {
      const holders = byModel.get(modelRoot) ?? new Map<PeerId, DirectoryRecord>();
      byModel.set(modelRoot, holders.set(peerId, record));
    }
  };
  const unindex = (peerId: PeerId, record: DirectoryRecord) => {
    for (const modelRoot of modelsOf(record)) {
      const holders = byModel.get(modelRoot);
      holders?.delete(peerId);
      if (holders?.size === 0) byModel.delete(modelRoot);
    }
  };
  const remove = (peerId: PeerId) => {
    const before = byPeer.get(peerId);
    if (before === undefined) return;
    byPeer.delete(peerId);
    unindex(peerId, before);
    onChange({ peerId, before, after: undefined, isHeartbeat: false });
  };

  return {
    get size() {
      return byPeer.size;
    },
    get: (peerId) => byPeer.get(peerId),
    records: () => byPeer.values(),
    holdersOf: (modelRoot) => byModel.get(modelRoot) ?? NOBODY,
    put(entry, signed, nowMs) {
      const { peerId } = entry.identity;
      const before = byPeer.get(peerId);
      const after = { entry, signed, renewedAtMs: nowMs };
      if (before !== undefined) unindex(peerId, before);
      byPeer.set(peerId, after);
      index(peerId, after);
      const isHeartbeat = before !== undefined && saysTheSame(before.entry, entry);
      onChange({ peerId, before, after, isHeartbeat });
    },
    remove,
    expire(nowMs) {
      for (const [peerId, record] of byPeer) {
        if (nowMs - record.renewedAtMs > LEASE_MS) remove(peerId);
      }
    },
  };
}

/** Models of a record, each once. */
export function modelsOf(record: DirectoryRecord | undefined): Set<ModelRoot> {
  return new Set(record?.entry.holdings.map((holding) => holding.modelRoot));
}

function saysTheSame(a: DirectoryEntry, b: DirectoryEntry): boolean {
  const said = (entry: DirectoryEntry) =>
    JSON.stringify({ ...entry, sequence: 0, announcedAtMs: 0 });
  return said(a) === said(b);
}
