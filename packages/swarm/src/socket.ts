/** A WebSocket reduced to what the relay link needs. */
export interface Socket {
  /** Ignored once the socket closed. */
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
}

export interface SocketHandlers {
  onOpen(): void;
  onMessage(text: string): void;
  onBytes(bytes: Uint8Array<ArrayBuffer>): void;
  /** Called once, also when the socket never opened; never after `close()`. */
  onClose(): void;
}

/**
 * Where sockets and their timers live: a Web Worker in a page, since browsers slow the timers of
 * hidden tabs down to one a minute, which would lose the lease of a volunteer.
 */
export interface SocketHost {
  openSocket(url: string, handlers: SocketHandlers): Socket;
  /** Calls back once after `delayMs`; returns a canceller. */
  setTimer(callback: () => void, delayMs: number): () => void;
  dispose(): void;
}

/** The WebSocket of browsers, and of the `ws` package that Node programs pass (Node 20 has none). */
export interface WebSocketLike {
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  binaryType: string;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
}

/** Sockets and timers of this very thread: for Node and for workers. */
export function createDirectSocketHost(
  createWebSocket: (url: string) => WebSocketLike = (url) => new WebSocket(url),
): SocketHost {
  const closers = new Set<() => void>();
  const cancellers = new Set<() => void>();
  return {
    openSocket(url, handlers) {
      let socket: WebSocketLike;
      try {
        socket = createWebSocket(url);
      } catch {
        // The constructor refuses some addresses outright: a socket that closed before it opened.
        queueMicrotask(handlers.onClose);
        return { send: () => {}, close: () => {} };
      }
      const close = () => {
        closers.delete(close);
        socket.onopen = socket.onmessage = socket.onclose = null;
        socket.close();
      };
      closers.add(close);
      socket.onopen = () => handlers.onOpen();
      socket.binaryType = 'arraybuffer';
      socket.onmessage = ({ data }: { data: string | ArrayBuffer }) => {
        if (typeof data === 'string') handlers.onMessage(data);
        else handlers.onBytes(new Uint8Array(data));
      };
      socket.onclose = () => {
        close();
        handlers.onClose();
      };
      // A close always follows; without a handler, `ws` would throw.
      socket.onerror = () => {};
      const send = (data: string | Uint8Array<ArrayBuffer>) => {
        if (socket.readyState === 1) socket.send(data);
      };
      return { send, close };
    },
    setTimer(callback, delayMs) {
      const timer = setTimeout(() => {
        cancellers.delete(cancel);
        callback();
      }, delayMs);
      const cancel = () => {
        cancellers.delete(cancel);
        clearTimeout(timer);
      };
      cancellers.add(cancel);
      return cancel;
    },
    dispose() {
      for (const close of closers) close();
      for (const cancel of cancellers) cancel();
    },
  };
}
