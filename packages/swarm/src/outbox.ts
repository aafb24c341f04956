import type { ToRelay } from '@manyhands/protocol/relay-message';
import { SwarmError } from './error.ts';
import { OUTBOX_BURST, OUTBOX_INTERVAL_MS, OUTBOX_MESSAGES_MAX } from './limits.ts';
import type { SocketHost } from './socket.ts';

/** Messages to the relay, paced so that its rate limit is never reached. */
export interface Outbox {
  /** Throws `over-limit` when too many wait. */
  push(message: ToRelay): void;
  /** The relay takes messages from now on. */
  open(): void;
  dispose(): void;
}

export function createOutbox(
  host: Pick<SocketHost, 'setTimer'>,
  send: (message: ToRelay) => void,
): Outbox {
  const waiting: ToRelay[] = [];
  let tokens = OUTBOX_BURST;
  let isOpen = false;
  let cancelTimer: (() => void) | undefined;

  const pump = () => {
    while (isOpen && tokens > 0 && waiting.length > 0) {
      tokens--;
      send(waiting.shift() as ToRelay);
    }
    // Runs until the bucket is full again, then sleeps.
    if (isOpen && tokens < OUTBOX_BURST) {
      cancelTimer ??= host.setTimer(() => {
        cancelTimer = undefined;
        tokens++;
        pump();
      }, OUTBOX_INTERVAL_MS);
    }
  };

  return {
    push(message) {
      if (waiting.length >= OUTBOX_MESSAGES_MAX) {
        throw new SwarmError(
          'over-limit',
          'Too many messages wait for the relay; try again later.',
        );
      }
      waiting.push(message);
      pump();
    },
    open() {
      isOpen = true;
      pump();
    },
    dispose() {
      isOpen = false;
      waiting.length = 0;
      cancelTimer?.();
    },
  };
}
