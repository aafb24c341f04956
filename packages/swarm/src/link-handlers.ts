import type { PeerMessage } from '@manyhands/protocol/peer-message';
import { HELD_BYTES_MAX, HELD_ITEMS_MAX } from './limits.ts';
import type { LinkCloseReason, LinkHandlers } from './link.ts';

/** The listeners of one link, and what is held back until there are some. */
export interface LinkEvents {
  listen(handlers: LinkHandlers): () => void;
  message(message: PeerMessage): void;
  frame(bytes: Uint8Array<ArrayBuffer>): void;
  /** The link exists: deliver from the next task on, when everybody had the chance to listen. */
  open(): void;
  /** Later ones are ignored. */
  close(reason: LinkCloseReason): void;
  readonly isClosed: boolean;
}

type Held = { message: PeerMessage } | { frame: Uint8Array<ArrayBuffer> };

export function createLinkEvents(owner: {
  /** More arrived before anybody listens than is held back. */
  onOverflow(): void;
  /** Called once, before the listeners, so that they find the link gone from its transport. */
  onClosed?(): void;
}): LinkEvents {
  const listeners = new Set<LinkHandlers>();
  let held: Held[] | undefined = [];
  let heldBytes = 0;
  let isReleased = false;
  let closed: LinkCloseReason | undefined;

  const deliver = (item: Held) => {
    for (const listener of [...listeners]) {
      if (closed !== undefined || !listeners.has(listener)) continue;
      if ('message' in item) listener.onMessage(item.message);
      else listener.onFrame(item.frame);
    }
  };
  const flush = () => {
    if (!isReleased || listeners.size === 0 || held === undefined) return;
    const items = held;
    held = undefined;
    for (const item of items) deliver(item);
  };
  const take = (item: Held, bytes: number) => {
    if (closed !== undefined) return;
    if (held === undefined) {
      deliver(item);
      return;
    }
    heldBytes += bytes;
    held.push(item);
    if (held.length > HELD_ITEMS_MAX || heldBytes > HELD_BYTES_MAX) owner.onOverflow();
  };

  return {
    listen(handlers) {
      const reason = closed;
      if (reason !== undefined) {
        queueMicrotask(() => handlers.onClose(reason));
        return () => {};
      }
      listeners.add(handlers);
      if (isReleased) queueMicrotask(flush);
      return () => listeners.delete(handlers);
    },
    message: (message) => take({ message }, 0),
    frame: (bytes) => take({ frame: bytes }, bytes.length),
    open() {
      runAsTask(() => {
        isReleased = true;
        flush();
      });
    },
    close(reason) {
      if (closed !== undefined) return;
      closed = reason;
      held = undefined;
      owner.onClosed?.();
      const handlers = [...listeners];
      listeners.clear();
      for (const listener of handlers) listener.onClose(reason);
    },
    get isClosed() {
      return closed !== undefined;
    },
  };
}

/** Like `setTimeout(task, 0)`, which hidden tabs delay by a second. */
function runAsTask(task: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    task();
  };
  port2.postMessage(undefined);
}
