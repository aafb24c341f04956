import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MODEL } from './directory-fixture.ts';
import { chooseMove, newBytes } from './move.ts';
import { choosePlacement, type PlacementModel } from './placement.ts';
import { copiesOfModel, createModelSupply, type Holder } from './supply.ts';

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
interface Volunteer {
  readonly memoryBytes: number;
  readonly ms: number;
  modelRoot: string;
  holder: Holder;
}

/** Places each in turn, as a relay would. */
function gather(
  models: readonly PlacementModel[],
  devices: readonly { readonly blocks: number; readonly ms: number }[],
  random: () => number,
): Volunteer[] {
  return devices.flatMap(({ blocks, ms }) => {
    const memoryBytes = blocks * 100;
    const { proposal } = choosePlacement({ models, memoryBytes, random });
    const model = models.find(({ modelRoot }) => modelRoot === proposal?.modelRoot);
    if (proposal === null || model === undefined) return [];
    const { firstBlock, endBlock, embeds, heads, modelRoot } = proposal;
    const range = { firstBlock, endBlock, embeds, heads };
    const holder = { ...range, msPerBlock: ms, numericClass: CLASS };
    model.supply.add(holder);
    return [{ memoryBytes, ms, modelRoot, holder }];
  });
}

/** Asks everybody once; returns how many moved. */
function round(
  models: readonly PlacementModel[],
  volunteers: readonly Volunteer[],
  downloadMs: number,
  random: () => number,
): number {
  let moves = 0;
  for (const each of volunteers) {
    const own = models.find(({ modelRoot }) => modelRoot === each.modelRoot);
    own?.supply.remove(each.holder);
    const { proposal } = chooseMove({
      models,
      memoryBytes: each.memoryBytes,
      numericClass: CLASS,
      bytesPerMs: 100 / each.ms,
      held: { ...each.holder, modelRoot: each.modelRoot },
      downloadMsOf: () => downloadMs,
      stayMs: 1000,
      random,
    });
    if (proposal !== null) {
      const { firstBlock, endBlock, embeds, heads, modelRoot } = proposal;
      each.modelRoot = modelRoot;
      each.holder = { ...each.holder, firstBlock, endBlock, embeds, heads };
      moves += 1;
    }
    models.find(({ modelRoot }) => modelRoot === each.modelRoot)?.supply.add(each.holder);
  }
  return moves;
}

const anyDevices = fc.array(
  fc.record({ blocks: fc.integer({ min: 1, max: 6 }), ms: fc.integer({ min: 1, max: 40 }) }),
  { minLength: 1, maxLength: 14 },
);
const anyDemand = fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 30 }));
const half = () => 0.5;

describe('chooseMove', () => {
  it('comes to rest while nothing else changes, and uncovers nothing on the way', () => {
    fc.assert(
      fc.property(anyDevices, anyDemand, (devices, [first, second]) => {
        const models = [modelOf(MODEL, 3, first), modelOf(OTHER, 6, second)];
        const volunteers = gather(models, devices, half);
        const usable = models.map(({ supply }) => copiesOfModel(supply) > 0);
        let rounds = 0;
        while (round(models, volunteers, 0, half) > 0) {
          rounds += 1;
          expect(rounds).toBeLessThan(20);
          for (const [index, { supply }] of models.entries()) {
            if (usable[index]) expect(copiesOfModel(supply)).toBeGreaterThan(0);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('decides the same for the same seed', () => {
    fc.assert(
      fc.property(anyDevices, anyDemand, fc.nat(), (devices, [first, second], seed) => {
        const run = () => {
          let state = seed;
          const random = () => {
            state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
            return state / 2 ** 31;
          };
          const models = [modelOf(MODEL, 3, first), modelOf(OTHER, 6, second)];
          const volunteers = gather(models, devices, random);
          round(models, volunteers, 0, random);
          return volunteers;
        };
        expect(run()).toEqual(run());
      }),
    );
  });

  it('moves only where that beats the download', () => {
    const wanted = () => [modelOf(MODEL, 3, 6), modelOf(OTHER, 3, 40)];
    const crowd = (models: PlacementModel[]) => {
      const range = { firstBlock: 0, endBlock: 3, embeds: true, heads: true };
      const holder = { ...range, msPerBlock: 10, numericClass: CLASS };
      const ofFirst = { memoryBytes: 300, ms: 10, modelRoot: MODEL, holder };
      for (const _ of [1, 2, 3]) models[0]?.supply.add(holder);
      models[1]?.supply.add(holder);
      return [ofFirst];
    };
    const near = wanted();
    expect(round(near, crowd(near), 100, half)).toBe(1);
    const far = wanted();
    expect(round(far, crowd(far), 990, half)).toBe(0);
  });

  it('downloads only what it did not hold', () => {
    const model = modelOf(MODEL, 6, 0);
    const range = (firstBlock: number, endBlock: number) => ({
      firstBlock,
      endBlock,
      embeds: false,
      heads: false,
    });
    expect(newBytes(model, range(1, 4), { ...range(2, 5), modelRoot: MODEL })).toBe(100);
    expect(newBytes(model, range(1, 4), { ...range(2, 5), modelRoot: OTHER })).toBe(300);
  });
});
