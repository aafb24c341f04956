import type { PeerMessage, PeerMessageOf } from '@manyhands/protocol/peer-message';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Circle, deriveCircleKeys, openCircle } from './circle.ts';
import { createInvite } from './circle-invite.ts';
import { fingerprintOf } from './dtls-fingerprint.ts';
import { createIdentity, type Identity } from './identity.ts';
import { shakeHands } from './link-handshake.ts';
import { createMessageQueue } from './message-queue.ts';

const A = 'sha-256 AA';
const B = 'sha-256 BB';
const M = 'sha-256 CC';
type Change = (message: PeerMessage) => PeerMessage;
const unchanged: Change = (message) => message;

describe('link handshake', () => {
  let alice: Identity;
  let bob: Identity;
  let mallory: Identity;
  beforeAll(async () => {
    [alice, bob, mallory] = await Promise.all([
      createIdentity(),
      createIdentity(),
      createIdentity(),
    ]);
  });

  /** Runs both sides; the changes are what somebody in the middle does to the messages. */
  const run = async (
    options: {
      aliceSees?: [string, string];
      bobSees?: [string, string];
      bobIs?: Identity;
      toAlice?: Change;
      toBob?: Change;
      aliceIn?: Circle;
      bobIn?: Circle;
    } = {},
  ) => {
    const { aliceSees = [A, B], bobSees = [B, A], bobIs = bob } = options;
    const { toAlice = unchanged, toBob = unchanged } = options;
    const [inA, inB] = [createMessageQueue(), createMessageQueue()];
    const sent: PeerMessage[] = [];
    const codeOf = (shake: Promise<unknown>) =>
      shake.then(
        () => 'proven',
        (error: { code: string }) => {
          inA.close();
          inB.close();
          return error.code;
        },
      );
    const results = await Promise.all([
      codeOf(
        shakeHands({
          identity: alice,
          remotePeerId: bob.peerId,
          fingerprints: { local: aliceSees[0], remote: aliceSees[1] },
          membership: options.aliceIn,
          send: (message) => inB.push(toBob(message)),
          receive: inA.next,
        }),
      ),
      codeOf(
        shakeHands({
          identity: bobIs,
          remotePeerId: alice.peerId,
          fingerprints: { local: bobSees[0], remote: bobSees[1] },
          membership: options.bobIn,
          send: (message) => {
            sent.push(message);
            inA.push(toAlice(message));
          },
          receive: inB.next,
        }),
      ),
    ]);
    return { alice: results[0], bob: results[1], sent };
  };

  it('proves both ends that see the same connection', async () => {
    expect(await run()).toMatchObject({ alice: 'proven', bob: 'proven' });
  });

  it('refuses a certificate that the other end does not have', async () => {
    const result = await run({ aliceSees: [A, M], bobSees: [B, M] });
    expect([result.alice, result.bob]).not.toContain('proven');
    expect([result.alice, result.bob]).toContain('fingerprint-mismatch');
  });

  it('refuses another key, even one that names the right peer', async () => {
    expect((await run({ bobIs: mallory })).alice).toBe('handshake-failed');
    const { publicKey } = mallory.publicIdentity;
    const posing = { ...mallory, publicIdentity: { ...bob.publicIdentity, publicKey } };
    expect((await run({ bobIs: posing })).alice).toBe('handshake-failed');
    // Bob's public half is public, but Mallory cannot sign with it.
    const claiming = { ...mallory, peerId: bob.peerId, publicIdentity: bob.publicIdentity };
    expect((await run({ bobIs: claiming })).alice).toBe('fingerprint-mismatch');
  });

  it('refuses proofs that were made for another link', async () => {
    const { sent } = await run();
    const replay: Change = (message) => sent.find((old) => old.type === message.type) ?? message;
    expect((await run({ toAlice: replay })).alice).toBe('fingerprint-mismatch');
  });

  it('refuses its own messages sent back', async () => {
    const mirrored: PeerMessage[] = [];
    const keep: Change = (message) => {
      mirrored.push(message);
      return message;
    };
    const mirror: Change = (message) =>
      mirrored.find((own) => own.type === message.type) ?? message;
    const result = await run({ toBob: keep, toAlice: mirror });
    expect(result.alice).toBe('handshake-failed');
  });

  it('links with a tab of the version before, and with one of the next that still speaks ours', async () => {
    const speaks =
      (min: number, max: number): Change =>
      (message) =>
        message.type === 'link-hello' ? { ...message, versions: { min, max } } : message;
    for (const other of [speaks(4, 4), speaks(5, 6)]) {
      expect(await run({ toAlice: other })).toMatchObject({ alice: 'proven', bob: 'proven' });
    }
  });

  it('says which of two is too old', async () => {
    const older: Change = (message) =>
      message.type === 'link-hello' ? { ...message, versions: { min: 1, max: 3 } } : message;
    expect((await run({ toAlice: older })).alice).toBe('peer-declined');
  });

  it('refuses other versions and messages out of turn', async () => {
    const newer: Change = (message) =>
      message.type === 'link-hello' ? { ...message, versions: { min: 99, max: 99 } } : message;
    expect((await run({ toAlice: newer })).alice).toBe('version');
    const goodbye: Change = () => ({ type: 'goodbye', reason: 'idle' });
    expect((await run({ toAlice: goodbye })).alice).toBe('handshake-failed');
    const proofOnly: PeerMessageOf<'link-proof'> = {
      type: 'link-proof',
      signature: 'A'.repeat(86),
      membership: 'A'.repeat(43),
    };
    expect((await run({ toAlice: () => proofOnly })).alice).toBe('handshake-failed');
    const garbled: Change = (message) => (message.type === 'link-proof' ? proofOnly : message);
    expect((await run({ toAlice: garbled })).alice).toBe('fingerprint-mismatch');
  });

  describe('in a circle', () => {
    const circleOf = async (nowMs?: () => number) => {
      const invite = createInvite('A circle', Date.now() + 3_600_000);
      return openCircle(await deriveCircleKeys(invite), nowMs);
    };

    it('proves two members to each other', async () => {
      const circle = await circleOf();
      const result = await run({ aliceIn: circle, bobIn: circle });
      expect(result).toMatchObject({ alice: 'proven', bob: 'proven' });
    });

    it('refuses who has another key, no key, or a proof of somebody else, all the same way', async () => {
      const circle = await circleOf();
      const bobIn = await circleOf();
      expect((await run({ aliceIn: circle, bobIn })).alice).toBe('handshake-failed');
      expect((await run({ aliceIn: circle })).alice).toBe('handshake-failed');
      // The relay could have seen a member's proof of another link, and sees Alice's of this one.
      const { sent } = await run({ aliceIn: circle, bobIn: circle });
      const old = sent.find((message) => message.type === 'link-proof');
      const withOld: Change = (message) =>
        message.type === 'link-proof' && old?.type === 'link-proof'
          ? { ...message, membership: old.membership }
          : message;
      expect((await run({ aliceIn: circle, toAlice: withOld })).alice).toBe('handshake-failed');
      let own = '';
      const keep: Change = (message) => {
        if (message.type === 'link-proof') own = message.membership;
        return message;
      };
      const mirror: Change = (message) =>
        message.type === 'link-proof' ? { ...message, membership: own } : message;
      const mirrored = await run({ aliceIn: circle, toBob: keep, toAlice: mirror });
      expect(own).not.toBe('');
      expect(mirrored.alice).toBe('handshake-failed');
    });

    it('is not told from outside: whoever is in none sends bytes of the same form', async () => {
      const proofOf = async (bobIn?: Circle) => {
        const { sent } = await run({ ...(bobIn && { aliceIn: bobIn, bobIn }) });
        const proof = sent.find((message) => message.type === 'link-proof');
        return proof?.type === 'link-proof' ? proof.membership : '';
      };
      expect(await proofOf()).toMatch(/^[\w-]{43}$/);
      expect(await proofOf(await circleOf())).toMatch(/^[\w-]{43}$/);
      expect(await proofOf()).not.toBe(await proofOf());
    });

    it('opens no link after the circle’s end', async () => {
      let nowMs = Date.now();
      const circle = await circleOf(() => nowMs);
      nowMs += 3_600_000;
      expect((await run({ aliceIn: circle, bobIn: circle })).alice).toBe('circle-expired');
    });
  });

  it('rejects messages beyond its bound', async () => {
    const queue = createMessageQueue();
    for (let index = 0; index < 257; index++) queue.push({ type: 'goodbye', reason: 'idle' });
    for (let index = 0; index < 256; index++) await queue.next();
    await expect(queue.next()).rejects.toThrow(expect.objectContaining({ code: 'link-closed' }));
  });
});

describe('fingerprint of a description', () => {
  const value = Array.from({ length: 32 }, () => 'ab').join(':');

  it('is read once, however often it is repeated', () => {
    const sdp = `v=0\r\na=fingerprint:sha-256 ${value}\r\nm=x\r\na=fingerprint:SHA-256 ${value}\r\n`;
    expect(fingerprintOf(sdp)).toBe(`sha-256 ${value.toUpperCase()}`);
  });

  it('is refused when missing, ambiguous, weak or damaged', () => {
    const line = `a=fingerprint:sha-256 ${value}\r\n`;
    const other = line.replace('ab', 'cd');
    for (const sdp of [
      undefined,
      '',
      line + other,
      line.replace('sha-256', 'sha-1'),
      line.slice(0, 60),
    ]) {
      expect(() => fingerprintOf(sdp)).toThrow(expect.objectContaining({ code: 'malformed' }));
    }
  });
});
