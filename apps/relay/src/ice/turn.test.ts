import { createHmac } from 'node:crypto';
import type { IceServers } from '@manyhands/protocol/relay-message';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, openSocket } from '../testing/test-peer.ts';
import { startTestRelay, type TestRelay } from '../testing/test-relay.ts';

const SECRET = 'a-secret-shared-with-coturn';
const TTL_SECONDS = 600;
const stun = { urls: 'stun:stun.example.org' };
const urls = ['turn:turn.example.org:3478', 'turns:turn.example.org:5349?transport=tcp'];

let test: TestRelay;
let nowMs = 1_700_000_000_999;
beforeAll(async () => {
  test = await startTestRelay({
    now: () => nowMs,
    iceServers: [stun],
    turn: { urls, secret: SECRET, ttlSeconds: TTL_SECONDS },
  });
});
afterAll(() => test.dispose());

/** The one user of a list, checked as coturn checks it; returns when it ends. */
function expectCredentials(servers: IceServers): { username: string; endsAtSeconds: number } {
  const [first, ...turn] = servers;
  expect(first).toEqual(stun);
  expect(turn.map((server) => server.urls)).toEqual(urls);
  const users = new Set(turn.map(({ username }) => username));
  expect(users.size).toBe(1);
  const username = turn[0]?.username ?? '';
  expect(username).toMatch(/^\d{10}:[0-9a-f]{12}$/);
  const password = createHmac('sha1', SECRET).update(username).digest('base64');
  for (const { credential } of turn) expect(credential).toBe(password);
  return { username, endsAtSeconds: Number(username.split(':')[0]) };
}

describe('TURN credentials', () => {
  it('come with the welcome, end after their time and are another user for each tab', async () => {
    const tabs = await Promise.all([connect(test.relay), connect(test.relay)]);
    const users = tabs.map(({ received }) => {
      const welcome = received.find((message) => message.type === 'welcome');
      return expectCredentials(welcome?.iceServers ?? []);
    });
    expect(users.map(({ endsAtSeconds }) => endsAtSeconds)).toEqual([
      1_700_000_000 + TTL_SECONDS,
      1_700_000_000 + TTL_SECONDS,
    ]);
    expect(users[0]?.username).not.toBe(users[1]?.username);
    for (const { identity, close } of tabs) {
      const { peerId } = identity.publicIdentity;
      for (const { username } of users) expect(peerId).not.toContain(username.split(':')[1]);
      close();
    }
  });

  it('are renewed at half their time on sockets that stay open, again and again', async () => {
    const tab = await connect(test.relay);
    const unproven = await openSocket(test.relay);
    const startMs = nowMs;
    nowMs = startMs + TTL_SECONDS * 200;
    const later = await connect(test.relay);
    nowMs = startMs + TTL_SECONDS * 500 - 1;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(tab.received.filter(({ type }) => type === 'ice-servers')).toEqual([]);
    for (const round of [1, 2, 3]) {
      for (const [who, delayMs] of [[tab, 0] as const, [later, TTL_SECONDS * 200] as const]) {
        nowMs = startMs + delayMs + round * TTL_SECONDS * 500;
        const { iceServers } = await who.next('ice-servers');
        const { endsAtSeconds } = expectCredentials(iceServers);
        expect(endsAtSeconds).toBe(Math.floor(nowMs / 1_000) + TTL_SECONDS);
      }
    }
    later.close();
    expect(unproven.received.some(({ type }) => type === 'ice-servers')).toBe(false);
    tab.close();
    unproven.close();
  });
});
