import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { parseWholeGguf } from '../gguf/parse-gguf.ts';
import { readConfig } from '../gguf/read-config.ts';
import { createManifest } from '../manifest-create.ts';
import { manifestRoot } from '../manifest-root.ts';
import { memorySource } from '../memory-source.ts';
import { stageTensors } from '../stage-tensors.ts';
import type { TensorInfo } from '../tensor.ts';
import { ATTEMPTS_MAX } from './limits.ts';
import { createMemoryCache } from './memory-cache.ts';
import type { WeightProgress } from './meter.ts';
import type { PieceCache } from './piece-cache.ts';
import { createPieceTable } from './piece-table.ts';
import {
  type RangeServer,
  type Route,
  rangeOf,
  sendRange,
  startRangeServer,
} from './range-server.ts';
import { openWeightStore, type WeightStore, type WeightStoreOptions } from './weight-store.ts';

const pip = new Uint8Array(
  await readFile(new URL('../../../../apps/web/models/pip-7m-q8_0.gguf', import.meta.url)),
);
const manifest = await createManifest(memorySource(pip));
const modelRoot = await manifestRoot(manifest);
const manifestJson = new TextEncoder().encode(JSON.stringify(manifest));
const wholeStage = { firstBlock: 0, endBlock: 8, embeds: true, heads: true };
/** Embedding and last block lie megabytes apart in the file. */
const farApartStage = { firstBlock: 7, endBlock: 8, embeds: true, heads: true };
const middleStage = { firstBlock: 3, endBlock: 5, embeds: false, heads: false };
const timing = { stallMs: 300, backoffMs: 1 };

/** Lies inside block 3, whose tensors the middle stage loads. */
const badTensor = tensorNamed('blk.3.ffn_down.weight');
const corrupted = pip.slice();
corrupted[badTensor.offset + 1000] = (corrupted[badTensor.offset + 1000] ?? 0) ^ 1;

const handlers: Record<string, Route> = {};
const server: RangeServer = await startRangeServer({
  '/manifest.json': (_, response) => response.end(manifestJson),
  '/model.gguf': pip,
  '/corrupted.gguf': corrupted,
  '/another.gguf': createTinyModel(),
  '/no-range.gguf': (_, response) => response.end(pip),
  '/no-json': (_, response) => response.end('<html>'),
  '/special.gguf': (request, response) => handle('/special.gguf', request, response),
  '/special.json': (request, response) => handle('/special.json', request, response),
});

function handle(path: string, request: IncomingMessage, response: ServerResponse): void {
  const route = handlers[path];
  if (typeof route === 'function') route(request, response);
}

const stores: WeightStore[] = [];
afterEach(() => {
  for (const store of stores.splice(0)) store.close();
  server.reset();
});
afterAll(() => server.close());

describe('a first visit', () => {
  it('yields every byte of the model in pieces of at most 1 MiB', async () => {
    const store = await open();
    const tensors = store.plan(stageOf(wholeStage));
    for (const tensor of tensors) {
      const bytes = await collect(store, tensor);
      const expected = pip.subarray(tensor.offset, tensor.offset + tensor.byteLength);
      expect(Buffer.compare(bytes, expected)).toBe(0);
    }
    expect(store.progress()).toMatchObject({ repairedPieces: 0, cacheState: 'kept' });
  });

  it.each([
    ['middle blocks', middleStage],
    ['tensors far apart', farApartStage],
  ])('downloads at most 1.1 times the bytes of %s, in few requests', async (_, range) => {
    const store = await open();
    const ownBytes = await load(store, range);
    expect(server.sentBytes).toBeGreaterThanOrEqual(ownBytes);
    expect(server.sentBytes).toBeLessThan(1.1 * ownBytes);
    expect(store.progress().networkBytes).toBe(server.sentBytes);
    expect(server.requests.filter((path) => path === '/model.gguf').length).toBeLessThanOrEqual(3);
  });

  it('downloads no more than that when tensors are read in another order', async () => {
    const store = await open();
    const tensors = store.plan(stageOf(wholeStage)).reverse();
    for (const tensor of tensors) await collect(store, tensor);
    const ownBytes = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(server.sentBytes).toBeLessThan(1.1 * ownBytes);
  });

  it('serves readers that read at the same time, each with its own buffers', async () => {
    const store = await open();
    const tensor = tensorNamed('token_embd.weight');
    const both = await Promise.all([collect(store, tensor), collect(store, tensor)]);
    const expected = pip.subarray(tensor.offset, tensor.offset + tensor.byteLength);
    for (const bytes of both) expect(Buffer.compare(bytes, expected)).toBe(0);
  });

  it('reports progress up to the end, never beyond', async () => {
    const seen: WeightProgress[] = [];
    const store = await open({ onProgress: (progress) => seen.push(progress) });
    const ownBytes = await load(store, middleStage);
    const last = seen.at(-1);
    expect(last).toMatchObject({ loadedBytes: ownBytes, totalBytes: ownBytes });
    for (const { loadedBytes } of seen) expect(loadedBytes).toBeLessThanOrEqual(ownBytes);
  });

  it('gives the header to a requester without downloading weights', async () => {
    const store = await open();
    const header = parseWholeGguf(await store.readHeader(), store.manifest.fileBytes);
    expect(readConfig(header)).toEqual(manifest.config);
    expect(server.sentBytes).toBe(manifest.header.byteLength);
  });

  it('refuses tensors that the manifest does not have', async () => {
    const store = await open();
    const moved = { ...tensorNamed('output_norm.weight'), offset: 32 };
    await expect(collect(store, moved)).rejects.toMatchObject({ code: 'missing-tensor' });
  });
});

describe('a second visit', () => {
  it('asks the network for nothing', async () => {
    const cache = createMemoryCache();
    await load(await open({ cache }), middleStage);
    server.reset();
    const store = await open({ cache });
    const ownBytes = await load(store, middleStage);
    expect(server.requests).toEqual([]);
    expect(store.progress()).toMatchObject({ networkBytes: 0, loadedBytes: ownBytes });
  });

  it.each<[string, (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>]>([
    ['one flipped bit', (bytes) => bytes.map((byte, index) => (index === 17 ? byte ^ 4 : byte))],
    ['a write that was cut short', (bytes) => bytes.slice(0, bytes.length / 2)],
    ['an empty file', () => new Uint8Array(0)],
  ])('repairs %s in the cache with that piece alone', async (_, damage) => {
    const cache = createMemoryCache();
    await load(await open({ cache }), middleStage);
    const [piece] = createPieceTable(manifest).tensors.get(badTensor.name)?.pieces ?? [];
    if (piece === undefined) throw new Error('the tensor has no piece');
    const model = await cache.open(modelRoot);
    const bytes = await model.read(piece.slot);
    await model.write(piece.slot, damage(bytes ?? new Uint8Array(0)));
    server.reset();

    const store = await open({ cache });
    await load(store, middleStage);
    expect(store.progress().repairedPieces).toBe(1);
    expect(server.sentBytes).toBe(piece.end - piece.start);

    server.reset();
    const third = await open({ cache });
    await load(third, middleStage);
    expect(third.progress().repairedPieces).toBe(0);
    expect(server.requests).toEqual([]);
  });

  it('fetches a damaged manifest again and keeps the good one', async () => {
    const cache = createMemoryCache();
    const model = await cache.open(modelRoot);
    for (const damaged of ['{', JSON.stringify({ ...manifest, fileBytes: 1e9 })]) {
      await model.writeManifest(damaged);
      server.reset();
      await open({ cache });
      expect(server.requests).toEqual(['/manifest.json']);
      server.reset();
      await open({ cache });
      expect(server.requests).toEqual([]);
    }
  });
});

describe('an interrupted load', () => {
  it('keeps what arrived and fetches only the rest next time', async () => {
    const cache = createMemoryCache();
    const stop = new AbortController();
    const store = await open({ cache });
    const tensors = store.plan(stageOf(wholeStage));
    let readBytes = 0;
    const reading = (async () => {
      for (const tensor of tensors) {
        readBytes += (await collect(store, tensor, stop.signal)).length;
        if (readBytes > 3e6) stop.abort();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'aborted' });
    store.close();
    const keptBytes = await (await cache.open(modelRoot)).usedBytes();
    expect(keptBytes).toBeGreaterThanOrEqual(readBytes);

    server.reset();
    const ownBytes = await load(await open({ cache }), wholeStage);
    expect(server.sentBytes).toBeLessThan(ownBytes - keptBytes + 0.1 * ownBytes);
  });

  it('ends reads that wait when the store is closed', async () => {
    handlers['/special.gguf'] = () => undefined;
    const store = await open({
      sources: ['/special.gguf'],
      timing: { stallMs: 60_000, backoffMs: 1 },
    });
    const reading = collect(store, badTensor);
    store.close();
    await expect(reading).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('mirrors', () => {
  it('refuses a file that was corrupted on its server, and keeps nothing of the bad piece', async () => {
    const cache = createMemoryCache();
    const store = await open({ cache, sources: ['/corrupted.gguf'] });
    const got: number[] = [];
    const reading = (async () => {
      for await (const bytes of store.readTensor(badTensor)) got.push(bytes.length);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'hash-mismatch' });
    expect(got).toEqual([]);
    expect(await (await cache.open(modelRoot)).usedBytes()).toBe(0);
  });

  it.each(['/corrupted.gguf', '/another.gguf', '/no-range.gguf', '/missing.gguf'])(
    'goes on with the next one after %s',
    async (path) => {
      const store = await open({ sources: [path, '/model.gguf'] });
      const ownBytes = await load(store, middleStage);
      expect(store.progress().loadedBytes).toBe(ownBytes);
      // The mirror that failed is not asked again while another works.
      expect(server.requests.filter((asked) => asked === path).length).toBeLessThanOrEqual(3);
    },
  );

  it.each([
    ['/no-range.gguf', 'range-unsupported'],
    ['/missing.gguf', 'not-found'],
    ['/another.gguf', 'hash-mismatch'],
  ])('says why %s alone does not do', async (path, code) => {
    const store = await open({ sources: [path] });
    await expect(collect(store, badTensor)).rejects.toMatchObject({ code });
    expect(store.progress().loadedBytes).toBe(0);
  });

  it('says that a model without sources has none', async () => {
    const store = await open({ sources: [] });
    await expect(collect(store, badTensor)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('tries again when a connection breaks or stalls, keeping the pieces that came', async () => {
    let requestCount = 0;
    handlers['/special.gguf'] = (request, response) => {
      requestCount += 1;
      if (requestCount === 1) return void request.socket.destroy();
      if (requestCount === 2) return void response.writeHead(503).end();
      if (requestCount > 3) return void sendRange(request, response, pip);
      const [start, end] = rangeOf(request) ?? [0, 0];
      response.writeHead(206, { 'content-length': end - start });
      // Half of what was asked for, then silence.
      response.write(pip.subarray(start, start + (end - start) / 2));
    };
    const store = await open({ sources: ['/special.gguf'] });
    const ownBytes = await load(store, middleStage);
    expect(store.progress().loadedBytes).toBe(ownBytes);
    expect(requestCount).toBeGreaterThanOrEqual(4);
  });

  it('gives up after a bounded number of attempts', async () => {
    let requestCount = 0;
    handlers['/special.gguf'] = (request) => {
      requestCount += 1;
      request.socket.destroy();
    };
    const store = await open({ sources: ['/special.gguf'] });
    await expect(collect(store, badTensor)).rejects.toMatchObject({ code: 'network' });
    expect(requestCount).toBe(ATTEMPTS_MAX);
  });
});

describe('the cache', () => {
  it('may be full: the load goes on and says so', async () => {
    const store = await open({ cache: createMemoryCache(500_000) });
    const ownBytes = await load(store, middleStage);
    expect(store.progress()).toMatchObject({ loadedBytes: ownBytes, cacheState: 'full' });
  });

  it('makes room before a download, and only then', async () => {
    const cache = createMemoryCache();
    const old = await cache.open('old');
    await old.write(0, new Uint8Array(1_000_000));
    old.close();
    await cache.setKeepBytesMax(pip.length);
    const store = await open({ cache });
    await load(store, middleStage);
    store.close();
    const kept = async () => (await cache.report()).map((model) => model.modelRoot);
    expect(await kept()).toEqual(['old', modelRoot]);
    await load(await open({ cache }), wholeStage);
    expect(await kept()).toEqual([modelRoot]);
  });

  it('is bounded by the person: the load goes on and keeps no more', async () => {
    const cache = createMemoryCache();
    await cache.setKeepBytesMax(500_000);
    const store = await open({ cache });
    const ownBytes = await load(store, middleStage);
    expect(store.progress()).toMatchObject({ loadedBytes: ownBytes, cacheState: 'full' });
    expect((await cache.report())[0]?.bytes).toBeLessThanOrEqual(500_000);
  });

  it('may be unusable: the load goes on and says so', async () => {
    const broken: PieceCache = {
      ...createMemoryCache(),
      open: () => Promise.reject(new DOMException('', 'UnknownError')),
    };
    const store = await open({ cache: broken });
    await load(store, middleStage);
    expect(store.progress().cacheState).toBe('temporary');
  });
});

describe('the manifest', () => {
  it.each([
    ['of another model', '/manifest.json', 'hash-mismatch'],
    ['that is a web page', '/no-json', 'bad-manifest'],
    ['that does not exist', '/nothing', 'not-found'],
  ])('is refused: one %s', async (_, path, code) => {
    const opening = open({ modelRoot: 'f'.repeat(64), manifestUrl: `${server.origin}${path}` });
    await expect(opening).rejects.toMatchObject({ code });
  });

  it('is asked for again when the relay is busy', async () => {
    let requestCount = 0;
    handlers['/special.json'] = (_, response) => {
      requestCount += 1;
      if (requestCount < 3) response.writeHead(503).end();
      else response.end(manifestJson);
    };
    const store = await open({ manifestUrl: `${server.origin}/special.json` });
    expect(store.manifest).toEqual(manifest);
  });
});

type Overrides = Partial<WeightStoreOptions> & { readonly sources?: readonly string[] };

async function open({ sources = ['/model.gguf'], ...options }: Overrides = {}) {
  const store = await openWeightStore({
    modelRoot,
    manifestUrl: `${server.origin}/manifest.json`,
    sourceUrls: sources.map((path) => server.origin + path),
    cache: createMemoryCache(),
    timing,
    ...options,
  });
  stores.push(store);
  return store;
}

function stageOf(range: typeof wholeStage): TensorInfo[] {
  return stageTensors(manifest.config, manifest.tensors, range);
}

/** Reads a stage as the engine does; returns the bytes of its tensors. */
async function load(store: WeightStore, range: typeof wholeStage): Promise<number> {
  let byteLength = 0;
  for (const tensor of store.plan(stageOf(range)))
    byteLength += (await collect(store, tensor)).length;
  return byteLength;
}

async function collect(
  store: WeightStore,
  tensor: TensorInfo,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const all = new Uint8Array(tensor.byteLength);
  let at = 0;
  for await (const bytes of store.readTensor(tensor, signal)) {
    expect(bytes.length).toBeLessThanOrEqual(1024 * 1024);
    // Detaches the store's buffer, as posting it to another thread would.
    const own = structuredClone(bytes, { transfer: [bytes.buffer] });
    all.set(own, at);
    at += own.length;
  }
  return all.subarray(0, at);
}

function tensorNamed(name: string): TensorInfo {
  const tensor = manifest.tensors.find((known) => known.name === name);
  if (tensor === undefined) throw new Error(`pip has no ${name}`);
  return tensor;
}
