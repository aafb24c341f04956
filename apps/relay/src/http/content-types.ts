import { extname } from 'node:path';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  // Phones offer to trust what has this type.
  '.crt': 'application/x-x509-ca-cert',
  '.css': 'text/css; charset=utf-8',
  '.gguf': 'application/octet-stream',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

export function contentTypeOf(path: string): string {
  return CONTENT_TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
}

/** Text and WebAssembly shrink; images, fonts and weights do not. */
export function isCompressible(path: string): boolean {
  return /\.(css|html|js|json|map|mjs|svg|txt|wasm|webmanifest)$/i.test(path);
}
