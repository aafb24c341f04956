import { identityOf } from '@manyhands/protocol/id';
import type { PeerMessageOf } from '@manyhands/protocol/peer-message';
import type { Link } from '@manyhands/swarm/link';
import type { HostedSession } from './hosted-session.ts';
import type { HostedStage } from './stage-host.ts';

/** Checks everything that a stranger's request states, before anything is allocated for it. */
export function checkOpen(
  stage: HostedStage,
  message: PeerMessageOf<'open-session'>,
  link: Link,
  known: HostedSession | undefined,
): { code: PeerMessageOf<'session-refused'>['code']; text: string } | undefined {
  if (known && identityOf(known.owner.peerId) !== identityOf(link.peerId)) {
    return { code: 'not-owner', text: 'This session belongs to another key.' };
  }
  if (known && known.epoch >= message.epoch) {
    return {
      code: 'old-epoch',
      text: 'This session is already open at this epoch or a later one.',
    };
  }
  const isHeld =
    message.modelRoot === stage.modelRoot &&
    message.firstBlock >= stage.firstBlock &&
    message.endBlock <= stage.endBlock &&
    message.firstBlock < message.endBlock &&
    (!message.embeds || (stage.embeds && message.firstBlock === 0)) &&
    (!message.heads || (stage.heads && message.endBlock === stage.blockCount));
  if (!isHeld) {
    return { code: 'model-not-held', text: 'This tab does not hold these blocks any more.' };
  }
  if (message.positionsMax < 1 || message.positionsMax > stage.contextLength) {
    return {
      code: 'malformed',
      text: `A session may have 1 to ${stage.contextLength} positions with this model.`,
    };
  }
  if (message.replayTo > message.positionsMax) {
    return { code: 'malformed', text: 'More is to be replayed than the session has positions.' };
  }
  return undefined;
}
