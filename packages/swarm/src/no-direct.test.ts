import { afterEach, expect, it } from 'vitest';
import type { CreatePeerConnection } from './peer-connection.ts';
import { BOTH, createPair, endPairs, neverConnecting } from './tunnel-pair-testing.ts';

afterEach(endPairs);

/** As a browser, which does not know yet that no path leads there. */
const offering: CreatePeerConnection = (options, handlers) => {
  const offer = { type: 'offer', restart: 0, sdp: 'v=0' } as const;
  if (options.isInitiator) setTimeout(() => handlers.onSignal(offer));
  return neverConnecting(options, handlers);
};

it('after several peers that no direct path led to, nobody waits for one any more', async () => {
  let directCount = 0;
  const counting: CreatePeerConnection = (options, handlers) => {
    directCount += 1;
    return neverConnecting(options, handlers);
  };
  const parts = await createPair({ low: BOTH, high: BOTH, createConnection: counting });
  const { low: blocked, high, add } = parts;
  for (const { peerId } of [high, await add(offering), await add(offering)]) {
    await blocked.connect(peerId);
  }
  const countBefore = directCount;
  // Of either order of ids, in all probability: who offers differs.
  for (let index = 0; index < 8; index += 1) {
    const newcomer = await add(offering);
    const isDialled = index % 2 === 1;
    await (isDialled ? newcomer.connect(blocked.peerId) : blocked.connect(newcomer.peerId));
    await expect.poll(() => blocked.links.has(newcomer.peerId)).toBe(true);
  }
  expect(directCount).toBe(countBefore);
});
