import { bench, describe } from 'vitest';
import { createWasmStage } from './stage.ts';
import { SMOLLM2_135M, syntheticModel } from './synthetic-model.ts';

const SESSIONS = ['a', 'b', 'c', 'd'];
/** Attention is the same whatever the weights' type. */
const LONG = { Q4_0: [512, 2048], Q8_0: [] } as const;
const TIMES = { time: 1500, warmupTime: 1000 };

const KERNELS = [
  ['relaxed', 1],
  ['relaxed', 2],
  ['plain', 1],
  ['plain', 2],
] as const;

// Every block and the head: `npx vitest bench --project browser wasm/stage`.
for (const type of ['Q4_0', 'Q8_0'] as const) {
  for (const [variant, threadsMax] of KERNELS) {
    const { spec, readTensor } = syntheticModel(SMOLLM2_135M, type);
    const options = { memoryBytesMax: 2 ** 30, variant, threadsMax };
    const stage = await createWasmStage(spec, readTensor, options);
    const pass = async (sessions: readonly string[], position: number, tokenCount: number) => {
      const tokenIds = Uint32Array.from({ length: tokenCount }, (_, i) => 7 * i + 1);
      const outcomes = await stage.pass(
        sessions.map((sessionId) => ({ sessionId, position, tokenCount, tokenIds, headRows: 1 })),
      );
      for (const outcome of outcomes) if ('error' in outcome) throw outcome.error;
    };
    const open = async (sessionId: string, length: number) => {
      await stage.openSession(sessionId, { ...stage.range, positionsMax: length + 256 });
      for (let position = 0; position < length; position += 64) {
        await pass([sessionId], position, 64);
      }
    };
    for (const sessionId of SESSIONS) await open(sessionId, 64);
    for (const length of LONG[type]) await open(`after ${length}`, length);
    describe(`${type}, ${variant}, threads: ${stage.threadCount}`, () => {
      bench('a prompt of 64 tokens', () => pass(['a'], 0, 64), TIMES);
      bench('one token after 64', () => pass(['a'], 64, 1), TIMES);
      bench('four tokens after 64', () => pass(['a'], 64, 4), TIMES);
      bench('one token of each of four sessions after 64', () => pass(SESSIONS, 64, 1), TIMES);
      for (const length of LONG[type]) {
        bench(`one token after ${length}`, () => pass([`after ${length}`], length, 1), TIMES);
      }
    });
  }
}

// Small weights have scales that are subnormal in f16: they must not be slower than others.
describe('one token, Q8_0', async () => {
  for (const [name, scale] of [
    ['normal scales', 0x0800],
    ['subnormal scales', 0x0100],
  ] as const) {
    const { spec, readTensor } = syntheticModel(SMOLLM2_135M, 'Q8_0', scale);
    const stage = await createWasmStage(spec, readTensor, { memoryBytesMax: 2 ** 30 });
    await stage.openSession('s', { ...stage.range, positionsMax: 32 });
    const tokenIds = Uint32Array.of(1);
    const step = { sessionId: 's', position: 0, tokenCount: 1, tokenIds, headRows: 1 };
    bench(
      name,
      async () => {
        await stage.step(step);
      },
      TIMES,
    );
  }
});
