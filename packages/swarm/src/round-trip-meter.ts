import { ROUND_TRIP_MS_MAX } from '@manyhands/protocol/limits';
import type { PeerMessage, PeerMessageOf } from '@manyhands/protocol/peer-message';
import { PING_GAP_MS, PING_TIMEOUT_MS, PINGS_AT_ONCE, PINGS_FIRST, PINGS_KEPT } from './limits.ts';

/** How long a message takes to the page at the other end of a link and back. */
export interface RoundTripMeter {
  /** The least of the last few; undefined before the first answer. */
  readonly ms: number | undefined;
  /** Asks, several times at first, then where the last answer is not of now any more. */
  ask(): void;
  /** Answers the other end, and takes its answers. */
  take(message: PeerMessageOf<'ping' | 'pong'>): void;
  /** The link is closed. */
  dispose(): void;
}

/**
 * ICE measures the path alone, every few seconds, and a tunnel has no ICE. A step takes the way of a
 * message: both pages, the channel, and the path between. The least counts: pages are busy just when links
 * open, and slow to wake when nothing goes on, while a step that follows a step finds them waiting.
 */
export function createRoundTripMeter(
  send: (message: PeerMessage) => void,
  nowMs: () => number = () => performance.now(),
): RoundTripMeter {
  const answered: number[] = [];
  let pingId = 0;
  let askedMs: number | undefined;
  let answeredMs = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const ping = (): void => {
    askedMs = nowMs();
    pingId += 1;
    send({ type: 'ping', id: pingId });
  };

  const ask = (): void => {
    const isUnderWay = askedMs !== undefined && nowMs() - askedMs < PING_TIMEOUT_MS;
    if (!isUnderWay && nowMs() - answeredMs >= PING_GAP_MS) ping();
  };

  return {
    get ms() {
      return answered.length === 0 ? undefined : Math.min(...answered);
    },
    ask,
    take(message) {
      if (message.type === 'ping') {
        send({ type: 'pong', id: message.id });
        return;
      }
      if (askedMs === undefined || message.id !== pingId) return;
      answeredMs = nowMs();
      answered.push(Math.min(ROUND_TRIP_MS_MAX, answeredMs - askedMs));
      if (answered.length > PINGS_KEPT) answered.shift();
      askedMs = undefined;
      if (pingId < PINGS_AT_ONCE) ping();
      else if (pingId < PINGS_FIRST) timer = setTimeout(ask, PING_GAP_MS);
    },
    dispose: () => clearTimeout(timer),
  };
}
