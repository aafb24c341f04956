import { expect, test } from 'vitest';
import { session, tokenStep } from '../acceptance-testing.ts';
import type { ReadTensor } from '../stage.ts';
import { createKernels, type Kernels } from './kernels.ts';
import { createWasmMemory } from './memory.ts';
import { createWasmStage } from './stage.ts';
import { SMOLLM2_135M, syntheticModel } from './synthetic-model.ts';
import { loadWeights } from './weights/load-weights.ts';

const MIB = 2 ** 20;
/** What a large model's tensors are made of, and with a small vocabulary hardly an embedding. */
const LARGE = { ...SMOLLM2_135M, hiddenSize: 1024, ffnSize: 4096, vocabSize: 4096 };

const model = (blockCount: number) => syntheticModel({ ...LARGE, blockCount }, 'Q8_0');

/** Loads, and says how many bytes of matrices had been read but not yet been repacked. */
async function loadCounted(blockCount: number) {
  const { spec, readTensor } = model(blockCount);
  const memory = createWasmMemory(512 * MIB);
  const kernels = await createKernels('plain', memory.memory);
  let readBytes = 0;
  let repackedBytes = 0;
  let chunkBytesMax = 0;
  let waitingBytesMax = 0;
  const counting: Kernels = {
    ...kernels,
    repackQ80(rows, count, columns, out) {
      repackedBytes += (count * columns * 34) / 32;
      return kernels.repackQ80(rows, count, columns, out);
    },
  };
  const readCounted: ReadTensor = async function* (tensor, signal) {
    for await (const chunk of readTensor(tensor, signal)) {
      if (tensor.type === 'Q8_0') readBytes += chunk.length;
      chunkBytesMax = Math.max(chunkBytesMax, chunk.length);
      yield chunk;
      // Asking for the next one means that the last is done with: nothing may hold on to it.
      structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
      waitingBytesMax = Math.max(waitingBytesMax, readBytes - repackedBytes);
    }
  };
  await loadWeights(counting, memory, spec.tensors, readCounted);
  expect(repackedBytes).toBe(readBytes);
  return { readBytes, chunkBytesMax, waitingBytesMax };
}

test('loading holds one piece, however large the stage', { timeout: 60_000 }, async () => {
  const few = await loadCounted(1);
  const many = await loadCounted(6);
  expect(many.readBytes).toBeGreaterThan(4 * few.readBytes);
  for (const { chunkBytesMax, waitingBytesMax } of [few, many]) {
    expect(waitingBytesMax).toBeLessThan(2 * chunkBytesMax);
  }
});

test('a stage takes its weights, its pages and little more', {
  timeout: 60_000,
}, async ({ annotate }) => {
  for (const blockCount of [1, 6]) {
    const { spec, readTensor } = model(blockCount);
    const stage = await createWasmStage(spec, readTensor, { memoryBytesMax: 512 * MIB });
    await stage.openSession('a', session(spec, 1024));
    await stage.openSession('b', session(spec, 1024));
    const ids = Uint32Array.from({ length: 100 }, (_, i) => i);
    await stage.step(tokenStep(ids, 0, { sessionId: 'a' }));
    // Linear memory never shrinks: its size is its peak.
    const { weightBytes, kvBytes, allocatedBytes } = stage.stats();
    const fileBytes = spec.tensors.reduce((sum, tensor) => sum + tensor.byteLength, 0);
    await annotate(
      `${blockCount} blocks: ${allocatedBytes} of weights ${weightBytes}, pages ${kvBytes}`,
    );
    expect(weightBytes).toBeLessThan(1.01 * fileBytes);
    expect(allocatedBytes).toBeLessThan(1.1 * weightBytes + kvBytes + 64 * MIB);
    stage.dispose();
    expect(stage.stats().allocatedBytes).toBe(0);
  }
});
