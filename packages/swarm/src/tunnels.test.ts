import { encodeBase64 } from '@manyhands/protocol/base64';
import { encodeRecord } from '@manyhands/protocol/tunnel-record';
import { afterEach, describe, expect, it } from 'vitest';
import { createFakeRelay } from './fake-relay.ts';
import { createIdentity } from './identity.ts';
import { createRelayLink, type RelayLink } from './relay-link.ts';

const ORIGIN = 'https://example.org';
const tunnelId = encodeBase64(new Uint8Array(16).fill(3));
const other = `${'B'.repeat(22)}.${'B'.repeat(11)}`;
const sealed = Uint8Array.from({ length: 272 }, (_, index) => index);

const links: RelayLink[] = [];
afterEach(() => {
  for (const link of links.splice(0)) link.dispose();
});

async function connect(isSilent = false) {
  const relay = createFakeRelay({ origin: ORIGIN });
  relay.setSilent(isSilent);
  const identity = await createIdentity();
  const { host, clock } = relay;
  const link = createRelayLink({ url: 'wss://x', identity, origin: ORIGIN, host, clock });
  links.push(link);
  return { relay, link };
}

async function joined() {
  const made = await connect();
  await expect.poll(() => made.link.state).toBe('open');
  const events: unknown[] = [];
  const tunnel = made.link.tunnels.join(other, tunnelId, {
    onOpen: () => events.push('open'),
    onRecord: (bytes) => events.push([...bytes]),
    onCredit: () => events.push('credit'),
    onClose: (error) => events.push(error.code),
  });
  return { ...made, tunnel, events };
}

describe('tunnels of a tab', () => {
  it('are asked for, open, spend what they are granted and carry records both ways', async () => {
    const { relay, tunnel, events } = await joined();
    expect(relay.messagesOf('join-tunnel')).toEqual([
      { type: 'join-tunnel', tunnelId, peerId: other },
    ]);
    expect(tunnel.creditBytes).toBe(0);
    relay.send({ type: 'tunnel-open', tunnelId, creditBytes: 1_000 });
    tunnel.send(sealed);
    expect(relay.records).toEqual([encodeRecord(tunnelId, sealed)]);
    expect(tunnel.creditBytes).toBe(1_000 - 288);
    relay.send({ type: 'tunnel-credit', tunnelId, bytes: 288 });
    expect(tunnel.creditBytes).toBe(1_000);
    relay.sendBytes(encodeRecord(tunnelId, sealed));
    relay.sendBytes(encodeRecord(encodeBase64(new Uint8Array(16)), sealed));
    relay.sendBytes(new Uint8Array(5));
    expect(events).toEqual(['open', 'credit', [...sealed]]);
  });

  it('tell a ration that is used up from a peer that left, and send nothing afterwards', async () => {
    for (const [code, expected] of [
      ['over-ration', 'over-ration'],
      ['off', 'over-ration'],
      ['peer-gone', 'peer-unreachable'],
      ['not-serving', 'peer-unreachable'],
    ] as const) {
      const { relay, tunnel, events } = await joined();
      relay.send({ type: 'tunnel-closed', tunnelId, code, message: 'why' });
      relay.send({ type: 'tunnel-closed', tunnelId, code, message: 'why' });
      tunnel.send(sealed);
      tunnel.leave();
      expect(events).toEqual([expected]);
      expect(relay.records).toEqual([]);
      expect(relay.messagesOf('leave-tunnel')).toEqual([]);
    }
  });

  it('are left without a word back', async () => {
    const { relay, tunnel, events } = await joined();
    tunnel.leave();
    tunnel.leave();
    relay.sendBytes(encodeRecord(tunnelId, sealed));
    expect(relay.messagesOf('leave-tunnel')).toEqual([{ type: 'leave-tunnel', tunnelId }]);
    expect(events).toEqual([]);
  });

  it('end with the relay, and cannot be joined without one', async () => {
    const { relay, link, events } = await joined();
    relay.drop();
    expect(events).toEqual(['relay-unreachable']);
    const handlers = { onOpen() {}, onRecord() {}, onCredit() {}, onClose() {} };
    expect(() => link.tunnels.join(other, tunnelId, handlers)).toThrow(
      expect.objectContaining({ code: 'relay-unreachable' }),
    );
  });

  it('carry nothing before the relay has welcomed the tab', async () => {
    const { relay, link } = await connect(true);
    await expect.poll(() => relay.received.length).toBe(1);
    relay.sendBytes(encodeRecord(tunnelId, sealed));
    expect([link.state, link.error?.code]).toEqual(['waiting', 'malformed']);
  });
});
