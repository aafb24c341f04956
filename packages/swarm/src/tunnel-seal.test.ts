import type { EphemeralKey } from '@manyhands/protocol/id';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AgreementKeys, generateAgreementKeys } from './agreement.ts';
import { createOpener, createSealer, deriveTunnelKeys } from './tunnel-seal.ts';

const LOW = `${'A'.repeat(22)}.${'A'.repeat(11)}`;
const HIGH = `${'B'.repeat(22)}.${'B'.repeat(11)}`;
const tunnelId = 'T'.repeat(22);
const slice = Uint8Array.from({ length: 90 }, (_, index) => index);

describe.each(['X25519', 'P-256'] as const)('the seal of a tunnel over %s', (alg) => {
  let low: AgreementKeys;
  let high: AgreementKeys;
  let other: AgreementKeys;
  beforeAll(async () => {
    [low, high, other] = await Promise.all([
      generateAgreementKeys(alg),
      generateAgreementKeys(alg),
      generateAgreementKeys(alg),
    ]);
  });
  const publicOf = ({ publicKey }: AgreementKeys): EphemeralKey => ({ alg, publicKey });
  const lowKeys = () =>
    deriveTunnelKeys({
      tunnelId,
      own: low,
      ownPeerId: LOW,
      remote: publicOf(high),
      remotePeerId: HIGH,
    });
  const highKeys = (more: object = {}) =>
    deriveTunnelKeys({
      tunnelId,
      own: high,
      ownPeerId: HIGH,
      remote: publicOf(low),
      remotePeerId: LOW,
      ...more,
    });

  it('is opened by the other end, in order, in both directions', async () => {
    const [ours, theirs] = [await lowKeys(), await highKeys()];
    for (const [from, to] of [
      [ours, theirs],
      [theirs, ours],
    ] as const) {
      const [seal, open] = [createSealer(from.send), createOpener(to.receive)];
      for (const channel of ['control', 'latency', 'bulk'] as const) {
        expect(await open(await seal(channel, slice))).toEqual({ channel, slice });
      }
    }
  });

  it('is another each time, and opens once, at its place', async () => {
    const [ours, theirs] = [await lowKeys(), await highKeys()];
    const seal = createSealer(ours.send);
    const [first, second] = [await seal('bulk', slice), await seal('bulk', slice)];
    expect(second).not.toEqual(first);
    expect(second).toHaveLength(first.length);
    const repeated = createOpener(theirs.receive);
    await repeated(first);
    await expect(repeated(first)).rejects.toThrow();
    await expect(createOpener(theirs.receive)(second)).rejects.toThrow();
  });

  it('is for one direction, one tunnel, these two peers and these keys', async () => {
    const sealed = await createSealer((await lowKeys()).send)('bulk', slice);
    const opens = async (key: CryptoKey) =>
      createOpener(key)(sealed).then(
        () => true,
        () => false,
      );
    expect(await opens((await highKeys()).receive)).toBe(true);
    expect(await opens((await lowKeys()).receive)).toBe(false);
    expect(await opens((await highKeys({ tunnelId: 'U'.repeat(22) })).receive)).toBe(false);
    expect(await opens((await highKeys({ own: other })).receive)).toBe(false);
    expect(await opens((await highKeys({ remote: publicOf(other) })).receive)).toBe(false);
    const stranger = `${'C'.repeat(22)}.${'C'.repeat(11)}`;
    expect(await opens((await highKeys({ ownPeerId: stranger })).receive)).toBe(false);
  });

  it('takes no key of no use', async () => {
    for (const publicKey of ['', 'AAAA', 'A'.repeat(43), 'A'.repeat(87)]) {
      await expect(highKeys({ remote: { alg, publicKey } })).rejects.toThrow();
    }
  });
});
