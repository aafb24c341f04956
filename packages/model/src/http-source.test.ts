import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRandom } from '@manyhands/testkit/random';
import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { afterEach, describe, expect, test } from 'vitest';
import { readGguf } from './gguf/read-gguf.ts';
import { httpSource } from './http-source.ts';
import { HTTP_ATTEMPTS_MAX } from './limits.ts';

const FILE = createRandom(1).bytes(200_000);
const FAST = { backoffMs: 1, stallMs: 5_000 };

let close: (() => void) | undefined;
afterEach(() => close?.());

describe('a server that honours Range', () => {
  test('gives exactly the bytes asked for, and its size from the first answer on', async () => {
    const { url, requests } = await serve((request, response) => sendRange(request, response));
    const source = httpSource(url, FAST);
    expect(source.byteLength).toBeUndefined();
    expect(await source.read(10, 20)).toEqual(FILE.slice(10, 20));
    expect(source.byteLength).toBe(FILE.length);
    expect(await source.read(100_000, 200_000)).toEqual(FILE.slice(100_000));
    expect(await source.read(5, 5)).toEqual(new Uint8Array(0));
    expect(requests).toEqual(['bytes=10-19', 'bytes=100000-199999']);
  });

  test('is read through a redirect', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/model') sendRange(request, response);
      else response.writeHead(302, { location: '/model' }).end();
    });
    expect(await httpSource(`${url}/old`, FAST).read(7, 9)).toEqual(FILE.slice(7, 9));
  });

  test('reports a read past the end as truncated, before and after the size is known', async () => {
    const { url, requests } = await serve((request, response) => sendRange(request, response));
    const source = httpSource(url, FAST);
    await expect(source.read(199_999, 200_001)).rejects.toMatchObject({ code: 'truncated' });
    expect(source.byteLength).toBe(FILE.length);
    await expect(source.read(0, 200_001)).rejects.toMatchObject({ code: 'truncated' });
    await expect(httpSource(url, FAST).read(300_000, 300_001)).rejects.toMatchObject({
      code: 'truncated',
    });
    expect(requests).toHaveLength(2);
  });

  test('serves a GGUF header smaller than the first read', async () => {
    const model = createTinyModel();
    const { url } = await serve((request, response) => sendRange(request, response, model));
    const header = await readGguf(httpSource(url, FAST));
    expect(header.fileBytes).toBe(model.length);
    expect(header.metadata.get('general.name')).toBe('tiny');
  });
});

describe('a server that cannot be used', () => {
  test('ignores Range: refused without reading the file', async () => {
    let isClosed: Promise<unknown> | undefined;
    const { url } = await serve((_, response) => {
      isClosed = once(response, 'close');
      response.writeHead(200, { 'content-length': 1e12 }).write(FILE);
    });
    await expect(httpSource(url, FAST).read(0, 10)).rejects.toMatchObject({
      code: 'range-unsupported',
    });
    await isClosed;
  });

  test.each([
    ['no Content-Range', undefined],
    ['another start', 'bytes 1-10/200000'],
    ['another end', 'bytes 0-8/200000'],
    ['another unit', 'lines 0-9/200000'],
    ['nonsense', 'bytes 0-9/-5'],
  ])('answers with %s', async (_, contentRange) => {
    const { url } = await serve((_request, response) => {
      response.writeHead(206, contentRange ? { 'content-range': contentRange } : {});
      response.end(FILE.subarray(0, 10));
    });
    await expect(httpSource(url, FAST).read(0, 10)).rejects.toMatchObject({
      code: 'range-unsupported',
    });
  });

  test('sends more than it announced', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(206, { 'content-range': 'bytes 0-9/200000' }).end(FILE);
    });
    await expect(httpSource(url, FAST).read(0, 10)).rejects.toMatchObject({
      code: 'range-unsupported',
    });
  });

  test.each([404, 410, 401, 403])('answers %i', async (status) => {
    const { url, requests } = await serve((_, response) => response.writeHead(status).end());
    await expect(httpSource(url, FAST).read(0, 10)).rejects.toMatchObject({ code: 'not-found' });
    expect(requests).toHaveLength(1);
  });

  test.each(['size', 'etag'])('changes the %s of the file between reads', async (what) => {
    let count = 0;
    const { url } = await serve((request, response) => {
      count += 1;
      const file = what === 'size' && count > 1 ? FILE.slice(1) : FILE;
      response.setHeader('etag', what === 'etag' ? `"${count}"` : '"1"');
      sendRange(request, response, file);
    });
    const source = httpSource(url, FAST);
    await source.read(0, 10);
    await expect(source.read(10, 20)).rejects.toThrowError(/changed while it was read/);
  });
});

describe('a connection that fails', () => {
  test.each([500, 503, 429, 408])('is tried again after %i', async (status) => {
    let count = 0;
    const { url } = await serve((request, response) => {
      count += 1;
      if (count < 3) response.writeHead(status).end('later');
      else sendRange(request, response);
    });
    expect(await httpSource(url, FAST).read(3, 6)).toEqual(FILE.slice(3, 6));
  });

  test('is given up after a bounded number of attempts', async () => {
    const { url, requests } = await serve((_, response) => response.writeHead(503).end());
    await expect(httpSource(url, FAST).read(0, 10)).rejects.toMatchObject({ code: 'network' });
    expect(requests).toHaveLength(HTTP_ATTEMPTS_MAX);
  });

  test('goes on from the first missing byte when a body breaks off', async () => {
    let count = 0;
    const { url, requests } = await serve((request, response) => {
      count += 1;
      if (count > 1) return sendRange(request, response);
      response.writeHead(206, {
        'content-range': 'bytes 0-99999/200000',
        'content-length': 100_000,
      });
      response.write(FILE.subarray(0, 40_000), () => setTimeout(() => response.destroy(), 50));
    });
    expect(await httpSource(url, FAST).read(0, 100_000)).toEqual(FILE.slice(0, 100_000));
    expect(requests).toEqual(['bytes=0-99999', 'bytes=40000-99999']);
  });

  test('is truncated when every body ends early', async () => {
    const { url } = await serve((request, response) => {
      const [start, end] = rangeOf(request);
      response.writeHead(206, { 'content-range': `bytes ${start}-${end - 1}/200000` });
      response.end(FILE.subarray(start, start + 1));
    });
    await expect(httpSource(url, FAST).read(0, 10)).rejects.toMatchObject({ code: 'truncated' });
  });

  test('is tried again when the server stalls, and given up when it stalls for good', async () => {
    let count = 0;
    const { url } = await serve((request, response) => {
      count += 1;
      if (count > 1) return sendRange(request, response);
      response.writeHead(206, { 'content-range': 'bytes 0-9/200000' }).write(FILE.subarray(0, 1));
    });
    const source = httpSource(url, { backoffMs: 1, stallMs: 150 });
    expect(await source.read(0, 10)).toEqual(FILE.slice(0, 10));
    expect(count).toBeGreaterThan(1);
    const silent = await serve(() => {});
    await expect(
      httpSource(silent.url, { backoffMs: 1, stallMs: 20 }).read(0, 10),
    ).rejects.toMatchObject({ code: 'network' });
  });

  test('is a network failure when nobody listens', async () => {
    const { url } = await serve(() => {});
    close?.();
    await expect(httpSource(url, FAST).read(0, 10)).rejects.toMatchObject({ code: 'network' });
  });
});

describe('a reader who stops', () => {
  test('before the answer', async () => {
    const controller = new AbortController();
    const { url } = await serve(() => controller.abort());
    await expect(httpSource(url, FAST).read(0, 10, controller.signal)).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  test('during the wait for another attempt', async () => {
    const controller = new AbortController();
    const { url, requests } = await serve((_, response) => {
      response.writeHead(503, { 'retry-after': '4' }).end(() => {
        setTimeout(() => controller.abort(), 20);
      });
    });
    await expect(httpSource(url, FAST).read(0, 10, controller.signal)).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(requests).toHaveLength(1);
  });

  test('before asking', async () => {
    const { url, requests } = await serve(() => {});
    await expect(httpSource(url, FAST).read(0, 10, AbortSignal.abort())).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(requests).toHaveLength(0);
  });
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    requests.push(request.headers.range);
    answer(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const closeEarlier = close;
  close = () => {
    closeEarlier?.();
    server.closeAllConnections();
    server.close();
    close = undefined;
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

function rangeOf(request: IncomingMessage): [number, number] {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  return [Number(first), Number(last) + 1];
}

function sendRange(request: IncomingMessage, response: ServerResponse, file = FILE): void {
  const [start, wantedEnd] = rangeOf(request);
  const end = Math.min(wantedEnd, file.length);
  if (start >= file.length) {
    response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
    return;
  }
  response.writeHead(206, { 'content-range': `bytes ${start}-${end - 1}/${file.length}` });
  response.end(file.subarray(start, end));
}
