import { expect, it } from 'vitest';
import { createIdentity } from './identity.ts';
import { createMemoryHub, createMemoryTransport } from './memory-transport.ts';
import { collect, nextLink, transportAcceptance } from './transport-acceptance.ts';

async function createPair(options: { readonly isDeclining?: boolean } = {}) {
  const hub = createMemoryHub();
  const made = await Promise.all([createIdentity(), createIdentity()]);
  const identities = made.map((one) => one.publicIdentity);
  const [low, high] = identities
    .sort((a, b) => (a.peerId < b.peerId ? -1 : 1))
    .map((identity) =>
      createMemoryTransport(hub, {
        identity,
        accept: () => (options.isDeclining ? 'busy' : 'accept'),
      }),
    );
  if (low === undefined || high === undefined) throw new Error('two transports');
  const dispose = () => {
    low.dispose();
    high.dispose();
  };
  return { hub, low, high, dispose };
}

transportAcceptance('memory', createPair);

it('ends the links of a killed tab without a goodbye', async () => {
  const { hub, low, high } = await createPair();
  const theirLink = nextLink(high);
  await low.connect(high.peerId);
  const there = collect(await theirLink);
  hub.kill(low.peerId);
  await expect.poll(() => there.reasons).toEqual(['peer-gone']);
  await expect(high.connect(low.peerId)).rejects.toThrow(
    expect.objectContaining({ code: 'peer-unreachable' }),
  );
});
