import { mayAsk, type OriginPolicy } from '../sockets/origin-policy.ts';
import type { Exchange } from './answer.ts';

/**
 * What pages of other origins need to ask: the catalogue, of models what names them, and the SDK; and what a site
 * that is elsewhere shows of the network.
 */
const SHARED_PATH = /^\/(catalog\.json$|api\/history$|models\/|sdk\/)/;
/** Seconds. */
const PREFLIGHT_AGE = 86_400;

export function isShared(path: string): boolean {
  return SHARED_PATH.test(path);
}

/** Lets pages read the answer that may ask through this relay. Nothing here depends on who they are. */
export function shareAnswer({ request, response }: Exchange, policy: OriginPolicy): void {
  const { origin = '', host } = request.headers;
  // Copies are kept in caches: what differs by reader has to say so.
  if (policy.askers !== '*') response.setHeader('Vary', 'Origin');
  if (!mayAsk(origin, host, policy)) return;
  response.setHeader('Access-Control-Allow-Origin', policy.askers === '*' ? '*' : origin);
  response.setHeader('Access-Control-Expose-Headers', 'Content-Range, ETag, Retry-After');
  response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
}

/** Some browsers ask before they send a range to another origin. */
export function answerPreflight(exchange: Exchange, policy: OriginPolicy): void {
  const { response } = exchange;
  shareAnswer(exchange, policy);
  response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD');
  response.setHeader('Access-Control-Allow-Headers', 'Range, If-Range, If-None-Match');
  response.setHeader('Access-Control-Max-Age', PREFLIGHT_AGE);
  response.writeHead(204).end();
}
