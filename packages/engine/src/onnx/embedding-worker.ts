import { PACER_CLOCK } from '../worker/pacer-clock.ts';
import { holdLifeLock } from '../worker/worker-life.ts';
import { exposeEmbedding } from './embedding-comlink.ts';
import { createWorkerEmbedding } from './worker-embedding.ts';

const lock = holdLifeLock(self.name);
exposeEmbedding({ ...createWorkerEmbedding(PACER_CLOCK), whenWatched: () => lock });
