import type { PublicIdentity } from '@manyhands/protocol/id';
import type { Signal } from '@manyhands/protocol/signal';

/** Whether a peer that dials gets a link, or the code it is declined with. */
export type AcceptPolicy = (
  remote: PublicIdentity,
) => 'accept' | Extract<Signal, { type: 'decline' }>['code'];
