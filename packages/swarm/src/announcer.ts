import type { DirectoryEntry } from '@manyhands/protocol/directory';
import { ANNOUNCE_INTERVAL_MS, TALLY_TOKENS_MAX } from '@manyhands/protocol/limits';
import type { ToRelay } from '@manyhands/protocol/relay-message';
import { directoryEntryBytes } from '@manyhands/protocol/transcript';
import type { Identity } from './identity.ts';
import { ANNOUNCE_GAP_MS } from './limits.ts';
import type { SocketHost } from './socket.ts';

/** What a volunteer says about itself; identity, number and time are added when it is signed. */
export type Announcement = Omit<DirectoryEntry, 'identity' | 'sequence' | 'announcedAtMs'>;

export interface Announcer {
  /**
   * Serve with what `describe` returns: signed and sent now, and at every heartbeat. `countServed`, tokens of
   * answers in all so far, is told in tallies of what is new; left out, none is sent.
   */
  announce(describe: () => Announcement, countServed?: () => number): void;
  withdraw(): void;
  /** The relay is reachable (again). */
  resume(): void;
  dispose(): void;
}

export function createAnnouncer(options: {
  readonly identity: Identity;
  readonly host: Pick<SocketHost, 'setTimer'>;
  nowMs(): number;
  /** Rises with each call; shared by all announcers of one tab. */
  nextSequence(): number;
  /** Returns false where no relay is connected. */
  send(message: ToRelay): boolean;
}): Announcer {
  const { identity, host, nowMs, nextSequence, send } = options;
  let describe: (() => Announcement) | undefined;
  let countServed: (() => number) | undefined;
  let talliedTokens = 0;
  let talliedAtMs = Number.NEGATIVE_INFINITY;
  let sequence = 0;
  let isPaused = false;
  let isChanged = false;
  let cancelBeat = () => {};
  let cancelGap = () => {};

  const signAndSend = async () => {
    cancelBeat();
    const described = describe;
    if (described === undefined) return;
    cancelBeat = host.setTimer(() => void signAndSend(), ANNOUNCE_INTERVAL_MS);
    sequence = nextSequence();
    const entry: DirectoryEntry = {
      identity: identity.publicIdentity,
      sequence,
      announcedAtMs: Math.round(nowMs()),
      ...described(),
    };
    const payload = JSON.stringify(entry);
    const signature = await identity.sign(directoryEntryBytes(payload));
    // Withdrawn, or announced anew, while the signature was made.
    if (describe === undefined || entry.sequence !== sequence) return;
    send({ type: 'announce', entry: { payload, signature } });
    tallyAtBeat();
  };

  /** What the relay did not hear, because it was away, is part of the next one. */
  const tally = () => {
    const served = countServed?.() ?? 0;
    const tokens = Math.min(served - talliedTokens, TALLY_TOKENS_MAX);
    if (tokens <= 0 || !send({ type: 'tally', tokens })) return;
    talliedTokens = served;
    talliedAtMs = nowMs();
  };
  /** Announcements go with every session: a tally with each would tell how long each answer was. */
  const tallyAtBeat = () => {
    if (nowMs() - talliedAtMs >= ANNOUNCE_INTERVAL_MS) tally();
  };

  /** At once, then not again for a moment: a burst of changes becomes two announcements. */
  const change = () => {
    if (isPaused) {
      isChanged = true;
      return;
    }
    isPaused = true;
    cancelGap = host.setTimer(() => {
      isPaused = false;
      if (!isChanged) return;
      isChanged = false;
      change();
    }, ANNOUNCE_GAP_MS);
    void signAndSend();
  };

  const stop = () => {
    describe = undefined;
    isPaused = isChanged = false;
    cancelBeat();
    cancelGap();
  };

  return {
    announce(newDescribe, newCount) {
      describe = newDescribe;
      countServed = newCount;
      change();
    },
    withdraw() {
      if (describe === undefined) return;
      tally();
      stop();
      send({ type: 'withdraw' });
    },
    resume() {
      if (describe !== undefined) void signAndSend();
    },
    dispose: stop,
  };
}
