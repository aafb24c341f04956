import type { AnswerEvent } from '@manyhands/peer/requester/answer';
import { decodeBase64, encodeBase64 } from '@manyhands/protocol/base64';
import type { PublicIdentity } from '@manyhands/protocol/id';
import type { FromRelay, FromRelayOf } from '@manyhands/protocol/relay-message';
import type { Signal } from '@manyhands/protocol/signal';
import { generateAgreementKeys } from '@manyhands/swarm/agreement';
import { createReplayGuard } from '@manyhands/swarm/replay-guard';
import { openSignal, sealSignal } from '@manyhands/swarm/sealed';
import { startRelay } from '../fixtures/relay.ts';
import { createRelayWire, type RelayWire, type Rewrite } from '../fixtures/relay-wire.ts';
import { greedyRequest, WHOLE } from '../fixtures/requests.ts';
import { ask, expectNotice, openPage } from '../fixtures/site.ts';
import { expect, test } from '../fixtures/test.ts';
import { createTestKeys, forgedSignature, type TestKeys } from '../fixtures/test-keys.ts';

/** Changes every entry of a directory that passes towards a tab. */
function rewriteEntries(change: (entry: { identity: PublicIdentity }) => void): Rewrite {
  return (direction, text) => {
    if (direction === 'in') return text;
    const message = JSON.parse(text) as FromRelay;
    const lists =
      message.type === 'directory'
        ? [message.entries]
        : message.type === 'directory-delta'
          ? [message.changed]
          : [];
    for (const signed of lists.flat()) {
      const entry = JSON.parse(signed.payload);
      change(entry);
      signed.payload = JSON.stringify(entry);
    }
    return JSON.stringify(message);
  };
}

test('a directory with the relay’s own keys in it is not believed', async ({
  wire,
  relay,
  newContext,
  newTab,
}) => {
  const volunteer = await newTab();
  await volunteer.volunteer(relay.pipRoot, WHOLE);
  const own = await generateAgreementKeys('X25519');
  let changed = 0;
  wire.rewrite = rewriteEntries(({ identity }) => {
    changed += 1;
    identity.agreement = { ...identity.agreement, publicKey: own.publicKey };
  });
  const page = await (await newContext()).newPage();
  await openPage(page, wire.origin, 'chat');
  const { finish } = await ask(page, 'Who are you?');
  expect(finish).toBe('failed');
  await expectNotice(page, 'no-volunteers');
  expect(changed).toBeGreaterThan(0);
  expect((await volunteer.volunteerState()).linkCount).toBe(0);
});

type Lie = (
  message: FromRelayOf<'signal-from'>,
  keys: TestKeys,
  receiverId: string,
) => Promise<FromRelayOf<'signal-from'>>;

/** What a relay could do to a signal that it forwards. */
const LIES: Readonly<Record<string, Lie>> = {
  // It could then read whatever is sealed to the sender.
  'swaps the agreement key of the sender': async (message) => {
    const { agreement } = message.from;
    const own = await generateAgreementKeys(agreement.alg);
    message.from.agreement = { ...agreement, publicKey: own.publicKey };
    return message;
  },
  'says that somebody else sent it': async (message) => {
    const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
    const raw = await crypto.subtle.exportKey('raw', (pair as CryptoKeyPair).publicKey);
    message.from = { ...message.from, publicKey: encodeBase64(new Uint8Array(raw)) };
    return message;
  },
  'changes the sealed bytes': async (message) => {
    const bytes = decodeBase64(message.sealed);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    message.sealed = encodeBase64(bytes);
    return message;
  },
  // Worse than any relay: this one has stolen the tabs' agreement keys, and still cannot sign.
  'opens the seal and swaps the DTLS fingerprint and the key of the tunnel': async (
    message,
    keys,
    receiverId,
  ) => {
    const to = keys.receiver(receiverId);
    if (to === undefined) throw new Error('The test does not know the receiver.');
    const guard = createReplayGuard();
    const { from, sealed } = message;
    const signal = await openSignal(sealed, { from, to, nowMs: Date.now(), guard });
    const changed = await withOwnKey(signal);
    if (changed === signal) return message;
    const forger = { ...to, peerId: from.peerId, sign: async () => forgedSignature() };
    const ends = { from: forger, to: to.publicIdentity, nowMs: Date.now() };
    message.sealed = await sealSignal(changed, ends);
    return message;
  },
};

/** The signal with another key in it, if it has one: of WebRTC, or of a tunnel through the relay. */
async function withOwnKey(signal: Signal): Promise<Signal> {
  if ('key' in signal) {
    const { alg } = signal.key;
    const { publicKey } = await generateAgreementKeys(alg);
    return { ...signal, key: { alg, publicKey } };
  }
  if (!('sdp' in signal)) return signal;
  const sdp = signal.sdp.replace(/(a=fingerprint:sha-256 )[0-9A-F]{2}/g, '$100');
  expect(sdp).not.toBe(signal.sdp);
  return { ...signal, sdp };
}

/** Ample for the honest dials of four swarms on a busy machine, and a third of what it is for people. */
const CONNECT_TIMEOUT_MS = 7_000;

test('signals that the relay changed lead to no connection', async ({ newContext, newTab }) => {
  test.setTimeout(120_000);
  // Side by side, and less patient than people's tabs: each of these dials is one that nobody answers.
  const attempts = Object.entries(LIES).map(async ([name, lie]) => {
    const relay = await startRelay();
    let wire: RelayWire | undefined;
    try {
      wire = await createRelayWire(relay);
      const { origin } = wire;
      const keys = createTestKeys();
      const open = async () => {
        const context = await newContext();
        await keys.record(context);
        return newTab({ context, origin, connectTimeoutMs: CONNECT_TIMEOUT_MS });
      };
      const [volunteer, requester] = [await open(), await open()];
      await volunteer.volunteer(relay.pipRoot, WHOLE);
      await requester.awaitVolunteers(relay.pipRoot, 1);
      let lies = 0;
      const receivers = new Map<string, string>();
      wire.rewrite = async (direction, text) => {
        const message = JSON.parse(text);
        keys.learn(message);
        if (message.type === 'signal-to') receivers.set(message.sealed, message.to);
        if (direction === 'in' || message.type !== 'signal-from') return text;
        lies += 1;
        return JSON.stringify(await lie(message, keys, receivers.get(message.sealed) ?? ''));
      };
      for (const { text } of wire.traffic) keys.learn(JSON.parse(text));
      const events: AnswerEvent[] = [];
      const request = greedyRequest(relay.pipRoot, 'Who are you?');
      const answer = await requester.answer(request, (event) => {
        events.push(event);
        // It would try again with whoever else there is; here there is nobody.
        if (event.type === 'repair') void requester.abortAnswer();
      });
      const repair = events.find((event) => event.type === 'repair');
      const reason = repair?.type === 'repair' ? repair.reason : answer.error;
      expect(lies, name).toBeGreaterThan(0);
      expect(reason?.code, name).toBe('chain-lost');
      expect(reason?.message, name).toContain('could not be reached');
      expect(answer.tokenIds, name).toEqual([]);
      expect((await volunteer.volunteerState()).linkCount, name).toBe(0);
      expect((await volunteer.volunteerState()).tokensServed, name).toBe(0);

      // The same volunteer is reached as soon as nobody lies.
      wire.rewrite = (_, text) => text;
      const other = await open();
      await other.awaitVolunteers(relay.pipRoot, 1);
      const honest = await other.answer(request);
      expect(honest.error, name).toBeUndefined();
      expect(honest.tokenIds.length, name).toBeGreaterThan(0);
    } finally {
      await wire?.dispose();
      await relay.stop();
    }
  });
  const outcomes = await Promise.allSettled(attempts);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
});
