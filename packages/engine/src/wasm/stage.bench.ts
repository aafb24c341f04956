import { bench, describe } from 'vitest';
import { createWasmStage } from './stage.ts';
import { SMOLLM2_135M, syntheticModel } from './synthetic-model.ts';

// One thread, every block and the head: `npx vitest bench --project browser wasm/stage`.
for (const type of ['Q4_0', 'Q8_0'] as const) {
  for (const variant of ['relaxed', 'plain'] as const) {
    const { spec, readTensor } = syntheticModel(SMOLLM2_135M, type);
    const stage = await createWasmStage(spec, readTensor, { memoryBytesMax: 2 ** 30, variant });
    await stage.openSession('s', { ...stage.range, positionsMax: 256 });
    const step = async (position: number, tokenCount: number) => {
      const tokenIds = Uint32Array.from({ length: tokenCount }, (_, i) => 7 * i + 1);
      await stage.step({ sessionId: 's', position, tokenCount, tokenIds, headRows: 1 });
    };
    await step(0, 64);
    describe(`${type}, ${variant}`, () => {
      bench('a prompt of 64 tokens', () => step(0, 64), { time: 2000, warmupTime: 2000 });
      bench('one token after 64', () => step(64, 1), { time: 2000, warmupTime: 1000 });
      bench('four tokens after 64', () => step(64, 4), { time: 2000, warmupTime: 1000 });
    });
  }
}
