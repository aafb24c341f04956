import { exposeEngine } from '@manyhands/engine/worker/comlink';
import { holdLifeLock } from '@manyhands/engine/worker/worker-life';
import { createStandInEngine } from './stand-in-engine.ts';

const lock = holdLifeLock(self.name);
exposeEngine({ ...createStandInEngine(), whenWatched: () => lock });
