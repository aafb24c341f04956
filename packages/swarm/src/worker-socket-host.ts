import type { SocketHandlers, SocketHost } from './socket.ts';

export type ToSocketWorker =
  | { readonly type: 'open'; readonly id: number; readonly url: string }
  | {
      readonly type: 'send';
      readonly id: number;
      readonly data: string | Uint8Array<ArrayBuffer>;
    }
  | { readonly type: 'close'; readonly id: number }
  | { readonly type: 'set-timer'; readonly id: number; readonly delayMs: number }
  | { readonly type: 'cancel-timer'; readonly id: number };
export type FromSocketWorker =
  | { readonly type: 'opened'; readonly id: number }
  | {
      readonly type: 'message';
      readonly id: number;
      readonly data: string | Uint8Array<ArrayBuffer>;
    }
  | { readonly type: 'closed'; readonly id: number }
  | { readonly type: 'timer'; readonly id: number };

/** Sockets and timers in a Web Worker that runs `socket-worker`, for pages. Ends the worker with itself. */
export function createWorkerSocketHost(worker: Worker): SocketHost {
  const sockets = new Map<number, SocketHandlers>();
  const timers = new Map<number, () => void>();
  let idCount = 0;
  const tell = (message: ToSocketWorker, transfer: Transferable[] = []) =>
    worker.postMessage(message, transfer);
  worker.addEventListener('message', ({ data }: MessageEvent<FromSocketWorker>) => {
    if (data.type === 'timer') {
      const callback = timers.get(data.id);
      timers.delete(data.id);
      callback?.();
      return;
    }
    const handlers = sockets.get(data.id);
    if (data.type === 'opened') handlers?.onOpen();
    else if (data.type === 'message') {
      if (typeof data.data === 'string') handlers?.onMessage(data.data);
      else handlers?.onBytes(data.data);
    } else if (sockets.delete(data.id)) handlers?.onClose();
  });
  // A worker that could not be loaded looks like a relay that cannot be reached.
  worker.addEventListener('error', () => {
    for (const [id, handlers] of sockets) if (sockets.delete(id)) handlers.onClose();
  });
  return {
    openSocket(url, handlers) {
      const id = idCount++;
      sockets.set(id, handlers);
      tell({ type: 'open', id, url });
      return {
        // The bytes go to the worker and are gone here.
        send: (sent) =>
          tell({ type: 'send', id, data: sent }, typeof sent === 'string' ? [] : [sent.buffer]),
        close: () => {
          if (sockets.delete(id)) tell({ type: 'close', id });
        },
      };
    },
    setTimer(callback, delayMs) {
      const id = idCount++;
      timers.set(id, callback);
      tell({ type: 'set-timer', id, delayMs });
      return () => {
        if (timers.delete(id)) tell({ type: 'cancel-timer', id });
      };
    },
    dispose() {
      sockets.clear();
      timers.clear();
      worker.terminate();
    },
  };
}
