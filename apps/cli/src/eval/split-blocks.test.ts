import { describe, expect, it } from 'vitest';
import { splitBlocks } from './split-blocks.ts';

describe('splitBlocks', () => {
  it('covers every block once, in sizes that differ by one at most', () => {
    for (let blockCount = 1; blockCount <= 33; blockCount++) {
      for (let stageCount = 1; stageCount <= blockCount; stageCount++) {
        const stages = splitBlocks(blockCount, stageCount);
        const sizes = stages.map((stage) => stage.endBlock - stage.firstBlock);
        expect(stages).toHaveLength(stageCount);
        expect(stages[0]?.firstBlock).toBe(0);
        expect(stages.at(-1)?.endBlock).toBe(blockCount);
        expect(stages.slice(1).every((stage, i) => stage.firstBlock === stages[i]?.endBlock)).toBe(
          true,
        );
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }
    }
  });

  it('gives the embedding to the first stage and the head to the last', () => {
    expect(splitBlocks(5, 3)).toEqual([
      { firstBlock: 0, endBlock: 2, embeds: true, heads: false },
      { firstBlock: 2, endBlock: 4, embeds: false, heads: false },
      { firstBlock: 4, endBlock: 5, embeds: false, heads: true },
    ]);
  });

  it('refuses more stages than blocks, and none', () => {
    expect(() => splitBlocks(2, 3)).toThrowError(/1 to 2/);
    expect(() => splitBlocks(2, 0)).toThrowError(/1 to 2/);
  });
});
