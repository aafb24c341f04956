import { exposeEngine } from './comlink.ts';
import { createWorkerEngine } from './worker-engine.ts';

exposeEngine(createWorkerEngine());
