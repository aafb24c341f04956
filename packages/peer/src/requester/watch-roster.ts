import { identityOf } from '@manyhands/protocol/id';
import type { Roster } from '@manyhands/swarm/roster';
import { PeerError } from '../error.ts';
import { ROSTER_TIMEOUT_MS } from '../limits.ts';

/** The part of a verified roster that routing reads. */
export type WatchedRoster = Pick<Roster, 'entries' | 'isCurrent' | 'subscribe' | 'dispose'>;
export type RosterSource = (modelRoot: string) => WatchedRoster;

/** The roster without some identities: whoever chooses from it does not know that they are there. */
export function withoutIdentities(
  roster: WatchedRoster,
  avoid: readonly string[] = [],
): WatchedRoster {
  if (avoid.length === 0) return roster;
  const avoided = new Set(avoid);
  return {
    get entries() {
      return roster.entries.filter(({ identity }) => !avoided.has(identityOf(identity.peerId)));
    },
    get isCurrent() {
      return roster.isCurrent;
    },
    subscribe: (listener) => roster.subscribe(listener),
    dispose: () => roster.dispose(),
  };
}

/** Resolves when the roster changed or the time is over. Rejects with the signal's reason. */
export function rosterChanged(
  roster: WatchedRoster,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      clearTimeout(timer);
      remove();
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    const onAbort = (): void => {
      finish();
      reject(signal.reason);
    };
    const timer = setTimeout(finish, timeoutMs);
    const remove = roster.subscribe(finish);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Waits for the first whole snapshot. Rejects with `no-volunteers` where the relay sends none. */
export async function rosterCurrent(roster: WatchedRoster, signal: AbortSignal): Promise<void> {
  const endMs = performance.now() + ROSTER_TIMEOUT_MS;
  while (!roster.isCurrent && performance.now() < endMs) {
    signal.throwIfAborted();
    await rosterChanged(roster, endMs - performance.now(), signal);
  }
  if (roster.isCurrent) return;
  throw new PeerError(
    'no-volunteers',
    'The relay did not say who is contributing: check the connection and try again.',
  );
}

/**
 * Calls `listener` when one of the peers leaves the directory: the relay sees a killed tab's socket
 * close seconds before WebRTC notices. Only while the roster stays current: after the relay restarted,
 * volunteers that have not announced again yet are not gone. Returns a remover.
 */
export function watchForLoss(
  roster: WatchedRoster,
  peerIds: readonly string[],
  listener: (peerId: string) => void,
): () => void {
  const listed = (): Set<string> => {
    const present = new Set<string>(roster.entries.map(({ identity }) => identity.peerId));
    return new Set(peerIds.filter((peerId) => present.has(peerId)));
  };
  let known = listed();
  let wasCurrent = roster.isCurrent;
  return roster.subscribe(() => {
    const now = listed();
    const gone = [...known].filter((peerId) => !now.has(peerId));
    const isProof = wasCurrent && roster.isCurrent;
    known = now;
    wasCurrent = roster.isCurrent;
    if (isProof) for (const peerId of gone) listener(peerId);
  });
}
