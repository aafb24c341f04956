import { withDeadline } from '@manyhands/peer/deadline';
import * as v from 'valibot';
import type { Manyhands, ServeOptions, Serving } from '../types/manyhands.d.ts';
import { ManyhandsError } from './error.ts';
import { CONTROL_TIMEOUT_MS } from './limits.ts';
import { createPageTicker } from './page-threads.ts';
import { createExchanges } from './serve/exchanges.ts';
import { PageRequest, type ToWorker } from './service-worker/messages.ts';

const OUT_OF_REACH =
  'The service worker does not control this page: reload it, and check that its scope covers it.';

/** See `types/manyhands.d.ts`. */
export async function serveOpenAi(
  manyhands: Pick<Manyhands, 'fetch'>,
  { script = '/manyhands-sw.js', scope }: ServeOptions = {},
): Promise<Serving> {
  const container = containerOf(navigator);
  const exchanges = createExchanges(manyhands.fetch, createPageTicker());
  const onMessage = (event: MessageEvent<unknown>): void => {
    const { data, ports, source } = event;
    const request = v.safeParse(PageRequest, data);
    const [port] = ports;
    // The site's own part of the worker may have messages too.
    if (!request.success || port === undefined) return;
    // A page that serves twice answers once.
    event.stopImmediatePropagation();
    exchanges.answer(request.output, port, source as ServiceWorker | null);
  };
  container.addEventListener('message', onMessage);
  container.startMessages();
  const stop = (): void => {
    container.removeEventListener('message', onMessage);
    exchanges.dispose();
  };
  try {
    const registration = await container.register(script, scope === undefined ? {} : { scope });
    const late = () => unavailable(OUT_OF_REACH);
    await withDeadline(controlled(container, registration), CONTROL_TIMEOUT_MS, late);
    return { baseURL: new URL('v1', registration.scope).href, stop };
  } catch (error) {
    stop();
    if (error instanceof ManyhandsError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw unavailable(`The service worker at ${script} cannot be used: ${reason}`, error);
  }
}

/** Resolves once requests of this page go through the worker of this registration. */
function controlled(
  container: ServiceWorkerContainer,
  registration: ServiceWorkerRegistration,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const { active } = registration;
      const { controller } = container;
      if (active === null || controller?.scriptURL !== active.scriptURL) return;
      container.removeEventListener('controllerchange', look);
      resolve();
    };
    container.addEventListener('controllerchange', look);
    look();
    // A forced reload goes past the worker; it takes such a page over where it is asked to.
    container.ready.then(({ active }) => {
      const message: ToWorker = { type: 'manyhands-claim' };
      if (container.controller === null) active?.postMessage(message);
      look();
    }, reject);
  });
}

/** Missing on plain http, in some private windows and where a policy forbids it. */
function containerOf({ serviceWorker }: Partial<Navigator>): ServiceWorkerContainer {
  if (serviceWorker !== undefined) return serviceWorker;
  throw unavailable('This page cannot have a service worker: use https, or manyhands.fetch.');
}

function unavailable(message: string, cause?: unknown): ManyhandsError {
  return new ManyhandsError('service-worker-unavailable', message, { cause });
}
