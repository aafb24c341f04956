import type { HeldRange } from '@manyhands/planner/coverage';
import { rangeBytes, type StageSizes, stageRangesWithin } from '@manyhands/planner/stage-sizes';
import { copiesIn } from '@manyhands/planner/supply';
import { thinnestRange } from '@manyhands/planner/thinnest-range';
import type { ModelState, Placed } from '../network/swarm.ts';
import type { Policy, PolicyParts } from './policy.ts';

/** What fits: the whole model, else the longest range from each block. */
export function rangesOf(model: StageSizes, memoryBytes: number): HeldRange[] {
  const { blockCount } = model;
  if (rangeBytes(model, 0, blockCount) <= memoryBytes) {
    return [{ firstBlock: 0, endBlock: blockCount, embeds: true, heads: true }];
  }
  return stageRangesWithin(model, memoryBytes);
}

/** Any model that has something to hold, any range of it: what happens without a planner. */
export function createRandomPolicy({ models, random }: PolicyParts): Policy {
  return {
    place({ device }) {
      const choices = models.flatMap((model) => {
        const ranges = rangesOf(model, device.memoryBytes);
        return ranges.length === 0 ? [] : [{ model, ranges }];
      });
      const { model, ranges } = choices[random.below(choices.length)] ?? {};
      const range = ranges?.[random.below(ranges.length)];
      if (model === undefined || range === undefined) return undefined;
      return { placed: { model, ...range }, assumedMs: 1 };
    },
    moves: () => [],
  };
}

/**
 * The model with the fewest complete copies, unusable ones first, and of it the thinnest run of blocks:
 * the rule that this planner replaced.
 */
export function createGreedyPolicy({ models, random }: PolicyParts): Policy {
  return {
    place({ device }) {
      let best: { placed: Placed; need: number } | undefined;
      for (const model of models) {
        const range = thinnestOf(model, device.memoryBytes, random.next);
        if (range === undefined) continue;
        const copies = copiesIn(model.planned.all);
        const need = copies > 0 ? 1 + copies : Number(!completes(model, range));
        if (best === undefined || need < best.need) best = { placed: { model, ...range }, need };
      }
      return best && { placed: best.placed, assumedMs: 1 };
    },
    moves: () => [],
  };
}

function thinnestOf(model: ModelState, memoryBytes: number, random: () => number) {
  return thinnestRange(model.planned.all, rangesOf(model, memoryBytes), random);
}

function completes({ planned: { all }, blockCount }: ModelState, range: HeldRange): boolean {
  if (all.embeds + Number(range.embeds) === 0 || all.heads + Number(range.heads) === 0)
    return false;
  for (let block = 0; block < blockCount; block += 1) {
    const isIn = range.firstBlock <= block && block < range.endBlock;
    if (!isIn && all.copies[block] === 0) return false;
  }
  return true;
}
