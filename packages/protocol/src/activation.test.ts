import { createRandom } from '@manyhands/testkit/random';
import { describe, expect, it } from 'vitest';
import { decodeActivation, encodeActivation } from './activation.ts';

describe('activation', () => {
  it('brings every finite half back bit for bit', () => {
    const halves = Uint16Array.from({ length: 0x1_0000 }, (_, bits) => bits).filter(
      (bits) => (bits & 0x7c00) !== 0x7c00,
    );
    const values = decodeActivation(new Uint8Array(halves.buffer), 'f16', halves.length, 1);
    expect(values[1]).toBe(2 ** -24);
    expect(values[0x3c00]).toBe(1);
    expect(values[0x7bff]).toBe(65_504);
    expect(Object.is(values[0x7c00], -0)).toBe(true);
    expect(new Uint16Array(encodeActivation(values, 'f16', 1).buffer)).toEqual(halves);
  });

  it('rounds to the nearest half, ties to even, over every pair of neighbours', () => {
    for (let bits = 0; bits < 0x7bff; bits++) {
      const pair = decodeActivation(
        new Uint8Array(Uint16Array.of(bits, bits + 1).buffer),
        'f16',
        2,
        2,
      );
      const [low, high] = pair as unknown as [number, number];
      const middle = (low + high) / 2;
      const [below, at, above] = halvesOf(before(middle), middle, after(middle));
      const even = bits % 2 === 0 ? bits : bits + 1;
      if (below !== bits || at !== even || above !== bits + 1) {
        expect.fail(`half ${bits.toString(16)} rounds to ${below}, ${at}, ${above}`);
      }
    }
  });

  it('keeps f32 values bit for bit, whatever view they come from', () => {
    const values = createRandom(1).floats(99).subarray(3);
    expect(decodeActivation(encodeActivation(values, 'f32', 96), 'f32', 96, 96)).toEqual(values);
  });

  it('says so when a value is too large for f16 or not finite', () => {
    expect(halvesOf(65_519)).toEqual([0x7bff]);
    expect(() => halvesOf(65_520)).toThrow(expect.objectContaining({ code: 'overflow' }));
    expect(() => halvesOf(-3e38)).toThrow(expect.objectContaining({ code: 'overflow' }));
    const malformed = expect.objectContaining({ code: 'malformed' });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() => encodeActivation(Float32Array.of(1, value), 'f16', 2)).toThrow(malformed);
      expect(() => encodeActivation(Float32Array.of(1, value), 'f32', 2)).toThrow(malformed);
      const f32 = new Uint8Array(Float32Array.of(1, value).buffer);
      expect(() => decodeActivation(f32, 'f32', 2, 2)).toThrow(malformed);
    }
    for (const half of [0x7c00, 0xfc00, 0x7e00, 0x7c01]) {
      const f16 = new Uint8Array(Uint16Array.of(half).buffer);
      expect(() => decodeActivation(f16, 'f16', 1, 1)).toThrow(malformed);
    }
  });

  it('keeps rows of q8 within half a step of their own largest value', () => {
    const random = createRandom(5);
    const [width, rowCount] = [577, 5];
    const values = random.floats(width * rowCount);
    // Each row of another size, as hidden states are; one of nothing, one with an outlier.
    for (const [row, size] of [1e-30, 0, 1, 300, 1].entries()) {
      for (let index = 0; index < width; index++)
        values[row * width + index] = (values[row * width + index] as number) * size;
    }
    values[4 * width + 9] = -80_000;
    const bytes = encodeActivation(values, 'q8', width);
    expect(bytes.length).toBe(rowCount * (width + 4));
    const decoded = decodeActivation(bytes, 'q8', values.length, width);
    for (let row = 0; row < rowCount; row++) {
      const before = values.subarray(row * width, (row + 1) * width);
      const after = decoded.subarray(row * width, (row + 1) * width);
      const largest = Math.max(...before.map(Math.abs));
      const errors = before.map((value, index) => Math.abs(value - (after[index] as number)));
      expect(Math.max(...errors)).toBeLessThanOrEqual((largest / 127 / 2) * 1.0001);
      expect(Math.max(...after.map(Math.abs))).toBeCloseTo(largest, largest > 1 ? 1 : 6);
    }
    // What came once over a link is not rounded again by the next.
    expect(encodeActivation(decoded, 'q8', width)).toEqual(bytes);
  });

  it('gives smaller numbers than q8 can say as nothing, and larger ones to f32', () => {
    const subnormal = 2 ** -149;
    const tiny = Float32Array.of(subnormal, -200 * subnormal);
    const decoded = decodeActivation(encodeActivation(tiny, 'q8', 1), 'q8', 2, 1);
    for (const value of decoded) expect(Math.abs(value)).toBeLessThan(2 ** -140);
    // Its scale is rounded up, which would make it infinite at the other end.
    const largest = Float32Array.of(3.4028234663852886e38);
    const overflow = expect.objectContaining({ code: 'overflow' });
    expect(() => encodeActivation(largest, 'q8', 1)).toThrow(overflow);
  });

  it('refuses scales and levels of q8 that no sender makes', () => {
    const malformed = expect.objectContaining({ code: 'malformed' });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() => encodeActivation(Float32Array.of(1, value), 'q8', 2)).toThrow(malformed);
    }
    const good = encodeActivation(Float32Array.of(1, -1), 'q8', 2);
    expect([...decodeActivation(good, 'q8', 2, 2)]).toEqual(
      [1, -1].map((x) => Math.fround(Math.fround(1 / 127) * 127 * x)),
    );
    const withScale = (scale: number) => {
      const bytes = good.slice();
      new DataView(bytes.buffer).setFloat32(0, scale, true);
      return bytes;
    };
    for (const scale of [Number.NaN, Number.POSITIVE_INFINITY, -1, 3e38]) {
      expect(() => decodeActivation(withScale(scale), 'q8', 2, 2)).toThrow(malformed);
    }
    const low = good.slice();
    low[5] = 0x80;
    expect(() => decodeActivation(low, 'q8', 2, 2)).toThrow(malformed);
    for (const length of [0, 2, 5, 7, 10]) {
      expect(() => decodeActivation(new Uint8Array(length), 'q8', 2, 2)).toThrow(malformed);
    }
  });

  it('refuses bytes of another length', () => {
    const malformed = expect.objectContaining({ code: 'malformed' });
    for (const length of [0, 1, 3, 5, 8]) {
      expect(() => decodeActivation(new Uint8Array(length), 'f16', 2, 2)).toThrow(malformed);
    }
  });
});

function halvesOf(...values: number[]): number[] {
  return [...new Uint16Array(encodeActivation(Float32Array.from(values), 'f16', 1).buffer)];
}

/** The neighbouring floats of a positive float. */
const before = (value: number) => shifted(value, -1);
const after = (value: number) => shifted(value, 1);
function shifted(value: number, steps: number): number {
  const floats = Float32Array.of(value);
  const bits = new Uint32Array(floats.buffer);
  bits[0] = (bits[0] as number) + steps;
  return floats[0] as number;
}
