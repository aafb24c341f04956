/** Starts the worker of `ticker` from the site's own script, as `swarm/start-socket-worker` does. */
export function startTickerWorker(): Worker {
  return new Worker(new URL('./ticker-worker.ts', import.meta.url), {
    type: 'module',
    name: 'manyhands-ticker',
  });
}
