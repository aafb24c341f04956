import { withDeadline } from '../deadline.ts';
import { LOOPBACK_TIMEOUT_MS } from '../limits.ts';
import { type CheckResult, found, type PreflightScope } from './check.ts';
import { gatherCandidates } from './gather.ts';

/** Whether tabs can be connected to at all: extensions, policies and VPNs like to switch it off. */
export async function checkWebRtc(
  { RTCPeerConnection: Connection }: PreflightScope,
  mayConnect: boolean,
): Promise<CheckResult> {
  if (Connection === undefined) return found('no-webrtc');
  const isWorking = await isUsable(Connection, mayConnect).catch(() => false);
  return found(isWorking ? 'webrtc' : 'webrtc-blocked');
}

async function isUsable(
  Connection: typeof RTCPeerConnection,
  mayConnect: boolean,
): Promise<boolean> {
  if (mayConnect) return openLoopback(Connection);
  const { candidates } = await gatherCandidates(Connection, [], LOOPBACK_TIMEOUT_MS);
  return candidates.length > 0;
}

/** Two ends in one page, without any server: opens where WebRTC is allowed. */
async function openLoopback(Connection: typeof RTCPeerConnection): Promise<boolean> {
  const [near, far] = [new Connection({ iceServers: [] }), new Connection({ iceServers: [] })];
  try {
    const opened = new Promise<boolean>((resolve) => {
      near.createDataChannel('preflight').addEventListener('open', () => resolve(true));
    });
    const described = (async () => {
      await near.setLocalDescription();
      await far.setRemoteDescription(descriptionOf(near));
      await far.setLocalDescription();
      await near.setRemoteDescription(descriptionOf(far));
    })();
    // Candidates found before the other end knows the description are part of none: they wait for it.
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.addEventListener('icecandidate', ({ candidate }) => {
        if (candidate === null) return;
        described.then(() => to.addIceCandidate(candidate)).catch(() => undefined);
      });
    }
    const both = described.then(() => opened);
    return await withDeadline(both, LOOPBACK_TIMEOUT_MS, () => new Error('late'));
  } finally {
    near.close();
    far.close();
  }
}

function descriptionOf({ localDescription }: RTCPeerConnection): RTCSessionDescription {
  if (localDescription === null) throw new Error('The browser made no description.');
  return localDescription;
}
