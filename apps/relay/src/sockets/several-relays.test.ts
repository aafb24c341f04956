import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { entryOf, holdingOf } from '../testing/test-identity.ts';
import { connect } from '../testing/test-peer.ts';
import { startTestRelay, type TestRelay } from '../testing/test-relay.ts';

const SISTER = 'https://sister.example';
let test: TestRelay;
beforeAll(async () => {
  test = await startTestRelay({ relays: [SISTER] });
});
afterAll(() => test.dispose());

describe('one of several relays', () => {
  it('takes offers from pages that a sister relay served, and from nobody else’s', async () => {
    const sister = await connect(test.relay, { origin: SISTER });
    await sister.announce(entryOf(sister.identity, [holdingOf(test.modelRoot, 0, 1)]));
    await vi.waitFor(() => expect(test.relay.volunteerCount).toBe(1));
    const stranger = await connect(test.relay, { origin: 'https://stranger.example' });
    await stranger.announce(entryOf(stranger.identity, [holdingOf(test.modelRoot, 0, 1)]));
    expect(await stranger.next('refused')).toMatchObject({ code: 'bad-origin', fatal: false });
    sister.close();
    stranger.close();
  });

  it('lets pages of a sister read models, and its own pages reach the sister', async () => {
    const read = (origin: string) =>
      fetch(`${test.relay.url}/catalog.json`, { headers: { Origin: origin } });
    const sister = await read(SISTER);
    expect(sister.headers.get('access-control-allow-origin')).toBe('*');
    expect(sister.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(sister.headers.get('vary')).toContain('Origin');
    expect(sister.headers.get('content-security-policy')).toContain(
      `${SISTER} wss://sister.example;`,
    );
  });
});
