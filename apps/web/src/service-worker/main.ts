import * as v from 'valibot';
import type { SiteBuild } from './build-files.ts';
import { Activate } from './messages.ts';
import { createSiteCache } from './site-cache.ts';
import type { WorkerScope } from './worker-scope.ts';

/*
 * `service-worker.js`: has the site open without a network, and open tabs keep the files they began with.
 * Whatever it does not know goes to the network as if it were not there: weights, the relay, frames for
 * other sites, and pages that lie beside the site.
 */

/** Put in by the build. */
declare const SITE_BUILD: SiteBuild;

const scope = globalThis as unknown as WorkerScope;
const site = createSiteCache({
  build: SITE_BUILD,
  scope: scope.registration.scope,
  caches,
  fetch: fetch.bind(globalThis),
});

scope.addEventListener('install', (event) => event.waitUntil(site.install()));

// A first visit was loaded without it.
scope.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([site.forgetOld(), scope.clients.claim()]));
});

scope.addEventListener('fetch', (event) => {
  const answer = site.answer(event.request);
  if (answer === undefined) return;
  event.respondWith(answer.response);
  event.waitUntil(answer.rest);
});

scope.addEventListener('message', (event) => {
  // Only a person skips the wait. Tabs that stay as they are find their files in the older cache.
  if (v.is(Activate, event.data)) event.waitUntil(scope.skipWaiting());
});
