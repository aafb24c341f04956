import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { expect, test } from 'vitest';
import { headInBlocks } from './head-in-blocks.ts';
import { createManifest } from './manifest-create.ts';
import { memorySource } from './memory-source.ts';

const headOf = async (options: Parameters<typeof createTinyModel>[0]) =>
  headInBlocks(await createManifest(memorySource(createTinyModel(options))));

test('a head is as many blocks as its matrix is larger, tied or not', async () => {
  // 288 rows of 64; a block has 64 x (64 + 32 + 32 + 64) for attention, 3 x 64 x 96, and two norms.
  const blocks = (288 * 64) / (64 * 192 + 3 * 64 * 96 + 2 * 64);
  for (const blockCount of [1, 5]) {
    expect(await headOf({ blockCount })).toBeCloseTo(blocks, 10);
    expect(await headOf({ blockCount, isTied: true })).toBeCloseTo(blocks, 10);
  }
  // Of types that the device keeps, a smaller one makes it cheaper.
  const small = await headOf({ embeddingType: 'Q8_0' });
  expect(small).toBeCloseTo((blocks * 34) / (32 * 4), 10);
});
