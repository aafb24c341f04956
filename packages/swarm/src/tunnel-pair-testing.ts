import { expect } from 'vitest';
import type { LinkMembership } from './circle.ts';
import { createIdentity, type Identity } from './identity.ts';
import type { Transport } from './link.ts';
import type { CreatePeerConnection } from './peer-connection.ts';
import { createTunnelSwitchboard } from './tunnel-switchboard-testing.ts';
import {
  createWebRtcTransport,
  type PathPolicy,
  type WebRtcTransport,
} from './webrtc-transport.ts';

export const RELAY_ONLY: PathPolicy = { direct: false, takesRelayed: true };
export const BOTH: PathPolicy = { direct: true, takesRelayed: true };
export const TAKES_NONE: PathPolicy = { direct: true, takesRelayed: false };

/** What a browser does where no path leads: it tries for ever. */
export const neverConnecting: CreatePeerConnection = () => ({
  latency: unusedChannel(),
  bulk: unusedChannel(),
  signal: () => {},
  sendText: () => {},
  beat: () => {},
  bufferedTextBytes: 0,
  fingerprints: () => ({ local: '', remote: '' }),
  path: async () => ({ path: undefined, roundTripMs: undefined, lossShare: undefined }),
  restartIce: () => {},
  destroy: () => {},
});
/** ICE says at once that it failed. */
export const failing: CreatePeerConnection = (options, handlers) => {
  setTimeout(handlers.onClose);
  return neverConnecting(options, handlers);
};
/** Of a tab that shows no address. */
let forbiddenCount = 0;
const forbidden: CreatePeerConnection = (options, handlers) => {
  forbiddenCount += 1;
  return neverConnecting(options, handlers);
};

interface PairOptions {
  readonly isDeclining?: boolean;
  readonly low?: PathPolicy;
  readonly high?: PathPolicy;
  readonly createConnection?: CreatePeerConnection;
  readonly connectTimeoutMs?: number;
  readonly members?: { readonly low?: LinkMembership; readonly high?: LinkMembership };
}

const opened: Transport[] = [];
export function disposeLater(transport: Transport): void {
  opened.push(transport);
}
/** After each test: nobody who shows no address made a connection that would. */
export function endPairs(): void {
  for (const transport of opened.splice(0)) transport.dispose();
  expect(forbiddenCount).toBe(0);
}

/** Two tabs with a tunnel between them, and as many more as are asked for. */
export async function createPair(options: PairOptions = {}) {
  const board = createTunnelSwitchboard();
  const identities = await Promise.all([createIdentity(), createIdentity()]);
  identities.sort((a, b) => (a.peerId < b.peerId ? -1 : 1));
  const paths = { low: options.low ?? RELAY_ONLY, high: options.high ?? RELAY_ONLY };
  const create = (
    identity: Identity,
    side: 'low' | 'high',
    { createConnection = neverConnecting } = options,
  ): WebRtcTransport => {
    const { signaling, tunnels } = board.join(identity.publicIdentity);
    const transport = createWebRtcTransport({
      identity,
      signaling,
      tunnels,
      iceServers: () => [],
      nowMs: Date.now,
      accept: () => (options.isDeclining ? 'busy' : 'accept'),
      paths: () => paths[side],
      createConnection: paths[side].direct ? createConnection : forbidden,
      membership: options.members?.[side],
      directTimeoutMs: 150,
      connectTimeoutMs: options.connectTimeoutMs ?? 15_000,
    });
    opened.push(transport);
    return transport;
  };
  const low = create(identities[0], 'low');
  const high = create(identities[1], 'high');
  const dispose = () => {
    low.dispose();
    high.dispose();
  };
  /** Somebody else, with the policy of the higher one. */
  const add = async (createConnection?: CreatePeerConnection) =>
    create(await createIdentity(), 'high', createConnection && { createConnection });
  return { low, high, board, paths, identities, add, dispose };
}

function unusedChannel() {
  return {
    readyState: 'connecting' as const,
    bufferedAmount: 0,
    bufferedAmountLowThreshold: 0,
    onbufferedamountlow: null,
    onmessage: null,
    send: () => {},
  };
}
