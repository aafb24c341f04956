import { tensorByteLength } from '@manyhands/model/quant/block-layout';
import { stageTensors } from '@manyhands/model/stage-tensors';
import type { TensorInfo } from '@manyhands/model/tensor';
import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { session, tokenStep } from '../acceptance-testing.ts';
import type { ReadTensor, StageSpec } from '../stage.ts';
import { openTestModel } from '../stage-testing.ts';
import { countDevice } from './counting-device-testing.ts';
import { type GpuDevice, requestDevice } from './device.ts';
import { createWebGpuStage } from './stage.ts';

let gpu: GpuDevice;
beforeAll(async () => {
  gpu = await requestDevice();
});
afterAll(() => gpu.destroy());

const MIB = 2 ** 20;
const CHUNK_BYTES = MIB;

const SIZES = { hiddenSize: 512, ffnSize: 2048, headCount: 8, kvHeadCount: 4, headDim: 64 };

/** A tiny model's tensors made larger; nothing of them exists before it is read. */
async function largeSpec(blockCount: number): Promise<StageSpec> {
  const options = { blockCount, weightType: 'Q8_0', contextLength: 2048 } as const;
  const tiny = await openTestModel(createTinyModel(options));
  const config = { ...tiny.config, ...SIZES, ropeDim: SIZES.headDim, vocabSize: 4096 };
  const kv = SIZES.kvHeadCount * SIZES.headDim;
  const query = SIZES.headCount * SIZES.headDim;
  const { hiddenSize, ffnSize } = SIZES;
  const dimsOf = (name: string): number[] => {
    if (/(embd|output)\.weight$/.test(name) && !name.startsWith('blk')) return [hiddenSize, 4096];
    if (name.includes('norm')) return [hiddenSize];
    if (name.includes('attn_q')) return [hiddenSize, query];
    if (name.includes('attn_k') || name.includes('attn_v')) return [hiddenSize, kv];
    if (name.includes('attn_output')) return [query, hiddenSize];
    return name.includes('ffn_down') ? [ffnSize, hiddenSize] : [hiddenSize, ffnSize];
  };
  const tensors = tiny.tensors.map((tensor): TensorInfo => {
    const dims = dimsOf(tensor.name);
    return { ...tensor, dims, byteLength: tensorByteLength(tensor.type, dims) };
  });
  const range = { ...tiny.whole };
  return { ...range, config, tensors: stageTensors(config, tensors, range) };
}

/** Loads, and says how many bytes had been read but not yet been given to the device. */
async function loadCounted(blockCount: number) {
  const spec = await largeSpec(blockCount);
  const { gpu: watched, counts } = countDevice(gpu);
  let readBytes = 0;
  let waitingBytesMax = 0;
  const readTensor: ReadTensor = async function* (tensor) {
    for (let at = 0; at < tensor.byteLength; at += CHUNK_BYTES) {
      const chunk = new Uint8Array(Math.min(CHUNK_BYTES, tensor.byteLength - at));
      readBytes += chunk.length;
      yield chunk;
      // Asking for the next one means that the last is done with: nothing may hold on to it.
      structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
      waitingBytesMax = Math.max(waitingBytesMax, readBytes - counts.writtenBytes);
    }
  };
  const options = { memoryBytesMax: 512 * MIB };
  const stage = await createWebGpuStage(watched, spec, readTensor, options);
  return { stage, counts, readBytes, waitingBytesMax, whole: spec };
}

test('a stage takes its weights, its pages and little more; loading holds one piece', {
  timeout: 60_000,
}, async ({ annotate }) => {
  const waiting: number[] = [];
  for (const blockCount of [2, 8]) {
    const { stage, counts, readBytes, waitingBytesMax, whole } = await loadCounted(blockCount);
    waiting.push(waitingBytesMax);
    await stage.openSession('a', session(whole, 1024));
    await stage.openSession('b', session(whole, 1024));
    const ids = Uint32Array.from({ length: 100 }, (_, i) => i);
    await stage.step(tokenStep(ids, 0, { sessionId: 'a' }));
    const { weightBytes, kvBytes, allocatedBytes } = stage.stats();
    expect(weightBytes).toBeGreaterThan(0.99 * readBytes);
    expect(allocatedBytes).toBe(counts.bytes);
    const peak = `${blockCount} blocks: peak ${counts.bytesPeak} of weights ${weightBytes}`;
    await annotate(`${peak}, pages ${kvBytes}; ${waitingBytesMax} bytes waited while loading`);
    expect(counts.bytesPeak).toBeLessThan(1.1 * weightBytes + kvBytes + 64 * MIB);
    stage.dispose();
    expect(counts.bytes).toBe(0);
  }
  // A piece and the group of rows that its end is part of, however large the stage.
  for (const bytes of waiting) expect(bytes).toBeLessThan(2 * CHUNK_BYTES);
});
