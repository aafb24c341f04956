import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { Holding } from './directory.ts';

const modelRoot = 'ab'.repeat(32);
const blocks = {
  kind: 'blocks',
  modelRoot,
  firstBlock: 0,
  endBlock: 4,
  embeds: true,
  heads: false,
  msPerBlock: 1.5,
  positionsMax: 512,
};
const embedding = { kind: 'embedding', modelRoot, dimension: 384, tokensMax: 256, msPerText: 8 };

describe('a holding', () => {
  it('is of blocks or of a whole model, each with its own fields', () => {
    for (const holding of [blocks, embedding]) {
      expect(v.parse(Holding, holding)).toEqual(holding);
      for (const name of Object.keys(holding)) {
        expect(v.is(Holding, { ...holding, [name]: undefined }), name).toBe(false);
      }
    }
    expect(v.is(Holding, { ...embedding, ...blocks })).toBe(false);
    expect(v.is(Holding, { ...embedding, kind: 'images' })).toBe(false);
  });

  it('has numbers within bounds', () => {
    expect(v.is(Holding, { ...blocks, firstBlock: 4 })).toBe(false);
    for (const dimension of [0, 16_385, 1.5, -1]) {
      expect(v.is(Holding, { ...embedding, dimension })).toBe(false);
    }
    expect(v.is(Holding, { ...embedding, msPerText: Number.POSITIVE_INFINITY })).toBe(false);
    expect(v.is(Holding, { ...embedding, tokensMax: 2_000_000 })).toBe(false);
  });
});
