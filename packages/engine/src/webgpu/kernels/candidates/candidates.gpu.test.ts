import { createRandom } from '@manyhands/testkit/random';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CANDIDATE_ROW_WORDS, candidateCount } from '../../../step-results.ts';
import { createKernelTester, type KernelTester } from '../../kernel-testing.ts';
import { candidatesReference } from './candidates.reference.ts';
import {
  candidateParts,
  candidatesKernel,
  candidatesMergeKernel,
  candidatesWorkgroups,
} from './candidates.ts';

let tester: KernelTester;
beforeAll(async () => {
  tester = await createKernelTester();
});
afterAll(() => tester.dispose());

async function expectCandidates(rows: readonly Float32Array[], padding = 0, hasSplits = true) {
  const vocabSize = rows[0]?.length ?? 0;
  const stride = vocabSize + padding;
  const logits = new Float32Array(rows.length * stride).fill(1e30);
  rows.forEach((row, i) => {
    logits.set(row, i * stride);
  });
  const partCount = candidateParts(vocabSize, hasSplits);
  const params = { tokenCount: rows.length, firstRow: 1 };
  const rowWords = (count: number) => new Uint32Array(count * CANDIDATE_ROW_WORDS);
  let [result] = await tester.run({
    spec: candidatesKernel(vocabSize, stride, hasSplits),
    workgroups: candidatesWorkgroups(partCount, rows.length),
    params,
    buffers: [logits, rowWords(1 + rows.length * partCount)],
  });
  if (partCount > 1) {
    [result] = await tester.run({
      spec: candidatesMergeKernel(vocabSize),
      workgroups: candidatesWorkgroups(1, rows.length),
      params,
      buffers: [result as Float32Array<ArrayBuffer>, rowWords(1 + rows.length)],
    });
  }
  const floats = result as Float32Array<ArrayBuffer>;
  const words = new Uint32Array(floats.buffer);
  const count = candidateCount(vocabSize);
  rows.forEach((row, i) => {
    const at = (1 + i) * CANDIDATE_ROW_WORDS;
    const expected = candidatesReference(row, count);
    expect([...words.subarray(at, at + count)]).toEqual(expected.tokenIds);
    expect([...floats.subarray(at + 64, at + 64 + count)]).toEqual(expected.logits);
    // 2^-11 is what WGSL grants exp and log; this adapter does far better.
    expect(Math.abs((floats[at + 128] as number) - expected.logSumExp)).toBeLessThan(2e-4);
  });
}

test.each([1, 63, 64, 65, 512, 4096, 8192, 8193, 16_385, 151_936])(
  'a vocabulary of %i',
  async (vocabSize) => {
    await expectCandidates([createRandom(vocabSize).floats(vocabSize, 4)]);
  },
);

test('a large vocabulary by one workgroup, as in software', async () => {
  await expectCandidates([createRandom(3).floats(49_152, 4)], 0, false);
  await expectCandidates([new Float32Array(9_000).fill(2)], 0, false);
});

test.each([700, 9_000])(
  'several rows of %i, and padding that holds larger numbers',
  async (size) => {
    const random = createRandom(7);
    const rows = Array.from({ length: 5 }, () => random.floats(size, 9));
    await expectCandidates(rows, 4);
  },
);

test.each([3_000, 20_000])('ties go to the lower id, among %i', async (length) => {
  const random = createRandom(8);
  await expectCandidates([
    new Float32Array(length),
    Float32Array.from({ length }, () => random.below(3) - 1),
    Float32Array.from({ length }, (_, i) => (i % 50 === 7 ? 2 : -5)),
    Float32Array.from({ length }, (_, i) => (i > length - 50 ? 3 : i % 2 === 0 ? 0 : -0)).map(
      (value) => value + 0,
    ),
  ]);
});

test('wide and negative logits', async () => {
  const random = createRandom(9);
  await expectCandidates([
    random.floats(600, 1e-30),
    random.floats(600, 1e4),
    random.floats(600).map((value) => -50 - Math.abs(value)),
  ]);
});
