import type { StageRange } from '@manyhands/engine/stage';
import { CliError } from '../error.ts';

/** Cuts a model into stages of almost equal size, larger ones first; the first embeds, the last heads. */
export function splitBlocks(blockCount: number, stageCount: number): StageRange[] {
  if (stageCount < 1 || stageCount > blockCount) {
    throw new CliError(
      'too-many-stages',
      `${stageCount} stages asked for, and the model has ${blockCount} blocks: ask for 1 to ` +
        `${blockCount}.`,
    );
  }
  const smaller = Math.floor(blockCount / stageCount);
  const largerCount = blockCount % stageCount;
  const startOf = (stage: number) => stage * smaller + Math.min(stage, largerCount);
  return Array.from({ length: stageCount }, (_, stage) => ({
    firstBlock: startOf(stage),
    endBlock: startOf(stage + 1),
    embeds: stage === 0,
    heads: stage === stageCount - 1,
  }));
}
