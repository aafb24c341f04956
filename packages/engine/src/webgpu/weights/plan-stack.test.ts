import { tensorByteLength } from '@manyhands/model/quant/block-layout';
import type { TensorInfo, TensorType } from '@manyhands/model/tensor';
import { describe, expect, test } from 'vitest';
import { planStack } from './plan-stack.ts';
import { groupBytes } from './row-layout.ts';

const tensor = (name: string, type: TensorType, columns: number, rows: number): TensorInfo => ({
  name,
  type,
  dims: [columns, rows],
  offset: 0,
  byteLength: tensorByteLength(type, [columns, rows]),
});

const LIMITS = { bindingBytesMax: 2 ** 20, inTextures: false };

describe('tensors of one type', () => {
  const plan = planStack(
    [tensor('q', 'Q8_0', 64, 70), tensor('k', 'Q8_0', 64, 20), tensor('v', 'Q8_0', 64, 20)],
    LIMITS,
  );

  test('share one part', () => {
    expect(plan.parts).toHaveLength(1);
    expect(plan.parts[0]).toMatchObject({ rowCount: 148, groupCount: 5, outOffset: 0 });
  });

  test('start at whole groups, in the output too', () => {
    expect(plan.parts[0]?.pieces.map((piece) => piece.firstGroup)).toEqual([0, 3, 4]);
    expect(plan.outOffsets).toEqual([0, 96, 128]);
    expect(plan.outStride).toBe(148);
  });
});

test('another type starts another part of the same output', () => {
  const plan = planStack(
    [tensor('q', 'Q4_K', 256, 64), tensor('k', 'Q4_K', 256, 32), tensor('v', 'Q6_K', 256, 32)],
    LIMITS,
  );
  expect(plan.parts.map(({ type, rowCount, outOffset }) => [type, rowCount, outOffset])).toEqual([
    ['Q4_K', 96, 0],
    ['Q6_K', 32, 96],
  ]);
  expect(plan.outStride).toBe(128);
});

test('a type without a kernel is planned as what it becomes', () => {
  expect(planStack([tensor('w', 'Q5_0', 64, 32)], LIMITS).parts[0]?.type).toBe('Q8_0');
});

test('a matrix larger than a binding is cut between groups', () => {
  const plan = planStack([tensor('w', 'F16', 64, 150)], {
    bindingBytesMax: 2 * groupBytes('F16', 64) + 100,
    inTextures: false,
  });
  expect(plan.parts.map((part) => [part.outOffset, part.rowCount, part.groupCount])).toEqual([
    [0, 64, 2],
    [64, 64, 2],
    [128, 22, 1],
  ]);
  expect(plan.parts.map((part) => part.pieces[0]?.firstRow)).toEqual([0, 64, 128]);
  expect(plan.outStride).toBe(150);
});

test('in textures, it is cut before one is higher than a texture may be', () => {
  // 4,000 columns in F32 are 32,000 texels a group: four lines.
  const plan = planStack([tensor('w', 'F32', 4000, 70_000)], {
    bindingBytesMax: Number.MAX_SAFE_INTEGER,
    inTextures: true,
  });
  expect(plan.parts.map((part) => [part.outOffset, part.groupCount])).toEqual([
    [0, 2048],
    [65_536, 140],
  ]);
});
