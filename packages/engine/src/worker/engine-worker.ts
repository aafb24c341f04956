import { exposeEngine } from './comlink.ts';
import { createWorkerEngine } from './worker-engine.ts';
import { holdLifeLock } from './worker-life.ts';

const lock = holdLifeLock(self.name);
// Its page notices that the worker is gone and starts another one, once it was told what failed.
const engine = createWorkerEngine(() => setTimeout(() => self.close()));
exposeEngine({ ...engine, whenWatched: () => lock });
