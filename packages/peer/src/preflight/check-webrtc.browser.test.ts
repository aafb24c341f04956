import { expect, it } from 'vitest';
import type { PreflightScope } from './check.ts';
import { checkWebRtc } from './check-webrtc.ts';
import { gatherCandidates } from './gather.ts';

it('opens a connection within a page, where it is allowed', async () => {
  const scope = globalThis as unknown as PreflightScope;
  expect(await checkWebRtc(scope, true)).toMatchObject({ level: 'ok' });
  expect(await checkWebRtc(scope, false)).toMatchObject({ level: 'ok' });
});

it('finds out that no candidate passes, as under a policy that forbids UDP', async () => {
  // A real connection that keeps its candidates to itself.
  class Blocked extends RTCPeerConnection {
    override addEventListener(...args: Parameters<RTCPeerConnection['addEventListener']>): void {
      if (args[0] !== 'icecandidate') super.addEventListener(...args);
    }
  }
  const scope = { RTCPeerConnection: Blocked } as unknown as PreflightScope;
  expect(await checkWebRtc(scope, true)).toMatchObject({ level: 'problem' });
});

it('lists the ways to this device without a server', async () => {
  const { candidates, failedUrls, isComplete } = await gatherCandidates(
    RTCPeerConnection,
    [],
    5_000,
  );
  expect(candidates.length).toBeGreaterThan(0);
  expect(candidates.every(({ type }) => type === 'host')).toBe(true);
  expect([...failedUrls]).toEqual([]);
  expect(isComplete).toBe(true);
});
