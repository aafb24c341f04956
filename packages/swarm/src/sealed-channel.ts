import { ProtocolError } from '@manyhands/protocol/error';
import type { PeerId, PublicIdentity } from '@manyhands/protocol/id';
import type { Signal } from '@manyhands/protocol/signal';
import type { LinkMembership } from './circle.ts';
import type { Identity } from './identity.ts';
import { IDENTITIES_MAX, SIGNALS_WAITING_MAX } from './limits.ts';
import { createReplayGuard } from './replay-guard.ts';
import { openSignal, sealSignal } from './sealed.ts';
import type { Signaling } from './signaling.ts';

/** Signals in clear on this side, sealed on the other; in order in both directions. */
export interface SealedChannel {
  /** Rejects with `ProtocolError` or `SwarmError`. */
  send(to: PublicIdentity, signal: Signal): Promise<void>;
  /** Somebody whose signal was opened here, and is thereby proven. */
  identityOf(peerId: PeerId): PublicIdentity | undefined;
  dispose(): void;
}

export function createSealedChannel(options: {
  readonly identity: Identity;
  readonly signaling: Signaling;
  /** Signals of nobody else are opened, or can open ours. */
  readonly membership?: LinkMembership | undefined;
  nowMs(): number;
  onSignal(from: PublicIdentity, signal: Signal): void;
}): SealedChannel {
  const { identity, signaling, membership, nowMs, onSignal } = options;
  const guard = createReplayGuard();
  const proven = new Map<PeerId, PublicIdentity>();
  let outgoing = Promise.resolve();
  let incoming = Promise.resolve();
  let waitingCount = 0;
  let isDisposed = false;

  const open = async (from: PublicIdentity, sealed: string) => {
    if (isDisposed) return;
    let signal: Signal;
    try {
      signal = await openSignal(sealed, { from, to: identity, nowMs: nowMs(), guard, membership });
    } catch (error) {
      // Forged, replayed, damaged or meant for somebody else: as if it had never come.
      if (error instanceof ProtocolError) return;
      throw error;
    }
    if (isDisposed) return;
    proven.delete(from.peerId);
    proven.set(from.peerId, from);
    if (proven.size > IDENTITIES_MAX) proven.delete(proven.keys().next().value ?? '');
    onSignal(from, signal);
  };

  const remove = signaling.onSignal((from, sealed) => {
    // A flood is dropped; whoever means it dials again.
    if (waitingCount >= SIGNALS_WAITING_MAX) return;
    waitingCount++;
    incoming = incoming
      .then(() => open(from, sealed))
      // A fault of our own: reported as uncaught, and the next signal is opened all the same.
      .catch((error: unknown) => queueMicrotask(() => rethrow(error)))
      .finally(() => waitingCount--);
  });

  return {
    send(to, signal) {
      const sent = outgoing.then(async () => {
        const sealed = await sealSignal(signal, { from: identity, to, nowMs: nowMs(), membership });
        if (!isDisposed) signaling.signalTo(to.peerId, sealed);
      });
      outgoing = sent.catch(() => {});
      return sent;
    },
    identityOf: (peerId) => proven.get(peerId),
    dispose() {
      isDisposed = true;
      remove();
    },
  };
}

function rethrow(error: unknown): never {
  throw error;
}
