import { exposeEngine } from './comlink.ts';
import { createWorkerEngine } from './worker-engine.ts';
import { holdLifeLock } from './worker-life.ts';

const lock = holdLifeLock(self.name);
exposeEngine({ ...createWorkerEngine(), whenWatched: () => lock });
