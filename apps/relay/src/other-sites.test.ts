import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Relay } from './create-relay.ts';
import { entryOf, holdingOf } from './testing/test-identity.ts';
import { connect, openSocket } from './testing/test-peer.ts';
import { startTestRelay, type TestRelay } from './testing/test-relay.ts';

const SITE = 'https://site.example';
const FRIEND = 'https://friend.example';
let test: TestRelay;
let friendly: Relay;
beforeAll(async () => {
  test = await startTestRelay({
    prepare: async (directory) => {
      await mkdir(join(directory, 'sdk'));
      await writeFile(join(directory, 'sdk', 'manyhands.js'), 'export {};');
    },
  });
  friendly = await test.again({ askers: [FRIEND], sdkDir: join(test.directory, 'sdk') });
});
afterAll(() => test.dispose());

const get = (relay: Relay, path: string, origin: string, init: RequestInit = {}) =>
  fetch(`${relay.url}${path}`, { ...init, headers: { Origin: origin, ...init.headers } });

describe('a page of another site', () => {
  it.each(['/catalog.json', '/models/ROOT/manifest.json', '/models/ROOT/model.gguf'])(
    'reads %s',
    async (path) => {
      const headers = { Range: 'bytes=0-9' };
      const there = path.replace('ROOT', test.modelRoot);
      const answer = await get(test.relay, there, SITE, { headers });
      expect(answer.ok).toBe(true);
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      expect(answer.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
      expect(answer.headers.get('access-control-expose-headers')).toContain('Content-Range');
      await answer.body?.cancel();
    },
  );

  it('may ask beforehand whether it may send a range', async () => {
    const path = `/models/${test.modelRoot}/model.gguf`;
    const answer = await get(test.relay, path, SITE, { method: 'OPTIONS' });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-allow-headers')).toContain('Range');
    expect((await get(test.relay, '/', SITE, { method: 'OPTIONS' })).status).toBe(405);
  });

  it.each(['/', '/healthz', '/metrics'])('does not read %s', async (path) => {
    const answer = await get(test.relay, path, SITE);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin');
  });

  it('asks, and cannot offer compute', async () => {
    const page = await connect(test.relay, { origin: SITE });
    page.send({ type: 'watch', modelRoot: test.modelRoot, candidatesMax: 1 });
    expect(await page.next('directory')).toMatchObject({ modelRoot: test.modelRoot });
    await page.announce(entryOf(page.identity, [holdingOf(test.modelRoot, 0, 1)]));
    expect(await page.next('refused')).toMatchObject({ code: 'bad-origin', fatal: false });
    expect(test.relay.volunteerCount).toBe(0);
    page.send({ type: 'placement-request', requestId: 1, memoryBytes: 2 ** 30 });
    expect(await page.next('refused')).toMatchObject({ code: 'bad-origin', fatal: false });
    page.close();
  });
});

describe('a relay with a list of sites', () => {
  it('serves the SDK to those on it, and each answer to its own reader alone', async () => {
    for (const path of ['/sdk/manyhands.js', `/models/${test.modelRoot}/model.gguf`]) {
      const friend = await get(friendly, path, FRIEND);
      expect(friend.ok).toBe(true);
      expect(friend.headers.get('access-control-allow-origin')).toBe(FRIEND);
      expect(friend.headers.get('vary')).toContain('Origin');
      const stranger = await get(friendly, path, SITE);
      expect(stranger.headers.get('access-control-allow-origin')).toBeNull();
      expect(stranger.headers.get('vary')).toContain('Origin');
      await Promise.all([friend.body?.cancel(), stranger.body?.cancel()]);
    }
  });

  it('lets those on it ask and nobody else', async () => {
    const friend = await connect(friendly, { origin: FRIEND });
    friend.close();
    for (const origin of [SITE, null]) {
      const stranger = await openSocket(friendly, { origin });
      expect(await stranger.next('refused')).toMatchObject({ code: 'bad-origin', fatal: true });
      expect(await stranger.closed()).toBe(1008);
    }
  });
});

it('keeps room for volunteers while other sites take all they may', async () => {
  const relay = await test.again({ askingSocketsMax: 1 });
  const first = await connect(relay, { origin: SITE });
  const second = await openSocket(relay, { origin: SITE });
  expect(await second.next('refused')).toMatchObject({ code: 'too-many-sockets', fatal: true });
  const volunteer = await connect(relay);
  first.close();
  await first.closed();
  await connect(relay, { origin: SITE });
  volunteer.close();
});
