import { createStage } from '@manyhands/engine/create-stage';
import { EngineError } from '@manyhands/engine/error';
import { createPassQueue, type PassQueue } from '@manyhands/engine/pass-queue';
import type { Stage } from '@manyhands/engine/stage';
import type { EngineApi, LoadedStage, LoadStageOptions } from '@manyhands/engine/worker/engine-api';
import { openWeightStore } from '@manyhands/model/store/weight-store';
import { createStandInBackend, PASS_MS, ROW_MS } from './stand-in-backend.ts';
import { STAND_IN_HIDDEN_SIZE } from './stand-in-text.ts';

interface Held {
  readonly stage: Stage;
  readonly queue: PassQueue;
  readonly backend: ReturnType<typeof createStandInBackend>;
}

/** The engine as it runs in a volunteer's worker, with a device that only waits. */
export function createStandInEngine(): Omit<EngineApi, 'whenWatched'> {
  let held: Held | undefined;

  const heldStage = (): Held => {
    if (held !== undefined) return held;
    throw new EngineError('disposed', 'no stage is loaded; load one first');
  };

  return {
    probe: async () => ({ wasm: 'plain' }),
    async loadStage(options) {
      const { firstBlock, endBlock, embeds, heads, memoryBytesMax } = options;
      const model = await readConfig(options);
      // As wide as a small model's, so that a position on a link has the bytes of one.
      const config = { ...model, hiddenSize: STAND_IN_HIDDEN_SIZE };
      const backend = createStandInBackend(config, firstBlock, endBlock);
      const spec = { config, firstBlock, endBlock, embeds, heads, tensors: [] };
      const stage = createStage(backend, spec, memoryBytesMax);
      held = { stage, backend, queue: createPassQueue((requests) => stage.pass(requests)) };
      const { blockCount, contextLength, vocabSize } = config;
      const loaded: LoadedStage = {
        modelRoot: options.modelRoot,
        firstBlock,
        endBlock,
        embeds,
        heads,
        hiddenSize: STAND_IN_HIDDEN_SIZE,
        blockCount,
        contextLength,
        vocabSize,
        numericClass: backend.numericClass,
        weightBytes: 0,
        msPerBlock: (PASS_MS + ROW_MS) / (endBlock - firstBlock),
        backend: 'wasm',
        threadCount: 1,
        backendReason: { code: 'chosen' },
      };
      return loaded;
    },
    setGpuShare: async () => undefined,
    openSession: async (...session) => heldStage().stage.openSession(...session),
    async closeSession(...session) {
      held?.stage.closeSession(...session);
    },
    step: async (request) => heldStage().queue.add(request),
    async stats() {
      const { stage, backend } = heldStage();
      return { ...stage.stats(), busyMs: backend.busyMs };
    },
    whenTuned: async () => ({ choices: {} }),
    // Nothing takes a device away that is none.
    whenLost: () => new Promise(() => undefined),
    async unload() {
      held?.stage.dispose();
      held = undefined;
    },
  };
}

async function readConfig({ modelRoot, manifestUrl, sourceUrls }: LoadStageOptions) {
  const store = await openWeightStore({ modelRoot, manifestUrl, sourceUrls });
  try {
    return store.manifest.config;
  } finally {
    store.close();
  }
}
