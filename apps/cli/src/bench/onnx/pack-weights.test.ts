import { dequantize } from '@manyhands/model/quant/dequantize';
import { createRandom } from '@manyhands/testkit/random';
import { describe, expect, it } from 'vitest';
import { randomMatrix } from '../model/random-weights.ts';
import { packWeights } from './pack-weights.ts';

const SIZE = { rowLength: 512, rowCount: 3, gain: 1 };

function randomBytes(type: 'Q4_0' | 'Q8_0' | 'Q4_K'): Uint8Array {
  const [bytes] = [...randomMatrix(createRandom(5), { type, ...SIZE })];
  return bytes ?? new Uint8Array(0);
}

/** What the operator's documentation says a weight is. */
function unpack({ bits, quants, scales }: NonNullable<ReturnType<typeof packWeights>>): number[] {
  const middle = 2 ** (bits - 1);
  return Array.from({ length: scales.length * 32 }, (_, i) => {
    const quant = bits === 8 ? quants[i] : ((quants[i >> 1] ?? 0) >> (4 * (i & 1))) & 15;
    return Math.fround((scales[i >> 5] ?? 0) * ((quant ?? 0) - middle));
  });
}

describe.each(['Q4_0', 'Q8_0', 'Q4_K'] as const)('packed %s', (type) => {
  it('has exactly the weights of the file', () => {
    const bytes = randomBytes(type);
    const packed = packWeights(type, bytes);
    if (packed === undefined) throw new Error('not packed');
    const expected = dequantize(type, bytes, SIZE.rowLength * SIZE.rowCount);
    expect(unpack(packed).every((value, i) => Math.abs(value - (expected[i] ?? 0)) < 1e-7)).toBe(
      true,
    );
    expect(new Set(unpack(packed)).size).toBeGreaterThan(8);
  });
});

it('refuses minima that the operator cannot hold', () => {
  const bytes = randomBytes('Q4_K');
  bytes[3] = (bytes[3] ?? 0) ^ 1;
  expect(() => packWeights('Q4_K', bytes)).toThrow('minima');
});

it('leaves other types to an ordinary product', () => {
  expect(packWeights('F16', new Uint8Array(64))).toBeUndefined();
});
