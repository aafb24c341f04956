import type { ToRelay } from '@manyhands/protocol/relay-message';
import type { CoreParts, Proven } from './core-parts.ts';

/**
 * Forwards a sealed blob between peers that both want it: the target serves, or has itself signalled
 * the sender within the last minute. The blob is neither read nor kept.
 */
export function handleSignal(
  { byPeer, entryOf, signals, now, onSignal }: CoreParts,
  { connection, identity }: Proven,
  { to, sealed }: ToRelay & { type: 'signal-to' },
): void {
  const from = identity.peerId;
  const target = byPeer.get(to);
  const isWanted = entryOf(to) !== undefined || signals.hasSignalled(to, from, now());
  if (target === undefined || target === connection || !isWanted) {
    connection.refuse('unreachable', 'That peer is not here or did not ask for signals.', to);
    return;
  }
  if (target.isSlow) {
    connection.refuse('unreachable', 'That peer reads too slowly at the moment.', to);
    return;
  }
  signals.note(from, to, now());
  onSignal();
  target.send({ type: 'signal-from', from: identity, sealed });
}
