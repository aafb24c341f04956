import { createRandom } from '@manyhands/testkit/random';
import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { randomTokens, session } from '../../acceptance-testing.ts';
import { openTestModel, type TestModel } from '../../stage-testing.ts';
import type { Activations } from '../choose-product.ts';
import { createKernels, type KernelVariant, kernelModule } from '../kernels.ts';
import { createWasmMemory } from '../memory.ts';
import { createWasmStage } from '../stage.ts';
import { startHelpers } from './start-helpers.ts';
import { createThreads, type Helpers } from './threads.ts';

test('the page is isolated, as the site is', () => {
  expect(crossOriginIsolated).toBe(true);
});

describe('rounds of calls', () => {
  let helpers: Helpers | undefined;
  afterEach(() => helpers?.end());

  async function open(wanted: number) {
    const memory = createWasmMemory(2 ** 24, true);
    helpers = await startHelpers(await kernelModule('plain', true), memory, wanted);
    const threads = createThreads(await createKernels('plain', memory.memory), helpers);
    const numbers = (length: number) => memory.allocate('scratch', 'a test', length * 4);
    return { memory, threads, numbers };
  }

  test('every thread makes its calls, in order, again and again', async () => {
    const { memory, threads, numbers } = await open(3);
    expect(threads.count).toBe(4);
    const rows = Array.from({ length: 4 }, () => ({ gate: numbers(16), up: numbers(16) }));
    for (let round = 0; round < 200; round += 1) {
      for (const [thread, { gate, up }] of rows.entries()) {
        memory.f32(gate, 16).fill(40);
        memory.f32(up, 16).fill(thread + 1);
        // 40 times thread + 1, twice: SwiGLU leaves numbers that are that large as they are.
        threads.call(thread, 'swiGlu', gate, up, 64);
        threads.call(thread, 'swiGlu', gate, up, 64);
      }
      threads.run();
      for (const [thread, { gate }] of rows.entries()) {
        expect(memory.f32(gate, 16)).toEqual(new Float32Array(16).fill(40 * (thread + 1) ** 2));
      }
    }
  });

  test('memory that grew is everybody’s', async () => {
    const { memory, threads, numbers } = await open(1);
    const gate = numbers(2 ** 20);
    const up = numbers(2 ** 20);
    memory.f32(gate, 2 ** 20).fill(40);
    memory.f32(up, 2 ** 20).fill(2);
    threads.call(1, 'swiGlu', gate, up, 2 ** 22);
    threads.run();
    expect(memory.f32(gate, 2 ** 20).every((value) => value === 80)).toBe(true);
  });

  test('a call that fails in another thread is an error', async () => {
    const { threads, numbers } = await open(2);
    const fine = numbers(16);
    threads.call(0, 'swiGlu', fine, fine, 64);
    threads.call(2, 'swiGlu', 0xfff0_0000, 0xfff0_0000, 64);
    expect(() => threads.run()).toThrow(expect.objectContaining({ code: 'validation' }));
  });

  test('a call that fails in this thread is too, once the others are done', async () => {
    const { memory, threads, numbers } = await open(1);
    const [gate, up] = [numbers(2 ** 18), numbers(2 ** 18)];
    memory.f32(gate, 2 ** 18).fill(40);
    memory.f32(up, 2 ** 18).fill(2);
    threads.call(0, 'swiGlu', 0xfff0_0000, 0xfff0_0000, 64);
    threads.call(1, 'swiGlu', gate, up, 2 ** 20);
    expect(() => threads.run()).toThrow(WebAssembly.RuntimeError);
    expect(memory.f32(gate, 2 ** 18).every((value) => value === 80)).toBe(true);
  });
});

const CLASSES: readonly [KernelVariant, Activations][] = [
  ['plain', 'f32'],
  ['plain', 'i16'],
  ['relaxed', 'f32'],
  ['relaxed', 'i8'],
];

describe.each(CLASSES)('a stage with %s kernels and %s activations', (variant, activations) => {
  let model: TestModel;
  beforeAll(async () => {
    // Large enough that every product is shared out.
    const sizes = { hiddenSize: 416, ffnSize: 1088, headCount: 13, kvHeadCount: 13, headDim: 32 };
    model = await openTestModel(
      createTinyModel({
        ...sizes,
        blockCount: 2,
        vocabSize: 500,
        contextLength: 800,
        weightType: 'Q8_0',
      }),
    );
  });

  test('computes with two and with five threads what it does with one, bit for bit', async () => {
    const alone = await answers(1);
    expect(await answers(2)).toEqual(alone);
    expect(await answers(5)).toEqual(alone);
  });

  /** A prompt, tokens after it, and tokens of several sessions at once. */
  async function answers(threadsMax: number) {
    const options = { memoryBytesMax: 2 ** 27, variant, activations, threadsMax };
    const stage = await createWasmStage(model.spec(model.whole), model.readTensor, options);
    try {
      expect(stage.threadCount).toBe(threadsMax);
      const tokens = randomTokens(model, 700);
      const random = createRandom(1);
      const results: unknown[] = [];
      for (const sessionId of ['a', 'b', 'c']) {
        await stage.openSession(sessionId, session(model.whole, 800));
        // The first sees more positions than one thread attends to for a single token.
        const length = (sessionId === 'a' ? 600 : 60) + random.below(70);
        const tokenIds = Uint32Array.from(tokens.slice(0, length));
        const step = { sessionId, position: 0, tokenCount: length, tokenIds, headRows: 3 };
        results.push(await stage.step(step));
      }
      const one = { sessionId: 'a', position: 600, tokenCount: 1, headRows: 1 };
      results.push(await stage.step({ ...one, tokenIds: Uint32Array.of(7) }));
      results.push(
        await stage.pass(
          ['a', 'b', 'c'].map((sessionId, i) => {
            const tokenIds = Uint32Array.of(i, 9);
            return { sessionId, position: 40 + i, tokenCount: 2, tokenIds, headRows: 2 };
          }),
        ),
      );
      return results;
    } finally {
      stage.dispose();
    }
  }
});
