import type { PacerClock } from '../worker/pacer.ts';
import { holdLifeLock } from '../worker/worker-life.ts';
import { exposeEmbedding } from './embedding-comlink.ts';
import { createWorkerEmbedding } from './worker-embedding.ts';

const CLOCK: PacerClock = {
  now: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const finish = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      signal.addEventListener('abort', finish);
    });
  },
};

const lock = holdLifeLock(self.name);
exposeEmbedding({ ...createWorkerEmbedding(CLOCK), whenWatched: () => lock });
