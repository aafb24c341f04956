import { SwarmError } from '@manyhands/swarm/error';
import type { RelayLink } from '@manyhands/swarm/relay-link';
import { withDeadline } from './deadline.ts';
import { RELAY_OPEN_TIMEOUT_MS } from './limits.ts';

/** Resolves once the relay has accepted this tab. Rejects with what the relay or the network said. */
export async function relayOpen(
  relay: Pick<RelayLink, 'state' | 'error' | 'subscribe'>,
  signal: AbortSignal,
): Promise<void> {
  let remove: (() => void) | undefined;
  const opened = new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (relay.state === 'open') resolve();
      else if (relay.state === 'refused' || relay.state === 'closed') {
        reject(relay.error ?? unreachable());
      }
    };
    remove = relay.subscribe(look);
    look();
  });
  try {
    await withDeadline(opened, RELAY_OPEN_TIMEOUT_MS, () => relay.error ?? unreachable(), signal);
  } finally {
    remove?.();
  }
}

function unreachable(): SwarmError {
  return new SwarmError(
    'relay-unreachable',
    'The relay does not answer: check the connection; this tab keeps trying.',
  );
}
