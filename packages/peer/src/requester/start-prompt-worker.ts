/** Starts the worker of `prompt-coders` from the site's own script, as `swarm/start-socket-worker` does. */
export function startPromptWorker(name: string): Worker {
  return new Worker(new URL('./prompt-worker.ts', import.meta.url), { type: 'module', name });
}
