import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * What every answer carries. Scripts come from this origin only and nothing is evaluated but
 * WebAssembly; connections go to this origin, its WebSocket, and to https mirrors of model files,
 * whose bytes count for nothing until their hash is right.
 */
export function setSecurityHeaders(
  request: IncomingMessage,
  response: ServerResponse,
  { connectSources }: { readonly connectSources: readonly string[] },
): void {
  const { host } = request.headers;
  const headers = {
    'Content-Security-Policy': contentSecurityPolicy(host, connectSources),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy':
      'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()',
    'X-Frame-Options': 'DENY',
  };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

function contentSecurityPolicy(
  host: string | undefined,
  connectSources: readonly string[],
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
    "frame-ancestors 'none'",
  ].join('; ');
}
