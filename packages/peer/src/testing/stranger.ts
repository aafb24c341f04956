import { encodeBase64 } from '@manyhands/protocol/base64';
import { encodeFrame, type Frame } from '@manyhands/protocol/frame';
import type { PeerMessage, PeerMessageOf } from '@manyhands/protocol/peer-message';
import type { Link, Transport } from '@manyhands/swarm/link';
import { createToySwarm, TOY_ROOT, type ToyVolunteer } from './toy-swarm.ts';

export interface Stranger {
  readonly transport: Transport;
  readonly link: Link;
  /** All but beats, which come at their own time. */
  readonly messages: PeerMessage[];
  readonly beats: PeerMessage[];
  readonly frames: Uint8Array[];
}

/** Somebody with a link to the volunteer who may send anything. */
export async function connectStranger(
  swarm: Awaited<ReturnType<typeof createToySwarm>>,
  volunteer: ToyVolunteer,
): Promise<Stranger> {
  const transport = await swarm.stranger();
  const link = await transport.connect(volunteer.peerId);
  const messages: PeerMessage[] = [];
  const beats: PeerMessage[] = [];
  const frames: Uint8Array[] = [];
  link.listen({
    onMessage: (message) => (message.type === 'beat' ? beats : messages).push(message),
    onFrame: (bytes) => frames.push(bytes),
    onClose: () => undefined,
  });
  return { transport, link, messages, beats, frames };
}

export async function setUp() {
  const swarm = await createToySwarm([[0, 6]]);
  const [volunteer] = swarm.volunteers;
  if (!volunteer) throw new Error('no volunteer');
  return { swarm, volunteer, stranger: await connectStranger(swarm, volunteer) };
}

export const SESSION = encodeBase64(new Uint8Array(16).fill(7));

export function openMessage(
  stranger: Stranger,
  change: Partial<PeerMessageOf<'open-session'>> = {},
): PeerMessage {
  return {
    type: 'open-session',
    sessionId: SESSION,
    epoch: 1,
    modelRoot: TOY_ROOT,
    firstBlock: 0,
    endBlock: 6,
    embeds: true,
    heads: true,
    positionsMax: 64,
    upstream: stranger.transport.peerId,
    downstream: stranger.transport.peerId,
    activation: 'f32',
    prefixKeys: [],
    replayTo: 0,
    forwardsReplay: false,
    ...change,
  };
}

export function tokensFrame(change: Partial<Extract<Frame, { kind: 'tokens' }>> = {}) {
  const tokenIds = change.tokenIds ?? Uint32Array.of(20, 21, 22);
  return encodeFrame({
    sessionId: SESSION,
    epoch: 1,
    step: 0,
    position: 0,
    tokenCount: tokenIds.length,
    headRows: 1,
    kind: 'tokens',
    ...change,
    tokenIds,
  });
}

/** Deliveries are microtasks and steps are a few of them; an answer that never comes stays absent. */
export const settle = () => new Promise((resolve) => setTimeout(resolve, 20));
