import { RELAY_MESSAGES_BURST, RELAY_MESSAGES_PER_SECOND } from '@manyhands/protocol/limits';
import { INBOX_BYTES_MAX, INBOX_MESSAGES_MAX } from '../limits.ts';
import { createTokenBucket } from './token-bucket.ts';

/**
 * Messages of one socket, handled one after another at no more than the allowed rate. Those beyond
 * the burst wait; only a socket that sends faster for long loses its place.
 */
export interface Inbox {
  /** Returns false when too much waits already. */
  push(text: string): boolean;
  /** Handles what the rate allows by now. */
  pump(): void;
  close(): void;
}

export function createInbox(options: {
  readonly now: () => number;
  /** Never rejects. */
  handle(text: string): Promise<void>;
}): Inbox {
  const bucket = createTokenBucket({
    perSecond: RELAY_MESSAGES_PER_SECOND,
    burst: RELAY_MESSAGES_BURST,
  });
  const waiting: string[] = [];
  let waitingBytes = 0;
  let isHandling = false;
  let isClosed = false;

  const pump = async () => {
    if (isHandling) return;
    isHandling = true;
    while (!isClosed && waiting.length > 0 && bucket.take(options.now())) {
      const text = waiting.shift() ?? '';
      waitingBytes -= text.length;
      await options.handle(text);
    }
    isHandling = false;
  };

  return {
    push(text) {
      if (isClosed) return true;
      if (waiting.length >= INBOX_MESSAGES_MAX || waitingBytes + text.length > INBOX_BYTES_MAX) {
        return false;
      }
      waiting.push(text);
      waitingBytes += text.length;
      void pump();
      return true;
    },
    pump: () => void pump(),
    close() {
      isClosed = true;
      waiting.length = 0;
    },
  };
}
