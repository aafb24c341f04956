import type { PeerMessage } from '@manyhands/protocol/peer-message';
import { createDeferred, type Deferred } from './deferred.ts';
import { SwarmError } from './error.ts';
import { HELD_ITEMS_MAX } from './limits.ts';

/** Messages that arrive while a handshake runs, for one reader. */
export interface MessageQueue {
  push(message: PeerMessage): void;
  /** The next message. Rejects once the queue is closed, or had to take too many. */
  next(): Promise<PeerMessage>;
  /** What nobody read; the queue is then empty. */
  drain(): PeerMessage[];
  close(): void;
}

export function createMessageQueue(): MessageQueue {
  const messages: PeerMessage[] = [];
  let reader: Deferred<PeerMessage> | undefined;
  let isClosed = false;
  const closed = () => new SwarmError('link-closed', 'The connection closed during the handshake.');
  const close = () => {
    isClosed = true;
    reader?.reject(closed());
    reader = undefined;
  };
  return {
    push(message) {
      if (isClosed) return;
      if (reader !== undefined) {
        reader.resolve(message);
        reader = undefined;
      } else if (messages.length < HELD_ITEMS_MAX) {
        messages.push(message);
      } else {
        close();
      }
    },
    next() {
      const message = messages.shift();
      if (message !== undefined) return Promise.resolve(message);
      if (isClosed) return Promise.reject(closed());
      reader = createDeferred();
      return reader.promise;
    },
    drain: () => messages.splice(0),
    close,
  };
}
