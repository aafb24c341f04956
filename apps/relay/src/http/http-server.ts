import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { EmbedSites } from '../embed/embed-sites.ts';

import { RelayError } from '../error.ts';
import {
  HTTP_HEADERS_TIMEOUT_MS,
  HTTP_IDLE_TIMEOUT_MS,
  HTTP_KEEP_ALIVE_MS,
  HTTP_PATH_LENGTH_MAX,
  HTTP_REQUEST_TIMEOUT_MS,
  TLS_HANDSHAKE_TIMEOUT_MS,
} from '../limits.ts';
import type { OriginPolicy } from '../sockets/origin-policy.ts';
import { answerError, type Exchange } from './answer.ts';
import { answerPreflight, isShared, shareAnswer } from './cross-origin.ts';
import { setSecurityHeaders } from './security-headers.ts';

/** Answers a GET or HEAD of a decoded path; false where it has nothing there. */
export type Route = (exchange: Exchange, path: string) => Promise<boolean>;

/** A certificate with its chain, and the key it is for; both PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server with bounded waits whose routes are tried in order; not listening yet. */
export function createHttpServer(options: {
  readonly routes: readonly Route[];
  readonly connectSources: readonly string[];
  readonly originPolicy: OriginPolicy;
  readonly embedSites: Pick<EmbedSites, 'get'>;
  /** Speaks https with it; plain http without. */
  readonly tls: TlsFiles | undefined;
  onFault(error: unknown): void;
}): Server {
  const create: (settings: ServerOptions, answer: Answer) => Server =
    options.tls === undefined ? createServer : createTlsServer;
  const server = create(
    {
      ...options.tls,
      handshakeTimeout: TLS_HANDSHAKE_TIMEOUT_MS,
      headersTimeout: HTTP_HEADERS_TIMEOUT_MS,
      requestTimeout: HTTP_REQUEST_TIMEOUT_MS,
      keepAliveTimeout: HTTP_KEEP_ALIVE_MS,
    },
    (request, response) => {
      setSecurityHeaders(request, response, options);
      route({ request, response }, options).catch((error: unknown) => {
        // A reader that goes away in the middle of a file is no fault.
        if (!response.headersSent && !response.destroyed) {
          options.onFault(error);
          answerError({ request, response }, 500, 'The relay could not answer. Try again later.');
        } else response.destroy();
      });
    },
  );
  server.timeout = HTTP_IDLE_TIMEOUT_MS;
  return server;
}

/** Resolves with the port. Throws `port-in-use` or `cannot-listen`. */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const error =
        cause.code === 'EADDRINUSE'
          ? new RelayError('port-in-use', `Port ${port} is in use: set PORT to another.`, { cause })
          : new RelayError(
              'cannot-listen',
              `Cannot listen on ${host}:${port}: check HOST and PORT.`,
              {
                cause,
              },
            );
      reject(error);
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

async function route(
  exchange: Exchange,
  {
    routes,
    originPolicy,
  }: { readonly routes: readonly Route[]; readonly originPolicy: OriginPolicy },
): Promise<void> {
  const { request, response } = exchange;
  const path = pathOf(request.url);
  if (request.method === 'OPTIONS' && path !== undefined && isShared(path)) {
    answerPreflight(exchange, originPolicy);
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    // A body that nobody reads must not keep the connection.
    response.setHeader('Connection', 'close');
    answerError(exchange, 405, 'Only GET and HEAD.');
    return;
  }
  if (path === undefined) {
    answerError(exchange, 400, 'Malformed path.');
    return;
  }
  if (isShared(path)) shareAnswer(exchange, originPolicy);
  for (const answer of routes) {
    if (await answer(exchange, path)) return;
  }
  answerError(exchange, 404, 'Not found.');
}

/** Decoded once, and not normalised: a path with `..` in it matches no route and no file. */
function pathOf(url = ''): string | undefined {
  const raw = url.split(/[?#]/, 1)[0] ?? '';
  if (!raw.startsWith('/') || raw.length > HTTP_PATH_LENGTH_MAX) return undefined;
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}
