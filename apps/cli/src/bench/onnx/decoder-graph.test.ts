import { memorySource } from '@manyhands/model/memory-source';
import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { expect, it } from 'vitest';
import { type BenchModel, openBenchModel } from '../measure/open-model.ts';
import { buildDecoder } from './decoder-graph.ts';
import { halfRotationOrder, type ReadWhole } from './decoder-weights.ts';
import { writeOnnxModel } from './onnx-model.ts';

const readerOf =
  ({ source, tensors }: BenchModel): ReadWhole =>
  async (name) => {
    const info = tensors.find((tensor) => tensor.name === name);
    if (info === undefined) throw new Error(`no ${name}`);
    return { info, bytes: await source.read(info.offset, info.offset + info.byteLength) };
  };

async function build(bytes: Uint8Array<ArrayBuffer>, floats: 'f32' | 'f16' = 'f32', heads = true) {
  const model = await openBenchModel(memorySource(bytes));
  const { config } = model;
  const read = readerOf(model);
  return await buildDecoder({ config, read, heads, floats, accuracyLevel: 0, positionsMax: 16 });
}

it('reads nothing that it does not have', async () => {
  for (const architecture of ['llama', 'qwen3'] as const) {
    for (const heads of [true, false]) {
      const bytes = createTinyModel({ architecture, weightType: 'Q8_0', isTied: heads });
      const graph = await build(bytes, 'f32', heads);
      const known = new Set([
        '',
        ...graph.inputs.map(({ name }) => name),
        ...graph.weights.map(({ name }) => name),
      ]);
      for (const { op, inputs, outputs } of graph.nodes) {
        expect(
          inputs.filter((name) => !known.has(name)),
          op,
        ).toEqual([]);
        for (const name of outputs) known.add(name);
      }
      expect(graph.outputs.filter(({ name }) => !known.has(name))).toEqual([]);
    }
  }
});

it('has one fused attention a block and every norm but the first with its addition', async () => {
  const { nodes } = await build(createTinyModel({ weightType: 'Q4_0', blockCount: 2 }));
  const count = (op: string) => nodes.filter((node) => node.op === op).length;
  expect(count('GroupQueryAttention')).toBe(2);
  expect(count('SimplifiedLayerNormalization')).toBe(1);
  expect(count('SkipSimplifiedLayerNormalization')).toBe(4);
  // Queries, keys and values in one; output, gate, up, down; the head.
  expect(count('MatMulNBits')).toBe(2 * 5 + 1);
});

it('transposes what MatMul multiplies with', async () => {
  const bytes = createTinyModel({ weightType: 'F32', hiddenSize: 64, ffnSize: 96 });
  const model = await openBenchModel(memorySource(bytes));
  const rows = await readerOf(model)('blk.0.ffn_up.weight');
  const { weights } = await build(bytes);
  const columns = weights.find(({ name }) => name === 'blk.0.ffn_up.weight.columns');
  expect(columns?.dims).toEqual([64, 96]);
  const values = new Float32Array(columns?.data.slice().buffer ?? new ArrayBuffer(0));
  const expected = new Float32Array(rows.bytes.slice().buffer);
  for (const [row, column] of [
    [0, 1],
    [95, 63],
    [17, 40],
  ] as const) {
    expect(values[column * 96 + row]).toBe(expected[row * 64 + column]);
  }
});

it('writes floats of half the size for adapters that compute with them', async () => {
  const bytes = createTinyModel({ weightType: 'F16' });
  const size = async (floats: 'f32' | 'f16') =>
    writeOnnxModel(await build(bytes, floats)).byteLength;
  const ratio = (await size('f16')) / (await size('f32'));
  expect(ratio).toBeGreaterThan(0.49);
  expect(ratio).toBeLessThan(0.6);
});

it("puts rotated pairs of llama's rows half a head apart", async () => {
  const { config } = await openBenchModel(memorySource(createTinyModel({ headDim: 16 })));
  const order = halfRotationOrder(config);
  const rows = Array.from({ length: 32 }, (_, row) => order?.(row));
  expect(rows.slice(0, 16)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15]);
  expect(rows.slice(16)).toEqual(rows.slice(0, 16).map((row) => (row ?? 0) + 16));
  const qwen = await openBenchModel(memorySource(createTinyModel({ architecture: 'qwen3' })));
  expect(halfRotationOrder(qwen.config)).toBeUndefined();
});
