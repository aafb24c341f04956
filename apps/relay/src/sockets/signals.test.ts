import { SEALED_BYTES_MAX } from '@manyhands/protocol/limits';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLog } from '../log.ts';
import { createTestIdentity, entryOf, holdingOf, randomText } from '../testing/test-identity.ts';
import { connect, type TestPeer } from '../testing/test-peer.ts';
import { startTestRelay, type TestRelay } from '../testing/test-relay.ts';

let test: TestRelay;
let nowMs = 0;
const logged: string[] = [];
const traffic: { direction: string; text: string }[] = [];
beforeEach(async () => {
  nowMs = Date.now();
  logged.length = traffic.length = 0;
  test = await startTestRelay({
    now: () => nowMs,
    log: createLog({ destination: { write: (line) => logged.push(line) }, level: 'trace' }),
    tap: (direction, text) => traffic.push({ direction, text: String(text) }),
  });
});
afterEach(() => test.dispose());

async function volunteer(): Promise<TestPeer> {
  const peer = await connect(test.relay);
  const holdings = [holdingOf(test.modelRoot, 0, 1)];
  await peer.announce(entryOf(peer.identity, holdings, { announcedAtMs: nowMs }));
  await vi.waitFor(() => expect(test.relay.volunteerCount).toBe(1));
  return peer;
}

describe('sealed signals', () => {
  it('reach a volunteer untouched, with the identity the relay authenticated', async () => {
    const [target, sender] = [await volunteer(), await connect(test.relay)];
    const sealed = randomText(3_000);
    sender.send({ type: 'signal-to', to: target.peerId, sealed });
    expect(await target.next('signal-from')).toEqual({
      type: 'signal-from',
      from: sender.identity.publicIdentity,
      sealed,
    });
  });

  it('reach a tab that does not serve only within a minute after it signalled', async () => {
    const [serving, asking] = [await volunteer(), await connect(test.relay)];
    const reply = () => serving.send({ type: 'signal-to', to: asking.peerId, sealed: 'cmVwbHk' });
    reply();
    expect(await serving.next('refused')).toMatchObject({
      code: 'unreachable',
      peerId: asking.peerId,
      fatal: false,
    });
    asking.send({ type: 'signal-to', to: serving.peerId, sealed: 'b2ZmZXI' });
    await serving.next('signal-from');
    nowMs += 60_000;
    await serving.announce(entryOf(serving.identity, [], { sequence: 2, announcedAtMs: nowMs }));
    reply();
    expect((await asking.next('signal-from')).sealed).toBe('cmVwbHk');
    nowMs += 1;
    reply();
    expect(await serving.next('refused')).toMatchObject({ code: 'unreachable' });
  });

  it('are refused for peers that are not here, for oneself and after a withdrawal', async () => {
    const [target, sender] = [await volunteer(), await connect(test.relay)];
    const stranger = (await createTestIdentity()).publicIdentity.peerId;
    for (const to of [stranger, sender.peerId]) {
      sender.send({ type: 'signal-to', to, sealed: 'eA' });
      expect(await sender.next('refused')).toMatchObject({ code: 'unreachable', peerId: to });
    }
    target.send({ type: 'withdraw' });
    await vi.waitFor(() => expect(test.relay.volunteerCount).toBe(0));
    sender.send({ type: 'signal-to', to: target.peerId, sealed: 'eA' });
    expect(await sender.next('refused')).toMatchObject({ code: 'unreachable' });
  });

  it('are malformed above their bound', async () => {
    const sender = await connect(test.relay);
    const sealed = 'x'.repeat(SEALED_BYTES_MAX + 1);
    sender.send({ type: 'signal-to', to: sender.peerId, sealed });
    expect(await sender.next('refused')).toMatchObject({ code: 'malformed' });
  });
});

describe('blindness', () => {
  it('shows to the tap all that the relay sees, and writes none of it to the log', async () => {
    const [target, sender] = [await volunteer(), await connect(test.relay)];
    const sealed = `marker-${randomText(24)}`;
    sender.send({ type: 'signal-to', to: target.peerId, sealed });
    await target.next('signal-from');
    sender.sendText(`{"type":"${sealed}"}`);
    await sender.next('refused');
    await test.relay.stop();

    expect(traffic.filter(({ text }) => text.includes(sealed))).toHaveLength(3);
    expect(logged.length).toBeGreaterThan(2);
    const log = logged.join('');
    for (const secret of [sealed, sender.peerId, target.peerId, '127.0.0.1', '::1']) {
      expect(log).not.toContain(secret);
    }
  });

  it('keeps addresses and ids out of the metrics', async () => {
    const peer = await volunteer();
    const text = await (await fetch(`${test.relay.url}/metrics`)).text();
    expect(text).toContain('manyhands_relay_volunteers 1');
    expect(text).toContain('manyhands_relay_messages_total{type="announce"} 1');
    for (const secret of [peer.peerId, '127.0.0.1']) expect(text).not.toContain(secret);
  });
});
