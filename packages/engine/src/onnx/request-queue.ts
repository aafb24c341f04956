import { EngineError } from '../error.ts';
import { QUEUED_STEPS_MAX } from '../limits.ts';

/** Runs what is added one after another; at most `QUEUED_STEPS_MAX` wait. */
export interface RequestQueue {
  add<T>(run: () => Promise<T>): Promise<T>;
}

export function createRequestQueue(): RequestQueue {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    async add(run) {
      if (waiting >= QUEUED_STEPS_MAX) {
        throw new EngineError(
          'over-budget',
          `${QUEUED_STEPS_MAX} requests wait already; send the next one after an answer`,
        );
      }
      waiting += 1;
      const result = last.then(run).finally(() => {
        waiting -= 1;
      });
      // The queue goes on after a failed step; its caller gets the error.
      last = result.catch(() => undefined);
      return await result;
    },
  };
}
