import * as v from 'valibot';
import { ToWorker } from './messages.ts';
import { openAiRoute } from './openai-route.ts';
import type { RouteHandler, WorkerScope } from './worker-scope.ts';

/*
 * `manyhands-sw.js`: registered as it is, or imported by a site's own service worker. It never calls
 * `skipWaiting`: a newer one waits until no page uses the older, so that no answer is cut off.
 */

const scope = globalThis as unknown as WorkerScope;

/** Asked in turn; what caches a site's shell will be another one. */
const routes: readonly RouteHandler[] = [openAiRoute(scope)];

scope.addEventListener('fetch', (event) => {
  for (const route of routes) {
    const response = route(event);
    if (response !== undefined) {
      event.respondWith(response);
      return;
    }
  }
});

// Pages of a first visit were loaded without it.
scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()));

scope.addEventListener('message', (event) => {
  const message = v.safeParse(ToWorker, event.data);
  // Others may talk with the site's own part of this worker. To have been called keeps it awake.
  if (!message.success || message.output.type !== 'manyhands-claim') return;
  event.waitUntil(scope.clients.claim());
});
