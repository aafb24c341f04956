import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { chooseRange } from '@manyhands/relay/http/byte-range';

/** Something to serve under one path: a file on disk, or text made here. */
export type Served = { readonly file: string } | { readonly json: string };

export interface FileServer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Serves `content` at `/path` from now on. */
  add(path: string, content: Served): void;
  remove(path: string): void;
  dispose(): Promise<void>;
}

/** Serves a directory and added paths on a free loopback port, with Range. */
export async function createFileServer(directory: string): Promise<FileServer> {
  const added = new Map<string, Served>();
  const server = createServer((request, response) => {
    respond(request, response, (path) => added.get(path) ?? fileIn(directory, path)).catch(() =>
      // The browser went away in the middle of a file: there is nobody to tell.
      response.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    add: (path, content) => void added.set(path, content),
    remove: (path) => void added.delete(path),
    dispose: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  find: (path: string) => Served | undefined,
): Promise<void> {
  const path = pathOf(request);
  const served = path === undefined ? undefined : find(path);
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405);
  if (served === undefined || path === undefined) return end(response, 404);
  if ('json' in served) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(served.json);
    return;
  }
  const info = await stat(served.file).catch(() => undefined);
  if (info === undefined || !info.isFile()) return end(response, 404);
  const range = chooseRange(request.headers.range, info.size);
  if (range === 'unsatisfiable') {
    response.setHeader('content-range', `bytes */${info.size}`);
    return end(response, 416);
  }
  const { start, end: rangeEnd } = range ?? { start: 0, end: info.size };
  if (range) response.setHeader('content-range', `bytes ${start}-${rangeEnd - 1}/${info.size}`);
  response.writeHead(range ? 206 : 200, {
    'accept-ranges': 'bytes',
    'cache-control': 'no-store',
    'content-length': rangeEnd - start,
    'content-type': CONTENT_TYPES[extname(served.file)] ?? 'application/octet-stream',
  });
  if (request.method === 'HEAD' || start === rangeEnd) {
    response.end();
    return;
  }
  await pipeline(createReadStream(served.file, { start, end: rangeEnd - 1 }), response);
}

function pathOf(request: IncomingMessage): string | undefined {
  try {
    return decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
  } catch {
    return undefined;
  }
}

function fileIn(directory: string, path: string): Served | undefined {
  const file = join(directory, path);
  return file.startsWith(directory + sep) && !file.includes('\0') ? { file } : undefined;
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};
