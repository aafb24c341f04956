import type { TunnelClosing } from '@manyhands/protocol/relay-message';

/** What is said with each code: why, and what to do. */
export const CLOSINGS: Readonly<Record<TunnelClosing, string>> = {
  off: 'This relay carries no links: connect directly, or use another relay.',
  unreachable: 'That peer is not here: choose another.',
  'not-serving': 'Neither end offers compute at the moment: choose a volunteer that does.',
  'over-ration':
    'The ration for links through this relay is used up: wait an hour, or connect directly.',
  'too-many-tunnels':
    'Too many links go through this relay already: close some, or try again later.',
  'not-joined': 'That peer did not come in time: choose another.',
  'peer-gone': 'The other end left: choose another.',
  'over-limit': 'More came than this relay had granted: reload the page.',
  idle: 'Nothing passed for a long time: connect again when there is something to say.',
};
