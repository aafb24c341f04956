import { createDirectSocketHost, type SocketHandlers, type SocketHost } from './socket.ts';

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

/**
 * Sockets and timers in a Web Worker that runs `socket-worker`, for pages. Ends the worker with itself.
 * Where the worker fails, or its script cannot be loaded, the page goes on without one: its sockets close
 * once and its timers begin anew.
 */
export function createWorkerSocketHost(worker: Worker): SocketHost {
  const sockets = new Map<number, SocketHandlers>();
  const timers = new Map<number, { readonly callback: () => void; readonly delayMs: number }>();
  /** In place of a worker that failed. */
  let instead: SocketHost | undefined;
  let idCount = 0;
  const tell = (message: ToSocketWorker, transfer: Transferable[] = []) =>
    worker.postMessage(message, transfer);
  worker.addEventListener('message', ({ data }: MessageEvent<FromSocketWorker>) => {
    if (data.type === 'timer') {
      const timer = timers.get(data.id);
      timers.delete(data.id);
      timer?.callback();
      return;
    }
    const handlers = sockets.get(data.id);
    if (data.type === 'opened') handlers?.onOpen();
    else if (data.type === 'message') {
      if (typeof data.data === 'string') handlers?.onMessage(data.data);
      else handlers?.onBytes(data.data);
    } else if (sockets.delete(data.id)) handlers?.onClose();
  });
  worker.addEventListener('error', () => {
    if (instead !== undefined) return;
    const host = createDirectSocketHost();
    instead = host;
    worker.terminate();
    for (const [id, { callback, delayMs }] of timers) {
      host.setTimer(() => {
        if (timers.delete(id)) callback();
      }, delayMs);
    }
    for (const [id, handlers] of sockets) if (sockets.delete(id)) handlers.onClose();
  });
  return {
    openSocket(url, handlers) {
      if (instead !== undefined) return instead.openSocket(url, handlers);
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
      if (instead !== undefined) return instead.setTimer(callback, delayMs);
      const id = idCount++;
      timers.set(id, { callback, delayMs });
      tell({ type: 'set-timer', id, delayMs });
      return () => {
        if (timers.delete(id)) tell({ type: 'cancel-timer', id });
      };
    },
    dispose() {
      sockets.clear();
      timers.clear();
      worker.terminate();
      instead?.dispose();
    },
  };
}
