import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { parseCatalogView } from '@manyhands/model/catalog';
import { verifyManifest } from '@manyhands/model/manifest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startTestRelay, type TestRelay } from '../testing/test-relay.ts';

const SCRIPT = `export const words = ${JSON.stringify('many hands '.repeat(300))};`;
let test: TestRelay;
beforeAll(async () => {
  test = await startTestRelay({
    connectSources: ['http://mirror.example:1234'],
    prepare: async (directory) => {
      const site = join(directory, 'site');
      await mkdir(join(site, 'assets'));
      await writeFile(join(site, 'assets', 'main-AbCd_-12.js'), SCRIPT);
      await writeFile(join(site, 'assets', 'engine-AbCd1234.wasm'), new Uint8Array(8));
      await writeFile(join(site, 'plain.js'), 'let a;');
      await writeFile(join(site, '.hidden'), 'secret');
      await writeFile(join(directory, 'secret.txt'), 'secret');
      await symlink(join(directory, 'secret.txt'), join(site, 'linked.txt'));
    },
  });
});
afterAll(() => test.dispose());

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${test.relay.url}${path}`, { headers, method });

/** `fetch` normalises paths; this sends them as they are. */
function rawGet(path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: test.relay.port, path };
    request(options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });
}

describe('the site', () => {
  it('serves pages that are always asked for again, and answers 304 where nothing changed', async () => {
    const page = await get('/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    expect(await page.text()).toContain('<title>Site</title>');
    const etag = page.headers.get('etag') ?? '';
    expect((await get('/', { 'If-None-Match': etag })).status).toBe(304);
    expect((await get('/', { 'If-None-Match': '"other"' })).status).toBe(200);
  });

  it('serves hashed assets for ever, compressed, with their types', async () => {
    const script = await get('/assets/main-AbCd_-12.js');
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(script.headers.get('content-encoding')).toBe('gzip');
    expect(await script.text()).toBe(SCRIPT);
    const plain = await get('/assets/main-AbCd_-12.js', { 'Accept-Encoding': 'gzip;q=0' });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(plain.headers.get('vary')).toBe('Accept-Encoding, Origin');
    expect(await plain.text()).toBe(SCRIPT);
    const wasm = await get('/assets/engine-AbCd1234.wasm');
    expect(wasm.headers.get('content-type')).toBe('application/wasm');
    expect((await get('/plain.js')).headers.get('cache-control')).toBe('no-cache');
  });

  it('carries strict headers on every answer', async () => {
    for (const path of ['/', '/catalog.json', '/missing']) {
      const { headers } = await get(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'");
      const host = `127.0.0.1:${test.relay.port}`;
      expect(policy).toContain(
        `connect-src 'self' ws://${host} wss://${host} https: http://mirror.example:1234;`,
      );
      expect(policy).toContain("frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-embedder-policy')).toBe('require-corp');
      expect(headers.get('permissions-policy')).toContain('camera=()');
    }
  });

  it('puts no strange host into the policy', async () => {
    const policy = await new Promise<string>((resolve) => {
      const headers = { host: "x; script-src 'unsafe-inline'" };
      request({ host: '127.0.0.1', port: test.relay.port, headers }, (response) => {
        response.resume();
        resolve(String(response.headers['content-security-policy']));
      }).end();
    });
    expect(policy).not.toContain('unsafe-inline');
  });

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/../../secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/.hidden',
    '/linked.txt',
    '//secret.txt',
    '/assets',
    '/assets/',
    '/index.html%00.js',
    '/models/../secret.txt',
  ])('has nothing at %s', async (path) => {
    const { status, body } = await rawGet(path);
    expect(status).toBe(404);
    expect(body).toBe('Not found.');
  });

  it.each(['/%', '/%zz', `/${'x'.repeat(3000)}`])('refuses the path %s', async (path) => {
    expect((await rawGet(path)).status).toBe(400);
  });

  it('answers only GET and HEAD', async () => {
    const answer = await get('/', {}, 'POST');
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
    const head = await get('/assets/main-AbCd_-12.js', { 'Accept-Encoding': 'identity' }, 'HEAD');
    expect(head.headers.get('content-length')).toBe(String(SCRIPT.length));
    expect(await head.text()).toBe('');
  });

  it('upgrades only at /relay', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${test.relay.port}/other`);
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve));
    expect(error.message).toContain('404');
  });
});

describe('models', () => {
  it('lists the model with where its manifest and bytes are', async () => {
    const answer = await get('/catalog.json');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    const { entries } = parseCatalogView(await answer.json());
    expect(entries[0]).toMatchObject({
      id: 'tiny',
      status: 'ready',
      modelRoot: test.modelRoot,
      manifestUrl: `/models/${test.modelRoot}/manifest.json`,
      sourceUrls: [`/models/${test.modelRoot}/model.gguf`],
      sizeBytes: test.modelBytes.length,
      blockCount: 4,
    });
  });

  it('serves a manifest that the root names', async () => {
    const answer = await get(`/models/${test.modelRoot}/manifest.json`);
    expect(answer.headers.get('cache-control')).toContain('immutable');
    const manifest = await verifyManifest(await answer.json(), test.modelRoot);
    expect(manifest.fileBytes).toBe(test.modelBytes.length);
  });

  const file = () => `/models/${test.modelRoot}/model.gguf`;

  it('serves the whole file, and its size to HEAD', async () => {
    const answer = await get(file());
    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).toBe(`"${test.modelRoot}"`);
    expect(answer.headers.get('accept-ranges')).toBe('bytes');
    expect(answer.headers.get('cache-control')).toContain('immutable');
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(test.modelBytes);
    const head = await get(file(), {}, 'HEAD');
    expect(head.headers.get('content-length')).toBe(String(test.modelBytes.length));
  });

  it.each([
    ['bytes=0-99', 0, 100],
    ['bytes=100-', 100, undefined],
    ['bytes=-7', -7, undefined],
    ['bytes=5-99999999', 5, undefined],
  ])('serves %s', async (range, start, end) => {
    const answer = await get(file(), { Range: range });
    expect(answer.status).toBe(206);
    const expected = test.modelBytes.slice(start, end);
    const first = start < 0 ? test.modelBytes.length + start : start;
    expect(answer.headers.get('content-range')).toBe(
      `bytes ${first}-${first + expected.length - 1}/${test.modelBytes.length}`,
    );
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(expected);
  });

  it.each(['bytes=99999999-', 'bytes=-0'])('answers 416 to %s', async (range) => {
    const answer = await get(file(), { Range: range });
    expect(answer.status).toBe(416);
    expect(answer.headers.get('content-range')).toBe(`bytes */${test.modelBytes.length}`);
  });

  it.each(['bytes=0-1,5-6', 'lines=1-2', 'bytes=9-5', 'bytes=-'])(
    'sends the whole for %s, which is no single range',
    async (range) => {
      const answer = await get(file(), { Range: range });
      expect(answer.status).toBe(200);
      await answer.body?.cancel();
    },
  );

  it('sends a range only of the version that If-Range names', async () => {
    const etag = `"${test.modelRoot}"`;
    const same = await get(file(), { Range: 'bytes=0-0', 'If-Range': etag });
    expect(same.status).toBe(206);
    const other = await get(file(), { Range: 'bytes=0-0', 'If-Range': '"other"' });
    expect(other.status).toBe(200);
    await other.body?.cancel();
    expect((await get(file(), { 'If-None-Match': etag })).status).toBe(304);
  });

  it('has no file of a model it does not know', async () => {
    expect((await get(`/models/${'f'.repeat(64)}/model.gguf`)).status).toBe(404);
    expect((await get(`/models/${test.modelRoot}/other.gguf`)).status).toBe(404);
  });

  it('serves no file that changed, and hashes it again', async () => {
    const path = join(test.directory, 'tiny.gguf');
    await utimes(path, new Date(), new Date(1_000_000));
    expect((await get(file())).status).toBe(404);
    await test.relay.models.settled();
    expect((await get(file(), { Range: 'bytes=0-0' })).status).toBe(206);
  });
});

describe('an operator', () => {
  it('is named by the settings, or else by a file of the site', async () => {
    await writeFile(join(test.directory, 'site', 'site.json'), '{"operator":{"name":"A file"}}');
    expect(await (await get('/site.json')).json()).toEqual({ operator: { name: 'A file' } });
    const operator = { name: 'A club', contact: 'mailto:us@example.org' };
    const named = await test.again({ operator });
    expect(await (await fetch(`${named.url}/site.json`)).json()).toEqual({ operator });
  });

  it('may have the site at another host, whose pages read the catalogue', async () => {
    const relay = await test.again({ origins: ['https://site.example'], askers: [] });
    const readAs = async (origin: string) => {
      const response = await fetch(`${relay.url}/catalog.json`, { headers: { origin } });
      return response.headers.get('access-control-allow-origin');
    };
    expect(await readAs('https://site.example')).toBe('https://site.example');
    expect(await readAs('https://other.example')).toBeNull();
  });

  it('sees health and metrics', async () => {
    const health = await get('/healthz');
    expect(await health.json()).toEqual({ status: 'ok', peers: 0, volunteers: 0 });
    const metrics = await get('/metrics');
    expect(metrics.headers.get('content-type')).toContain('text/plain');
    expect(await metrics.text()).toContain('manyhands_relay_models_ready 1');
  });

  it('adds folders besides the site', async () => {
    await mkdir(join(test.directory, 'extra'));
    await writeFile(join(test.directory, 'extra', 'eval.html'), 'eval');
    const relay = await test.again({ staticDirs: { '/harness': join(test.directory, 'extra') } });
    expect(await (await fetch(`${relay.url}/harness/eval.html`)).text()).toBe('eval');
    expect((await fetch(`${relay.url}/eval.html`)).status).toBe(404);
  });
});
