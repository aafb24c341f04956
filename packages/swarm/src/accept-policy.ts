import type { PublicIdentity } from '@manyhands/protocol/id';
import type { Signal } from '@manyhands/protocol/signal';

export type DeclineCode = Extract<Signal, { type: 'decline' }>['code'];

/** Whether a peer that dials gets a link, or the code it is declined with. */
export type AcceptPolicy = (remote: PublicIdentity) => 'accept' | DeclineCode;

/** What a peer that was declined is told. */
export function declineText(code: DeclineCode): string {
  switch (code) {
    case 'too-many-links':
      return 'The peer has as many links as it takes; choose another.';
    case 'not-serving':
      return 'The peer no longer serves; choose another.';
    case 'busy':
      return 'The peer is busy; try again later.';
    case 'no-tunnels':
      return 'No direct path leads to the peer, and it takes no other; choose another.';
    default:
      return code satisfies never;
  }
}
