import { createDirectSocketHost, type Socket } from './socket.ts';
import type { FromSocketWorker, ToSocketWorker } from './worker-socket-host.ts';

/** The worker behind `worker-socket-host`: sockets and timers, told what to do by its page. */
const host = createDirectSocketHost();
const sockets = new Map<number, Socket>();
const timers = new Map<number, () => void>();
const tell = (message: FromSocketWorker, transfer: Transferable[] = []) =>
  postMessage(message, { transfer });

addEventListener('message', ({ data }: MessageEvent<ToSocketWorker>) => {
  const { id } = data;
  switch (data.type) {
    case 'open': {
      const onClose = () => {
        sockets.delete(id);
        tell({ type: 'closed', id });
      };
      const handlers = {
        onOpen: () => tell({ type: 'opened', id }),
        onMessage: (text: string) => tell({ type: 'message', id, data: text }),
        onBytes: (bytes: Uint8Array<ArrayBuffer>) =>
          tell({ type: 'message', id, data: bytes }, [bytes.buffer]),
        onClose,
      };
      sockets.set(id, host.openSocket(data.url, handlers));
      break;
    }
    case 'send':
      sockets.get(id)?.send(data.data);
      break;
    case 'close':
      sockets.get(id)?.close();
      sockets.delete(id);
      break;
    case 'set-timer': {
      const onTimer = () => {
        timers.delete(id);
        tell({ type: 'timer', id });
      };
      timers.set(id, host.setTimer(onTimer, data.delayMs));
      break;
    }
    case 'cancel-timer':
      timers.get(id)?.();
      timers.delete(id);
      break;
    default:
      data satisfies never;
  }
});
