import { PeerError } from './error.ts';

/** Events pushed by one side and read in order by `for await` on the other. */
export interface EventQueue<Event> extends AsyncIterable<Event> {
  /** Throws `bad-frame` when the reader is more than `waitingMax` events behind. */
  push(event: Event): void;
  /** The loop ends after what was pushed. */
  end(): void;
}

/** `onReturn` runs when the reader leaves the loop early. */
export function createEventQueue<Event>(
  waitingMax: number,
  onReturn: () => void,
): EventQueue<Event> {
  const waiting: Event[] = [];
  let isEnded = false;
  let wake: (() => void) | undefined;
  const iterator: AsyncIterator<Event> = {
    async next() {
      while (waiting.length === 0 && !isEnded) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const event = waiting.shift();
      return event === undefined ? { value: undefined, done: true } : { value: event, done: false };
    },
    async return() {
      isEnded = true;
      waiting.length = 0;
      onReturn();
      return { value: undefined, done: true };
    },
  };
  return {
    push(event) {
      if (isEnded) return;
      if (waiting.length >= waitingMax) {
        throw new PeerError('bad-frame', 'Nobody reads the events of this answer.');
      }
      waiting.push(event);
      wake?.();
    },
    end() {
      isEnded = true;
      wake?.();
    },
    [Symbol.asyncIterator]: () => iterator,
  };
}
