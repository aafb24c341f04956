import type { IncomingMessage, ServerResponse } from 'node:http';
import { EMBED_PAGE, embedKeyOf } from '../embed/embed-key.ts';
import type { EmbedSites } from '../embed/embed-sites.ts';

/**
 * What every answer carries. Scripts come from this origin only and nothing is evaluated but
 * WebAssembly; connections go to this origin, its WebSocket, and to https mirrors of model files,
 * whose bytes count for nothing until their hash is right. No page may be framed but `embed.html`, and
 * that one only by the site whose key its address has.
 */
export function setSecurityHeaders(
  request: IncomingMessage,
  response: ServerResponse,
  options: {
    readonly connectSources: readonly string[];
    readonly embedSites: Pick<EmbedSites, 'get'>;
  },
): void {
  const { host } = request.headers;
  const path = request.url?.split(/[?#]/, 1)[0] ?? '';
  const ancestors = path === EMBED_PAGE ? ancestorsOf(request.url, options.embedSites) : [];
  const headers = {
    'Content-Security-Policy': contentSecurityPolicy(host, options.connectSources, ancestors),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    // Both together isolate a page, which may then share memory between threads. A worker states the second itself.
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy':
      'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()',
    'X-Frame-Options': 'DENY',
  };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (path === EMBED_PAGE) setFrameHeaders(response, ancestors);
  else if (path === WIDGET_SCRIPT) openToAll(response);
}

const WIDGET_SCRIPT = '/widget.js';

function ancestorsOf(
  url: string | undefined,
  embedSites: Pick<EmbedSites, 'get'>,
): readonly string[] {
  const key = embedKeyOf(url);
  return (key === undefined ? undefined : embedSites.get(key))?.origins ?? [];
}

/**
 * A page that isolates itself (COEP) loads only frames that say so too and that allow being loaded.
 * The window in which consent is confirmed has to stay connected with the frame that opened it, which
 * an opener policy would prevent.
 */
function setFrameHeaders(response: ServerResponse, ancestors: readonly string[]): void {
  response.removeHeader('Cross-Origin-Opener-Policy');
  if (ancestors.length === 0) return;
  response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
  // It has no list of origins; `frame-ancestors` says what is right.
  response.removeHeader('X-Frame-Options');
}

function openToAll(response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
}

function contentSecurityPolicy(
  host: string | undefined,
  connectSources: readonly string[],
  ancestors: readonly string[],
): string {
  // Older Safari does not take 'self' for WebSockets: the own host is named as well.
  const isPlain = host !== undefined && /^[A-Za-z0-9.:[\]-]{1,255}$/.test(host);
  const sockets = isPlain ? [`ws://${host}`, `wss://${host}`] : [];
  const connect = ["'self'", ...sockets, 'https:', ...connectSources].join(' ');
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src ${connect}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${ancestors.length === 0 ? "'none'" : ancestors.join(' ')}`,
  ].join('; ');
}
