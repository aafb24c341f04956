import { afterEach, describe, expect, it } from 'vitest';
import type { SiteBuild } from './build-files.ts';
import { createSiteCache } from './site-cache.ts';

const SCOPE = 'https://site.example/folder/';
const SHARED = 'assets/shared-aaaaaaaa.js';
const ENGINE = 'assets/engine-worker-bbbbbbbb.js';
const ROOT = 'a'.repeat(64);

afterEach(async () => {
  for (const name of await caches.keys()) await caches.delete(name);
});

/** What the server has now, and what it was asked for. */
function createServer(files: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const server = {
    files,
    isUp: true,
    type: 'text/javascript',
    asked,
    fetch: (async (input: RequestInfo | URL) => {
      const url = input instanceof Request ? input.url : String(input);
      const path = url.slice(SCOPE.length);
      asked.push(path);
      const text = server.files[path];
      if (!server.isUp) throw new TypeError('Failed to fetch');
      const response = new Response(text ?? 'none', {
        status: text === undefined ? 404 : 200,
        headers: { 'Content-Type': server.type },
      });
      Object.defineProperty(response, 'type', { value: 'basic' });
      return response;
    }) as typeof fetch,
  };
  return server;
}

async function buildOf(version: string, files: Readonly<Record<string, string>>) {
  const hashed = Object.entries(files).map(async ([path, text]) => {
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
    const sha256 = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0'));
    return { path, sha256: sha256.join('') };
  });
  return { version, files: await Promise.all(hashed) } satisfies SiteBuild;
}

async function open(version: string, files: Readonly<Record<string, string>>) {
  const server = createServer(files);
  const build = await buildOf(version, files);
  return { server, cache: createSiteCache({ build, scope: SCOPE, caches, fetch: server.fetch }) };
}

type Opened = Awaited<ReturnType<typeof open>>;
const request = (path: string, init: RequestInit = {}): Request => new Request(SCOPE + path, init);
const navigation = (path: string): Request =>
  Object.defineProperty(request(path), 'mode', { value: 'navigate' });
async function textOf({ cache }: Opened, asked: Request): Promise<string | undefined> {
  const answer = cache.answer(asked);
  const response = await answer?.response;
  await answer?.rest;
  return response?.text();
}

const FIRST = { '': '<first>', [SHARED]: 'shared', 'assets/old-cccccccc.js': 'old' };
const NEXT = { '': '<next>', [SHARED]: 'shared', 'assets/new-dddddddd.js': 'new' };

describe('the files of the site', () => {
  it('are there without a network, the page under each of its addresses', async () => {
    const site = await open('1', FIRST);
    await site.cache.install();
    site.server.isUp = false;
    expect(await textOf(site, navigation(''))).toBe('<first>');
    expect(await textOf(site, navigation('index.html?x#/chat'))).toBe('<first>');
    expect(await textOf(site, request(SHARED))).toBe('shared');
  });

  it('are all of one version, or none is kept', async () => {
    const site = await open('1', FIRST);
    site.server.files = { ...FIRST, '': '<already the next>' };
    await expect(site.cache.install()).rejects.toThrow('not of this version');
    expect(await caches.keys()).toEqual([]);
  });

  it('are not fetched again where the version before has them', async () => {
    await (await open('1', FIRST)).cache.install();
    const next = await open('2', NEXT);
    await next.cache.install();
    expect(next.server.asked.toSorted()).toEqual(['', 'assets/new-dddddddd.js']);
  });

  it('stay for tabs of the version before, of which two are kept', async () => {
    for (const version of ['0', '1']) await (await open(version, FIRST)).cache.install();
    const next = await open('2', NEXT);
    await next.cache.install();
    await next.cache.forgetOld();
    expect(await textOf(next, request('assets/old-cccccccc.js'))).toBe('old');
    expect(await textOf(next, navigation(''))).toBe('<next>');
    const last = await open('3', { '': '<last>' });
    await last.cache.install();
    await last.cache.forgetOld();
    expect(await caches.keys()).toEqual([
      'manyhands-site-1',
      'manyhands-site-2',
      'manyhands-site-3',
    ]);
  });

  it('take a page’s new headers, and not another version of it', async () => {
    const site = await open('1', FIRST);
    await site.cache.install();
    site.server.files = NEXT;
    await textOf(site, navigation(''));
    expect(await textOf(site, navigation(''))).toBe('<first>');
  });

  it('keep no page that a server sends in place of a worker it does not have', async () => {
    const site = await open('1', FIRST);
    await site.cache.install();
    site.server.files = { ...FIRST, [ENGINE]: '<page>' };
    site.server.type = 'text/html';
    expect(await textOf(site, request(ENGINE))).toBe('<page>');
    site.server.files = { ...FIRST, [ENGINE]: 'engine' };
    site.server.type = 'text/javascript';
    expect(await textOf(site, request(ENGINE))).toBe('engine');
  });

  it('are fetched again where something else was kept under their name', async () => {
    await (await open('1', { ...FIRST, [SHARED]: '<page>' })).cache.install();
    const next = await open('2', NEXT);
    await next.cache.install();
    expect(await textOf(next, request(SHARED))).toBe('shared');
  });

  it('keep a worker once it was used', async () => {
    const site = await open('1', FIRST);
    await site.cache.install();
    site.server.files = { ...FIRST, [ENGINE]: 'engine' };
    expect(await textOf(site, request(ENGINE))).toBe('engine');
    site.server.isUp = false;
    expect(await textOf(site, request(ENGINE))).toBe('engine');
  });
});

it('shows the catalogue as it was where there is no network, and as it is where there is one', async () => {
  const site = await open('1', FIRST);
  site.server.files = { 'catalog.json': 'then', [`models/${ROOT}/manifest.json`]: 'manifest' };
  expect(await textOf(site, request('catalog.json'))).toBe('then');
  await textOf(site, request(`models/${ROOT}/manifest.json`));
  site.server.files = { ...site.server.files, 'catalog.json': 'now' };
  expect(await textOf(site, request('catalog.json'))).toBe('now');
  site.server.isUp = false;
  expect(await textOf(site, request('catalog.json'))).toBe('now');
  expect(await textOf(site, request(`models/${ROOT}/manifest.json`))).toBe('manifest');
  await expect(textOf(site, request('site.json'))).rejects.toThrow('Failed to fetch');
});

it.each([
  'v1/models',
  'api/history',
  'embed.html',
  'sdk/manyhands.js',
  'harness/assets/tab-aaaaaaaa.js',
  `models/${ROOT}/model.gguf`,
  'assets/ort-wasm-simd-threaded-aaaaaaaa.wasm',
  'service-worker.js',
])('leaves %s to the network', async (path) => {
  const { cache } = await open('1', FIRST);
  expect(cache.answer(request(path))).toBeUndefined();
  expect(cache.answer(navigation(path))).toBeUndefined();
});

it('leaves what changes something, and other origins, to the network', async () => {
  const { cache } = await open('1', FIRST);
  expect(cache.answer(request(SHARED, { method: 'POST' }))).toBeUndefined();
  expect(cache.answer(new Request(`https://other.example/${SHARED}`))).toBeUndefined();
  expect(cache.answer(new Request(`https://site.example/${SHARED}`))).toBeUndefined();
});
