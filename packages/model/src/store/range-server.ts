import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** For tests: a real HTTP server with Range support that can be told to misbehave. */
export interface RangeServer {
  readonly origin: string;
  /** Path of each request since the last `reset`. */
  readonly requests: string[];
  readonly sentBytes: number;
  reset(): void;
  close(): Promise<void>;
}

/** What a path answers: bytes, served with Range, or a handler of its own. */
export type Route = Uint8Array | ((request: IncomingMessage, response: ServerResponse) => void);

export async function startRangeServer(routes: Record<string, Route>): Promise<RangeServer> {
  let requests: string[] = [];
  let sentBytes = 0;
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    const route = routes[path];
    if (route === undefined) response.writeHead(404).end();
    else if (typeof route === 'function') route(request, response);
    else sentBytes += sendRange(request, response, route);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    get sentBytes() {
      return sentBytes;
    },
    reset() {
      requests = [];
      sentBytes = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Answers 206 with the range asked for, or 200 with everything; returns the bytes sent. */
export function sendRange(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array,
): number {
  const [start, end] = rangeOf(request) ?? [0, bytes.length];
  const part = bytes.subarray(start, end);
  const isPart = part.length < bytes.length;
  response.writeHead(isPart ? 206 : 200, {
    'content-length': part.length,
    ...(isPart ? { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` } : {}),
  });
  response.end(part);
  return part.length;
}

/** `[start, end)` of a Range header. */
export function rangeOf(request: IncomingMessage): [number, number] | undefined {
  const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  return match === null ? undefined : [Number(match[1]), Number(match[2]) + 1];
}
