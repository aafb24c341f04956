import { createPromptCoders, type PromptCoders } from '@manyhands/peer/requester/prompt-coders';
import PromptWorker from '@manyhands/peer/requester/prompt-worker?worker&inline';
import { createTicker, type Ticker } from '@manyhands/peer/ticker';
import TickerWorker from '@manyhands/peer/ticker-worker?worker&inline';
import { createDirectSocketHost, type SocketHost } from '@manyhands/swarm/socket';
import SocketWorker from '@manyhands/swarm/socket-worker?worker&inline';
import { createWorkerSocketHost } from '@manyhands/swarm/worker-socket-host';
import { WORKER_START_TIMEOUT_MS } from './limits.ts';

/*
 * A worker's script must come from the page's own origin, and this package runs on any: the scripts lie
 * in the bundle as text and become workers through a blob. A page whose policy forbids that (`worker-src`
 * without `blob:`, or Trusted Types) does the same work itself; hidden, it then does so more slowly.
 */

/** Sockets and timers in a worker, or in the page where its policy allows none. */
export async function openSocketHost(): Promise<SocketHost> {
  const worker = start(() => new SocketWorker({ name: 'manyhands-socket' }));
  if (worker === undefined) return createDirectSocketHost();
  const host = createWorkerSocketHost(worker);
  if (await isRunning(worker, host)) return host;
  host.dispose();
  return createDirectSocketHost();
}

export function createPageTicker(): Ticker {
  return createTicker(() => start(() => new TickerWorker({ name: 'manyhands-ticker' })));
}

/** What people write becomes tokens in a worker, or in the page where its policy allows none. */
export function createPageCoders(): PromptCoders {
  return createPromptCoders((name) => start(() => new PromptWorker({ name })));
}

/** Trusted Types and some policies throw where others report an error later. */
function start(create: () => Worker): Worker | undefined {
  try {
    return create();
  } catch {
    return undefined;
  }
}

function isRunning(worker: Worker, host: SocketHost): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), WORKER_START_TIMEOUT_MS);
    const settle = (answer: boolean) => (): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    worker.addEventListener('error', settle(false), { once: true });
    host.setTimer(settle(true), 0);
  });
}
