import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '../log.ts';
import { entryOf, holdingOf } from '../testing/test-identity.ts';
import { connect, openSocket, type TestPeer } from '../testing/test-peer.ts';
import { startTestRelay, type TestRelay } from '../testing/test-relay.ts';

const BLOG = { key: 'blog', origins: ['https://blog.example', 'http://blog.localhost:8080'] };
let test: TestRelay;
/** What the relay complained about. */
let errors: string[] = [];
const log = { ...silentLog, error: (event: string) => void errors.push(event) };
afterEach(() => test.dispose());

async function start(sites?: readonly object[] | '*'): Promise<void> {
  errors = [];
  test = await startTestRelay({
    prepare: async (directory) => {
      await writeFile(join(directory, 'site', 'embed.html'), '<!doctype html><title>Frame</title>');
      await writeFile(join(directory, 'site', 'widget.js'), '// The element.');
    },
  });
  if (sites === undefined) return;
  const file = join(test.directory, 'sites.json');
  if (sites !== '*') await list(sites);
  test = { ...test, relay: await test.again({ log, embedSites: sites === '*' ? '*' : file }) };
}

/** Replaced in one go, as editors do. */
async function list(sites: readonly object[], text = JSON.stringify({ sites })): Promise<void> {
  const file = join(test.directory, 'sites.json');
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

const headersOf = async (path: string) => (await fetch(`${test.relay.url}${path}`)).headers;
const ancestorsOf = async (path: string) =>
  /frame-ancestors ([^;]*)/.exec((await headersOf(path)).get('content-security-policy') ?? '')?.[1];
const offer = (peer: TestPeer) =>
  peer.announce(entryOf(peer.identity, [holdingOf(test.modelRoot, 0, 1)]));
const askWhatToHold = (peer: TestPeer) =>
  peer.send({ type: 'placement-request', requestId: 1, memoryBytes: 2 ** 30 });

describe('the frame', () => {
  it('may be shown by nobody until the operator says so', async () => {
    await start();
    const headers = await headersOf('/embed.html?embed=open');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
  });

  it('may be shown by the origins of the key in its address, and no other page by anybody', async () => {
    await start([BLOG, { key: 'gone', origins: ['https://gone.example'], isRevoked: true }]);
    expect(await ancestorsOf('/embed.html?embed=blog')).toBe(BLOG.origins.join(' '));
    const headers = await headersOf('/embed.html?embed=blog');
    expect(headers.get('x-frame-options')).toBeNull();
    expect(headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(headers.get('cross-origin-opener-policy')).toBeNull();
    // A 304 would leave a copy with the list of before.
    expect(headers.get('cache-control')).toBe('no-store');
    for (const path of [
      '/embed.html',
      '/embed.html?embed=gone',
      '/embed.html?embed=nobody',
      "/embed.html?embed=blog';%20sandbox",
      '/?embed=blog',
      '/index.html?embed=blog',
      '/embed%2ehtml?embed=blog',
      '/x/embed.html?embed=blog',
    ]) {
      expect(await ancestorsOf(path), path).toBe("'none'");
      expect((await headersOf(path)).get('x-frame-options')).toBe('DENY');
    }
  });

  it('may be shown by every site where the operator is open to all', async () => {
    await start('*');
    expect(await ancestorsOf('/embed.html')).toBe('*');
    expect(await ancestorsOf('/embed.html?embed=blog')).toBe("'none'");
    expect(await ancestorsOf('/')).toBe("'none'");
  });

  it('comes with a script that pages of all kinds may load', async () => {
    await start();
    const headers = await headersOf('/widget.js');
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(headers.get('cache-control')).toContain('stale-while-revalidate');
  });
});

describe('a list of sites', () => {
  it.each([
    ['an origin with more behind it', [{ key: 'a', origins: ['https://a.example; script-src *'] }]],
    ['a wildcard', [{ key: 'a', origins: ['*'] }]],
    ['a key twice', [BLOG, BLOG]],
    ['a misspelt field', [{ ...BLOG, revoked: true }]],
  ])('with %s keeps the relay from starting', async (_, sites) => {
    await start();
    await list(sites);
    const embedSites = join(test.directory, 'sites.json');
    await expect(test.again({ embedSites })).rejects.toMatchObject({ code: 'bad-setting' });
  });

  it('goes on to count where an edit of it cannot be read', async () => {
    await start([BLOG]);
    await list([], '{"sites": [');
    const late = { ...BLOG, key: 'late' };
    await vi.waitFor(() => expect(errors).toEqual(['embed-sites-unreadable']), { timeout: 15_000 });
    expect(await ancestorsOf('/embed.html?embed=blog')).toBe(BLOG.origins.join(' '));
    await list([BLOG, late]);
    const isRead = async () =>
      expect(await ancestorsOf('/embed.html?embed=late')).toContain('https://blog.example');
    await vi.waitFor(isRead, { timeout: 15_000, interval: 20 });
  });
});

describe('a key', () => {
  it('that nobody listed opens no socket', async () => {
    await start([BLOG]);
    const peer = await openSocket(test.relay, { embedKey: 'nobody' });
    expect(await peer.next('refused')).toMatchObject({ code: 'embed-refused', fatal: true });
    await peer.closed();
  });

  it('that is revoked closes its sockets at once, and no others', async () => {
    await start([BLOG]);
    const framed = await connect(test.relay, { embedKey: 'blog' });
    const own = await connect(test.relay);
    await offer(framed);
    await vi.waitFor(() => expect(test.relay.volunteerCount).toBe(1));
    await list([{ ...BLOG, isRevoked: true }]);
    expect(await framed.next('refused')).toMatchObject({ code: 'embed-refused', fatal: true });
    await framed.closed();
    expect(test.relay.volunteerCount).toBe(0);
    expect(test.relay.peerCount).toBe(1);
    expect(await ancestorsOf('/embed.html?embed=blog')).toBe("'none'");
    own.close();
  });

  it('lets only so many contribute, and another when one leaves', async () => {
    await start([{ ...BLOG, volunteersMax: 1 }]);
    const [first, second, own] = [
      await connect(test.relay, { embedKey: 'blog' }),
      await connect(test.relay, { embedKey: 'blog' }),
      await connect(test.relay),
    ];
    askWhatToHold(first);
    await first.next('placement-proposal');
    // Before it downloads anything.
    askWhatToHold(second);
    expect(await second.next('refused')).toMatchObject({ code: 'embed-full', fatal: false });
    await offer(first);
    await offer(second);
    expect(await second.next('refused')).toMatchObject({ code: 'embed-full' });
    await offer(own);
    await vi.waitFor(() => expect(test.relay.volunteerCount).toBe(2));
    first.send({ type: 'withdraw' });
    await vi.waitFor(() => expect(test.relay.volunteerCount).toBe(1));
    askWhatToHold(second);
    await second.next('placement-proposal');
    for (const peer of [first, second, own]) peer.close();
  });

  it('lets only so much be asked a minute', async () => {
    await start([{ ...BLOG, promptsPerMinute: 2 }]);
    const peer = await connect(test.relay, { embedKey: 'blog' });
    const watch = { type: 'watch', modelRoot: test.modelRoot, candidatesMax: 8 } as const;
    const unwatch = { type: 'unwatch', modelRoot: test.modelRoot } as const;
    for (let count = 0; count < 2; count += 1) {
      peer.send(watch);
      await peer.next('directory');
      // A heartbeat of the same watch is no other question.
      peer.send(watch);
      await peer.next('directory');
      peer.send(unwatch);
    }
    peer.send(watch);
    expect(await peer.next('refused')).toMatchObject({ code: 'embed-busy', fatal: false });
    peer.close();
  });
});
