import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MODEL } from './directory-fixture.ts';
import type { PlacementModel } from './placement.ts';
import { improvePlan, PLAN_MEMBERS_MAX, type PlanMember } from './small-plan.ts';
import { copiesOfModel, createModelSupply } from './supply.ts';

const OTHER = 'b'.repeat(64);
const CLASS = 'webgpu-f32';
const modelOf = (modelRoot: string, blockCount: number, demand: number): PlacementModel => ({
  modelRoot,
  name: modelRoot.slice(0, 1),
  blockCount,
  blockBytes: new Array<number>(blockCount).fill(100),
  embedBytes: 0,
  headBytes: 0,
  isHeadTied: false,
  supply: createModelSupply(blockCount),
  demand,
});
const memberOf = (model: PlacementModel, firstBlock: number, blocks: number, ms: number) => {
  const endBlock = Math.min(model.blockCount, firstBlock + blocks);
  const ends = { embeds: firstBlock === 0, heads: endBlock === model.blockCount };
  const held = { modelRoot: model.modelRoot, firstBlock, endBlock, ...ends };
  return { memoryBytes: 100 * blocks, numericClass: CLASS, bytesPerMs: 100 / ms, held };
};

/** What the members hold once the changes are made. */
function after(models: readonly PlacementModel[], members: readonly PlanMember[]): PlanMember[] {
  const changed = [...members];
  for (const { member, modelRoot, range } of improvePlan({ models, members })) {
    const before = changed[member] as PlanMember;
    changed[member] = { ...before, held: { modelRoot, ...range } };
  }
  return changed;
}

function copies(model: PlacementModel, members: readonly PlanMember[]): number {
  const supply = createModelSupply(model.blockCount);
  for (const { held, bytesPerMs } of members) {
    if (held?.modelRoot !== model.modelRoot) continue;
    supply.add({ ...held, msPerBlock: 100 / bytesPerMs, numericClass: CLASS });
  }
  return copiesOfModel(supply);
}

describe('improvePlan', () => {
  it('leaves larger networks alone, and changes nothing that is best already', () => {
    const model = modelOf(MODEL, 2, 5);
    const whole = memberOf(model, 0, 2, 5);
    expect(improvePlan({ models: [model], members: [whole, whole] })).toEqual([]);
    const crowd = new Array<PlanMember>(PLAN_MEMBERS_MAX + 1).fill(memberOf(model, 0, 1, 5));
    expect(improvePlan({ models: [model], members: crowd })).toEqual([]);
  });

  it('takes no model away, comes to rest, and decides the same again', () => {
    const anyMember = fc.record({
      isFirst: fc.boolean(),
      first: fc.nat({ max: 5 }),
      blocks: fc.integer({ min: 1, max: 6 }),
      ms: fc.integer({ min: 1, max: 40 }),
    });
    const anyDemand = fc.nat({ max: 20 });
    fc.assert(
      fc.property(
        fc.array(anyMember, { maxLength: 8 }),
        anyDemand,
        anyDemand,
        (drawn, one, two) => {
          const models = [modelOf(MODEL, 3, one), modelOf(OTHER, 6, two)] as const;
          const members = drawn.map(({ isFirst, first, blocks, ms }) => {
            const model = models[isFirst ? 0 : 1];
            const last = Math.max(0, model.blockCount - blocks);
            return memberOf(model, Math.min(first, last), blocks, ms);
          });
          const changed = after(models, members);
          for (const model of models) {
            if (copies(model, members) > 0) expect(copies(model, changed)).toBeGreaterThan(0);
          }
          for (const { held, memoryBytes } of changed) {
            if (held)
              expect(100 * (held.endBlock - held.firstBlock)).toBeLessThanOrEqual(memoryBytes);
          }
          expect(after(models, members)).toEqual(changed);
          expect(after(models, changed)).toEqual(changed);
        },
      ),
      { numRuns: 25 },
    );
  });
});
