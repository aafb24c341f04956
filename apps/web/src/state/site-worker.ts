import type { Activate } from '../service-worker/messages.ts';
import { UPDATE_CHECK_MS, UPDATE_FETCH_MS, UPDATE_TAKEOVER_MS } from './limits.ts';

/** The worker that keeps the site's files in this browser. */
export interface SiteWorker {
  /** Registers it; calls back when a newer one waits, or when another tab let one in. */
  start(onNewer: () => void): Promise<void>;
  /** Fetches what is new, and lets it in; after a while at the latest it is given up. */
  takeNewest(): Promise<void>;
}

/** Enough of a window. */
export interface WorkerPage {
  readonly navigator: Navigator;
  readonly document: Document;
  readonly location: Pick<Location, 'href'>;
}

const SCRIPT = 'service-worker.js';

/**
 * Undefined where there can be none: on plain http, in some private windows, and while developing.
 */
export function createSiteWorker({
  navigator,
  document,
  location,
}: WorkerPage): SiteWorker | undefined {
  const { serviceWorker: container } = navigator as Partial<Navigator>;
  if (container === undefined) return undefined;
  const script = new URL(SCRIPT, location.href).href;
  const isOurs = (worker: ServiceWorker | null): boolean => worker?.scriptURL === script;
  let registration: ServiceWorkerRegistration | undefined;

  /** Something newer is there only where something older runs. */
  const look = (found: ServiceWorkerRegistration, onNewer: () => void): void => {
    if (found.waiting !== null && found.active !== null) onNewer();
  };

  return {
    async start(onNewer) {
      const known = await container.getRegistration(script);
      // A page beside this one may have a worker of its own for the same folder, of the SDK for instance.
      if (known?.active && !isOurs(known.active)) return;
      const hadController = container.controller !== null;
      const found = await container.register(script, { updateViaCache: 'none' });
      registration = found;
      look(found, onNewer);
      found.addEventListener('updatefound', () => {
        found.installing?.addEventListener('statechange', () => look(found, onNewer));
      });
      // The first worker takes over a page that has no other; the next ones come by a person's wish.
      if (hadController) container.addEventListener('controllerchange', onNewer);
      const check = (): void => {
        // Offline, or in the middle of an update: next time.
        if (document.visibilityState === 'visible') found.update().catch(() => undefined);
      };
      setInterval(check, UPDATE_CHECK_MS);
      document.addEventListener('visibilitychange', check);
    },
    async takeNewest() {
      if (registration === undefined) return;
      const { active } = registration;
      const waiting = registration.waiting ?? (await within(UPDATE_FETCH_MS, fetchNewer()));
      if (waiting === undefined) return;
      const isIn = new Promise<void>((resolve) => {
        container.addEventListener('controllerchange', () => resolve(), { once: true });
        if (active === null) resolve();
      });
      const message: Activate = { type: 'manyhands-site-activate' };
      waiting.postMessage(message);
      await within(UPDATE_TAKEOVER_MS, isIn);
    },
  };

  async function fetchNewer(): Promise<ServiceWorker | undefined> {
    const { installing } = (await registration?.update()) ?? {};
    if (!installing) return registration?.waiting ?? undefined;
    return new Promise((resolve) => {
      installing.addEventListener('statechange', () => {
        if (installing.state !== 'installing') resolve(registration?.waiting ?? undefined);
      });
    });
  }
}

/** The outcome, or undefined where it failed or took too long: the page is reloaded either way. */
function within<T>(ms: number, outcome: Promise<T>): Promise<T | undefined> {
  return Promise.race([
    outcome.catch(() => undefined),
    new Promise<undefined>((resolve) => {
      setTimeout(() => resolve(undefined), ms);
    }),
  ]);
}
