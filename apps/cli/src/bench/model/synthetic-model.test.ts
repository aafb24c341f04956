import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gguf } from '@huggingface/gguf';
import { memorySource } from '@manyhands/model/memory-source';
import { dequantize } from '@manyhands/model/quant/dequantize';
import { describe, expect, it } from 'vitest';
import { openBenchModel } from '../measure/open-model.ts';
import { SHAPES, type Shape, WEIGHT_TYPES, type WeightType } from './shapes.ts';
import { matrixType, writeSyntheticModel } from './synthetic-model.ts';

const tiny = SHAPES.tiny as Shape;

function write(type: WeightType, seed = 1, shape = tiny): Uint8Array<ArrayBuffer> {
  return joined([...writeSyntheticModel({ shape, type, blockCount: 2, seed })]);
}

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

describe.each(WEIGHT_TYPES)('a synthetic model in %s', (type) => {
  it('is a model of its shape', async () => {
    const { config, tensors } = await openBenchModel(memorySource(write(type)));
    const { hiddenSize, ffnSize, headCount, kvHeadCount, headDim, vocabSize } = tiny;
    const dimensions = { hiddenSize, ffnSize, headCount, kvHeadCount, headDim, vocabSize };
    expect(config).toMatchObject({ ...dimensions, blockCount: 2, hasTiedEmbedding: true });
    expect(new Set(tensors.map((tensor) => tensor.type))).toEqual(new Set([type, 'F32']));
  });

  it('is read by another parser too, tensor for tensor', async () => {
    const bytes = write(type);
    const { tensors } = await openBenchModel(memorySource(bytes));
    const directory = await mkdtemp(join(tmpdir(), 'manyhands bench '));
    try {
      const file = join(directory, 'model.gguf');
      await writeFile(file, bytes);
      const { tensorInfos, tensorDataOffset } = await gguf(file, { allowLocalFile: true });
      const theirs = tensorInfos.map(({ name, shape, offset }) => {
        return { name, dims: shape.map(Number), offset: Number(offset + tensorDataOffset) };
      });
      expect(theirs).toEqual(tensors.map(({ name, dims, offset }) => ({ name, dims, offset })));
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('has weights without a mean whose products keep the size of their inputs', async () => {
    const { tensors, source } = await openBenchModel(memorySource(write(type)));
    for (const { name, dims, offset, byteLength } of tensors.filter((each) => each.type === type)) {
      const [rowLength = 0, rowCount = 0] = dims;
      const count = rowLength * rowCount;
      const values = dequantize(type, await source.read(offset, offset + byteLength), count);
      const mean = values.reduce((sum, value) => sum + value, 0) / count;
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / count);
      const gain = deviation * Math.sqrt(rowLength) * (name === 'token_embd.weight' ? 1 / 2.5 : 1);
      expect(Math.abs(mean) / deviation, name).toBeLessThan(0.05);
      // Halves take the nearest octave.
      expect(gain, name).toBeGreaterThan(0.7);
      expect(gain, name).toBeLessThan(1.45);
    }
  });

  it('depends on nothing but its seed', () => {
    const first = Buffer.from(write(type, 7));
    expect(first.equals(write(type, 7))).toBe(true);
    expect(first.equals(write(type, 8))).toBe(false);
  });
});

it('gives rows that do not fill blocks of 256 to Q8_0, as quantisers do', () => {
  expect(matrixType('Q4_K', 576)).toBe('Q8_0');
  expect(matrixType('Q4_K', 1536)).toBe('Q4_K');
  expect(matrixType('Q4_0', 576)).toBe('Q4_0');
});

it("scales Llama's slow rotations by 32 and its fast ones not at all", async () => {
  const shape = { ...tiny, architecture: 'llama', headDim: 64, hasRopeFactors: true } as const;
  const bytes = write('Q8_0', 1, { ...shape, ropeTheta: 500_000 });
  const { config, tensors, source } = await openBenchModel(memorySource(bytes));
  expect(config.hasRopeFactors).toBe(true);
  const tensor = tensors.find(({ name }) => name === 'rope_freqs.weight');
  if (tensor === undefined) throw new Error('no factors');
  const { offset, byteLength } = tensor;
  const factors = new Float32Array((await source.read(offset, offset + byteLength)).buffer);
  expect(factors[0]).toBe(1);
  expect(factors.at(-1)).toBe(32);
  expect([...factors].sort((a, b) => a - b)).toEqual([...factors]);
});
