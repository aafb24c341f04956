import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RELAY_MESSAGE_BYTES_MAX } from '@manyhands/protocol/limits';
import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createTestIdentity, entryOf, holdingOf } from '../testing/test-identity.ts';
import { connect, openSocket } from '../testing/test-peer.ts';
import {
  startTestRelay,
  type TestRelay,
  type TestRelayOptions,
  tinyEntry,
} from '../testing/test-relay.ts';

const started: TestRelay[] = [];
async function start(options: TestRelayOptions = {}): Promise<TestRelay> {
  const test = await startTestRelay(options);
  started.push(test);
  return test;
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((test) => test.dispose()));
});

describe('limits of a socket', () => {
  it('closes a socket whose message is over 64 KiB', async () => {
    const { relay } = await start();
    const peer = await connect(relay);
    peer.sendText('x'.repeat(RELAY_MESSAGE_BYTES_MAX + 1));
    expect(await peer.closed()).toBe(1009);
    await vi.waitFor(() => expect(relay.peerCount).toBe(0));
  });

  it('closes a socket whose message has more than 64 fragments', async () => {
    const { relay } = await start();
    const peer = await connect(relay);
    for (let index = 0; index < 70; index += 1) peer.socket.send(' ', { fin: false });
    expect(await peer.closed()).toBe(1008);
  });

  it('takes 64 fragments as one message', async () => {
    const { relay } = await start();
    const peer = await connect(relay);
    const text = '{"type":"watch-network"}'.padEnd(64, ' ');
    for (const [index, letter] of [...text].entries()) {
      peer.socket.send(letter, { fin: index === 63 });
    }
    expect((await peer.next('network')).type).toBe('network');
  });

  it('refuses malformed and binary messages and closes after the third', async () => {
    const { relay } = await start();
    const peer = await connect(relay);
    peer.sendText('{"type":"nonsense"}');
    expect(await peer.next('refused')).toMatchObject({ code: 'malformed', fatal: false });
    peer.socket.send(new Uint8Array(4));
    expect(await peer.next('refused')).toMatchObject({ code: 'malformed', fatal: false });
    peer.send({ type: 'withdraw', more: 1 } as never);
    expect(await peer.next('refused')).toMatchObject({ code: 'malformed', fatal: true });
    expect(await peer.closed()).toBe(1008);
  });

  it('delays what is over the rate and closes a socket that goes on', async () => {
    let nowMs = Date.now();
    const { relay } = await start({ now: () => nowMs });
    const peer = await connect(relay);
    // Two of the burst of 60 were the handshake.
    for (let index = 0; index < 80; index += 1) {
      peer.send({ type: 'placement-request', requestId: index, memoryBytes: 1 });
    }
    await peer.next('placement-proposal', (answer) => answer.requestId === 57);
    const answers = () => peer.received.filter((each) => each.type === 'placement-proposal').length;
    expect(answers()).toBe(58);
    nowMs += 500;
    await peer.next('placement-proposal', (answer) => answer.requestId === 67);
    expect(answers()).toBe(68);
    for (let index = 0; index < 300; index += 1) peer.send({ type: 'withdraw' });
    expect(await peer.next('refused')).toMatchObject({ code: 'too-fast', fatal: true });
    expect(await peer.closed()).toBe(1008);
  });

  it('refuses more sockets of an address than allowed, and takes them when others closed', async () => {
    const { relay } = await start({ socketsPerAddressMax: 2 });
    const first = await connect(relay);
    await connect(relay);
    const third = await openSocket(relay);
    expect(await third.next('refused')).toMatchObject({ code: 'too-many-sockets', fatal: true });
    expect(await third.closed()).toBe(1008);
    first.close();
    await vi.waitFor(() => expect(relay.peerCount).toBe(1));
    await vi.waitFor(async () => (await connect(relay)).close());
  });

  it('counts addresses as the trusted proxy saw them, whatever the sender wrote before', async () => {
    const { relay } = await start({ socketsPerAddressMax: 1, trustedProxyHops: 1 });
    const from = (header: string) => ({ headers: { 'X-Forwarded-For': header } });
    await connect(relay, from('203.0.113.1'));
    await connect(relay, from('203.0.113.2'));
    const third = await openSocket(relay, from('198.51.100.7, 203.0.113.1'));
    expect(await third.next('refused')).toMatchObject({ code: 'too-many-sockets' });
  });

  it('refuses more than eight watched models', async () => {
    const entries = Array.from({ length: 9 }, (_, index) => catalogEntryOf(index));
    const { relay } = await start({
      entries,
      prepare: async (directory) => {
        for (let index = 0; index < 9; index += 1) {
          const bytes = createTinyModel({ blockCount: 1, seed: index + 10 });
          await writeFile(join(directory, `tiny-${index}.gguf`), bytes);
        }
      },
    });
    const peer = await connect(relay);
    const roots = relay.models.list().map((model) => model.modelRoot);
    expect(roots).toHaveLength(10);
    for (const modelRoot of roots.slice(0, 9)) {
      peer.send({ type: 'watch', modelRoot, candidatesMax: 1 });
    }
    expect(await peer.next('refused')).toMatchObject({ code: 'over-limit', fatal: false });
    peer.send({ type: 'unwatch', modelRoot: roots[0] ?? '' });
    peer.send({ type: 'watch', modelRoot: roots[9] ?? '', candidatesMax: 1 });
    await peer.next('directory', (directory) => directory.modelRoot === roots[9]);
  });
});

describe('shutting down', () => {
  it('tells every tab, closes and frees the port within five seconds', async () => {
    const { relay } = await start();
    const peer = await connect(relay);
    const startedAt = performance.now();
    const stopped = relay.stop();
    expect(await peer.next('refused')).toMatchObject({ code: 'shutting-down', fatal: true });
    expect(await peer.closed()).toBe(1001);
    await stopped;
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await expect(fetch(`${relay.url}/healthz`)).rejects.toThrow();
  });

  it('tells nobody that the volunteers are gone: answers outlive a restart', async () => {
    const { relay, modelRoot } = await start();
    const watch = async () => {
      const peer = await connect(relay);
      peer.send({ type: 'watch', modelRoot, candidatesMax: 8 });
      await peer.next('directory');
      return peer;
    };
    const before = await watch();
    const volunteer = await connect(relay);
    const after = await watch();
    await volunteer.announce(entryOf(volunteer.identity, [holdingOf(modelRoot, 0, 4)]));
    await before.next('directory-delta');
    await after.next('directory-delta');
    await relay.stop();
    for (const peer of [before, after]) {
      await peer.closed();
      const deltas = peer.received.filter(({ type }) => type === 'directory-delta');
      expect(deltas).toMatchObject([{ removed: [] }]);
    }
  });

  it('does not wait for a tab that never answers the close', async () => {
    const { relay } = await start();
    const peer = await connect(relay);
    peer.socket.pause();
    await relay.stop();
    peer.socket.terminate();
  });

  it('says which port is in use', async () => {
    const test = await start();
    await expect(test.again({ port: test.relay.port })).rejects.toMatchObject({
      code: 'port-in-use',
    });
  });
});

describe('dead sockets', () => {
  it('ends a socket that answers no pings, and its announcements', async () => {
    let nowMs = Date.now();
    const { relay } = await start({ now: () => nowMs });
    const identity = await createTestIdentity();
    const peer = await connect(relay, { identity });
    const pings = new Promise((resolve) => peer.socket.once('ping', resolve));
    nowMs += 15_000;
    await pings;
    peer.socket.pause();
    await vi.waitFor(() => {
      nowMs += 15_000;
      expect(relay.peerCount).toBe(0);
    });
    peer.socket.terminate();
  });
});

function catalogEntryOf(index: number) {
  return tinyEntry(1000, {
    id: `tiny-${index}`,
    source: { type: 'file', file: `tiny-${index}.gguf` },
  });
}
