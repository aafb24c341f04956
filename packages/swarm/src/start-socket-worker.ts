/**
 * Starts the worker of `worker-socket-host` from the site's own script. In a file of its own: who
 * brings the script along in another way must not bundle this one too.
 */
export function startSocketWorker(): Worker {
  return new Worker(new URL('./socket-worker.ts', import.meta.url), {
    type: 'module',
    name: 'manyhands-socket',
  });
}
