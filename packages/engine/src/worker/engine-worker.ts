import { exposeEngine } from './comlink.ts';
import { createWorkerEngine } from './worker-engine.ts';
import { holdLifeLock } from './worker-life.ts';

// Before it can answer: who hears an answer knows that the lock is held.
holdLifeLock(self.name);
exposeEngine(createWorkerEngine());
