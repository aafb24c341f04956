import { FRAME_BYTES_MAX } from '@manyhands/protocol/frame-header';
import type { PublicIdentity } from '@manyhands/protocol/id';
import type { PeerMessage } from '@manyhands/protocol/peer-message';
import { SwarmError } from './error.ts';
import type { Link, LinkCloseReason } from './link.ts';
import { createLinkEvents, type LinkEvents } from './link-handlers.ts';

/** Runs a delivery later, in order. */
export type Schedule = (deliver: () => void) => void;

/** Whose end of a link it is, and who is told first when it closed. */
export interface LinkOwner {
  readonly identity: PublicIdentity;
  onClosed(link: Link): void;
}

interface LocalEnd {
  readonly link: Link;
  readonly events: LinkEvents;
  addReceived(byteLength: number): void;
}

/** Both ends of a link inside one program: `[the end of a, the end of b]`. */
export function createLinkPair(a: LinkOwner, b: LinkOwner, schedule: Schedule): [Link, Link] {
  const endOfA: LocalEnd = createEnd(a, b.identity, schedule, () => endOfB);
  const endOfB: LocalEnd = createEnd(b, a.identity, schedule, () => endOfA);
  endOfA.events.open();
  endOfB.events.open();
  return [endOfA.link, endOfB.link];
}

/** A link of a tab to itself: every listener gets what is sent, the sender's own included. */
export function createLoopbackLink(owner: LinkOwner, schedule: Schedule): Link {
  const end: LocalEnd = createEnd(owner, owner.identity, schedule, () => end);
  end.events.open();
  return end.link;
}

const IN_PROGRAM = {
  path: 'direct',
  isDirect: true,
  roundTripMs: 0,
  lossShare: undefined,
} as const;

function createEnd(
  owner: LinkOwner,
  remote: PublicIdentity,
  schedule: Schedule,
  other: () => LocalEnd,
): LocalEnd {
  let frameBytesSent = 0;
  let frameBytesReceived = 0;
  const events = createLinkEvents({
    onOverflow: () => close('overflow'),
    onClosed: () => owner.onClosed(link),
  });
  const requireOpen = () => {
    if (events.isClosed) throw new SwarmError('link-closed', 'The link to the peer is closed.');
  };
  const close = (reason: LinkCloseReason) => {
    if (events.isClosed) return;
    events.close(reason);
    const isGoodbye = reason === 'closed-locally' || reason === 'goodbye';
    schedule(() => other().events.close(isGoodbye ? 'goodbye' : 'peer-gone'));
  };
  const link: Link = {
    peerId: remote.peerId,
    identity: remote,
    get isOpen() {
      return !events.isClosed;
    },
    listen: events.listen,
    sendMessage(message: PeerMessage) {
      requireOpen();
      const copy = structuredClone(message);
      schedule(() => {
        other().events.message(copy);
        if (copy.type === 'goodbye') other().events.close('goodbye');
      });
    },
    beat() {
      if (!events.isClosed) schedule(() => other().events.message({ type: 'beat' }));
    },
    sendFrame(bytes) {
      requireOpen();
      if (bytes.length === 0 || bytes.length > FRAME_BYTES_MAX) {
        throw new SwarmError('over-limit', 'No receiver takes a frame of this size.');
      }
      frameBytesSent += bytes.length;
      // A copy, as over a wire: neither side sees what the other does to its buffer.
      const copy = bytes.slice();
      schedule(() => {
        other().addReceived(copy.length);
        other().events.frame(copy);
      });
    },
    stats: async () => ({ frameBytesSent, frameBytesReceived, ...IN_PROGRAM }),
    close,
  };
  const addReceived = (byteLength: number) => {
    frameBytesReceived += byteLength;
  };
  return { link, events, addReceived };
}
