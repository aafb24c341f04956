import { createRandom } from '@manyhands/testkit/random';
import { beforeAll, describe, expect, test } from 'vitest';
import { CANDIDATE_ROW_WORDS, candidateCount } from '../step-results.ts';
import { relativeError } from '../webgpu/kernel-testing.ts';
import { candidatesReference } from '../webgpu/kernels/candidates/candidates.reference.ts';
import { headReference } from '../webgpu/kernels/qkv-append/qkv-append.reference.ts';
import { rmsNormReference } from '../webgpu/kernels/rms-norm/rms-norm.reference.ts';
import { swigluReference } from '../webgpu/kernels/swiglu/swiglu.reference.ts';
import { createKernelTester, type KernelTester } from './kernel-testing.ts';

const TOLERANCE = 2e-6;

describe.each(['plain', 'relaxed'] as const)('%s', (variant) => {
  let tester: KernelTester;
  beforeAll(async () => {
    tester = await createKernelTester(variant);
  });

  test.each([1, 3, 63, 64, 65, 576, 1021])('norms of %i columns', (columnCount) => {
    const random = createRandom(columnCount);
    const x = random.floats(3 * columnCount, 5);
    const gain = random.floats(columnCount);
    const from = tester.rows(x, columnCount);
    const to = tester.rows(new Float32Array(x.length), columnCount);
    const at = tester.floats(gain);
    const { kernels } = tester;
    kernels.rmsNorm(from.address, from.stride, 3, columnCount, at, 1e-5, to.address);
    const expected = rmsNormReference(x, gain, Math.fround(1e-5));
    expect(relativeError(tester.read(to, 3, columnCount), expected)).toBeLessThan(TOLERANCE);
  });

  test.each([4, 172, 1536])('SwiGLU of %i numbers, large ones too', (length) => {
    const random = createRandom(length);
    const [gate, up] = [random.floats(length, 20), random.floats(length)];
    const at = tester.floats(gate);
    tester.kernels.swiGlu(at, tester.floats(up), length * 4);
    const actual = tester.memory.f32(at, length);
    expect(relativeError(actual, swigluReference(gate, up))).toBeLessThan(TOLERANCE);
  });

  test('NaN goes through norms and SwiGLU', () => {
    const x = createRandom(1).floats(64);
    x[5] = Number.NaN;
    const from = tester.rows(x, 64);
    const gain = tester.floats(new Float32Array(64).fill(1));
    tester.kernels.rmsNorm(from.address, from.stride, 1, 64, gain, 1e-5, from.address);
    expect(tester.read(from, 1, 64).some(Number.isFinite)).toBe(false);
    const gate = tester.floats(x);
    tester.kernels.swiGlu(gate, tester.floats(new Float32Array(64).fill(1)), 256);
    expect(tester.memory.f32(gate, 64)[5]).toBeNaN();
  });

  describe('heads', () => {
    const [TOKENS, POSITIONS, HEADS] = [3, 7, 3];
    const cases = [16, 10, 128].flatMap((headDim) =>
      (['half', 'interleaved'] as const).flatMap((ropeStyle) =>
        [headDim, headDim / 2 - ((headDim / 2) % 2)].flatMap((ropeDim) =>
          [false, true].map((isFull) => ({ headDim, ropeStyle, ropeDim, isFull })),
        ),
      ),
    );
    test.each(cases)('$headDim wide, $ropeStyle, $ropeDim rotated, bias and norm: $isFull', (c) => {
      const { headDim, ropeStyle, ropeDim, isFull } = c;
      const random = createRandom(headDim + ropeDim);
      const size = HEADS * headDim;
      const x = random.floats(TOKENS * size);
      const bias = random.floats(size);
      const gain = random.floats(headDim);
      const angles = Float64Array.from({ length: (TOKENS * ropeDim) / 2 }, () => random.next() * 6);
      const rotations = [...angles].flatMap((a) => [Math.cos(a), Math.sin(a)]);
      const bytes = Math.ceil(headDim / 4) * 16;
      // A page of seven positions, the first two of them taken.
      const out = tester.floats(new Float32Array((HEADS * POSITIONS * bytes) / 4).fill(7));
      const pages = tester.bytes(4);
      tester.memory.u32(pages, 1)[0] = out - 64;
      const rows = tester.bytes(TOKENS * 8);
      tester.memory.u32(rows, TOKENS * 2).set([0, 1, 2].flatMap((token) => [pages, 3 + token]));
      const from = tester.rows(x, size);
      tester.kernels.placeHeads(
        from.address,
        from.stride,
        TOKENS,
        HEADS,
        headDim,
        isFull ? tester.floats(bias) : 0,
        isFull ? tester.floats(gain) : 0,
        1e-5,
        tester.floats(rotations),
        ropeDim,
        ropeStyle === 'half',
        rows,
        POSITIONS,
        64,
      );
      for (let head = 0; head < HEADS; head += 1) {
        for (let token = 0; token < TOKENS; token += 1) {
          const first = token * size + head * headDim;
          const expected = headReference({
            x: x.subarray(first, first + headDim),
            ...(isFull && { bias: bias.subarray(head * headDim, (head + 1) * headDim), gain }),
            epsilon: Math.fround(1e-5),
            angles: angles.subarray((token * ropeDim) / 2, ((token + 1) * ropeDim) / 2),
            ropeStyle,
          });
          const at = out + (head * POSITIONS + 2 + token) * bytes;
          const actual = tester.memory.f32(at, bytes / 4);
          expect(relativeError(actual, [...expected])).toBeLessThan(TOLERANCE);
          expect([...actual.subarray(headDim)].every((value) => value === 0)).toBe(true);
        }
        const before = tester.memory.f32(out + head * POSITIONS * bytes, 2);
        expect([...before]).toEqual([7, 7]);
      }
    });
  });

  describe('candidates', () => {
    function expectCandidates(logits: Float32Array): void {
      const at = tester.floats([...logits, 9, 9, 9]);
      const out = tester.bytes(CANDIDATE_ROW_WORDS * 4);
      tester.kernels.candidates(at, logits.length, out);
      const floats = tester.memory.f32(out, CANDIDATE_ROW_WORDS).slice();
      const count = candidateCount(logits.length);
      const expected = candidatesReference(logits, count);
      expect([...new Uint32Array(floats.buffer, 0, count)]).toEqual(expected.tokenIds);
      expect([...floats.subarray(64, 64 + count)]).toEqual(expected.logits);
      expect(Math.abs((floats[128] as number) - expected.logSumExp)).toBeLessThan(2e-5);
    }

    test.each([1, 2, 63, 64, 65, 512, 5003, 49_152])('of %i', (count) => {
      expectCandidates(createRandom(count).floats(count, 4));
    });

    test('ties go to the lower id', () => {
      const random = createRandom(8);
      expectCandidates(new Float32Array(3000));
      expectCandidates(Float32Array.from({ length: 3000 }, () => random.below(3) - 1));
      expectCandidates(Float32Array.from({ length: 3000 }, (_, i) => (i % 50 === 7 ? 2 : -5)));
    });

    test('rising, tiny and very negative logits', () => {
      const random = createRandom(9);
      expectCandidates(Float32Array.from({ length: 4000 }, (_, i) => i / 100));
      expectCandidates(random.floats(600, 1e-30));
      expectCandidates(random.floats(600).map((value) => -50 - Math.abs(value)));
    });

    test('NaN is no candidate, but makes the sum NaN', () => {
      const logits = createRandom(3).floats(100);
      logits[50] = Number.NaN;
      const out = tester.bytes(CANDIDATE_ROW_WORDS * 4);
      tester.kernels.candidates(tester.floats(logits), 100, out);
      const floats = tester.memory.f32(out, CANDIDATE_ROW_WORDS).slice();
      expect([...new Uint32Array(floats.buffer, 0, 64)]).not.toContain(50);
      expect(floats[128]).toBeNaN();
    });
  });
});
