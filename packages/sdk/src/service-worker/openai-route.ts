import { ManyhandsError } from '../error.ts';
import { answerError } from '../http/answers.ts';
import { BODY_CHARACTERS_MAX } from '../limits.ts';
import { askPage } from './ask-page.ts';
import { WORKER_VERSION } from './messages.ts';
import type { RouteHandler, WorkerFetchEvent, WorkerScope } from './worker-scope.ts';

const PATH = /^(chat\/completions|embeddings|models(\/[^/]+)?)\/?$/;

/**
 * Has the page that sent a request answer it: there are no connections to volunteers in a service
 * worker. Every tab so serves itself, with its own key and its own settings.
 */
export function openAiRoute(scope: Pick<WorkerScope, 'registration' | 'clients'>): RouteHandler {
  const base = new URL('v1/', scope.registration.scope).href;
  return (event) => {
    const { url } = event.request;
    const [path = ''] = url.split('?');
    if (!path.startsWith(base) || !PATH.test(path.slice(base.length))) return undefined;
    return forward(scope, event).catch(answerError);
  };
}

async function forward(
  { clients }: Pick<WorkerScope, 'clients'>,
  { request, clientId }: WorkerFetchEvent,
): Promise<Response> {
  const client = await clients.get(clientId);
  if (client?.type !== 'window') throw notServing();
  const { url, method, signal } = request;
  const body = method === 'GET' || method === 'HEAD' ? null : await request.text();
  if (body !== null && body.length > BODY_CHARACTERS_MAX) {
    throw new ManyhandsError('request-too-large', 'This request is longer than any model reads.');
  }
  const { port1, port2 } = new MessageChannel();
  const question = { type: 'manyhands-request', version: WORKER_VERSION, url, method, body };
  client.postMessage(question, [port2]);
  return askPage(port1, signal, notServing);
}

function notServing(): ManyhandsError {
  return new ManyhandsError(
    'page-not-serving',
    'Only a page can ask, and only after serveOpenAi() there: a worker or another frame cannot.',
  );
}
