import { encodeHalf } from '@manyhands/testkit/tensor-encoder';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFloat16, decodeFloat16s, encodeFloat16, encodeFloat16s } from './float16.ts';

/** The definition of binary16, by arithmetic. */
function decodeSlowly(half: number): number {
  const sign = half >= 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const mantissa = half & 1023;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

test('all 65,536 bit patterns decode by definition and encode back to themselves', () => {
  for (let half = 0; half < 65_536; half += 1) {
    const value = decodeFloat16(half);
    if (!Object.is(value, decodeSlowly(half))) expect.fail(`${half} decodes to ${value}`);
    const expected = Number.isNaN(value) ? (half & 0x8000) | 0x7e00 : half;
    const back = encodeFloat16(value) | (Number.isNaN(value) ? half & 0x8000 : 0);
    if (back !== expected) expect.fail(`${value} encodes to ${back}, not ${half}`);
  }
});

test('halfway between two neighbours the even one wins, and beyond it the nearer', () => {
  for (let half = 0; half < 0x7bff; half += 1) {
    const middle = (decodeFloat16(half) + decodeFloat16(half + 1)) / 2;
    const even = half % 2 === 0 ? half : half + 1;
    if (encodeFloat16(middle) !== even) expect.fail(`${middle} does not go to ${even}`);
    const below = Math.fround(middle * (1 - 2 ** -23));
    const above = Math.fround(middle * (1 + 2 ** -23));
    if (encodeFloat16(below) !== half) expect.fail(`${below} does not go to ${half}`);
    if (encodeFloat16(above) !== half + 1) expect.fail(`${above} does not go to ${half + 1}`);
  }
});

test('any f32 encodes as an independent encoder does', () => {
  fc.assert(
    fc.property(fc.float(), (value) => encodeFloat16(value) === encodeHalf(value)),
    { numRuns: 5_000, seed: 1 },
  );
});

test('the largest f16 ends where rounding reaches infinity', () => {
  expect(encodeFloat16(65_504)).toBe(0x7bff);
  expect(encodeFloat16(65_519.996)).toBe(0x7bff);
  expect(encodeFloat16(65_520)).toBe(0x7c00);
  expect(encodeFloat16(-1e30)).toBe(0xfc00);
  expect(encodeFloat16(-0)).toBe(0x8000);
  expect(encodeFloat16(2 ** -25)).toBe(0);
  expect(encodeFloat16(Math.fround(2 ** -25 * 1.0001))).toBe(1);
});

test('arrays convert element by element', () => {
  const values = new Float32Array([0, 1, -2.5, 65_504, 2 ** -24]);
  expect(decodeFloat16s(encodeFloat16s(values))).toEqual(values);
});
