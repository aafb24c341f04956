import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coverageOf, type HeldRange } from './coverage.ts';
import { entryOf, holdingOf, MODEL } from './directory-fixture.ts';
import { choosePlacement, type PlacementModel } from './placement.ts';
import { rangeBytes } from './stage-sizes.ts';
import { copiesOfModel, createModelSupply } from './supply.ts';

const half = () => 0.5;

function modelOf(more: Partial<PlacementModel> = {}): PlacementModel {
  const blockCount = more.blockCount ?? 6;
  return {
    modelRoot: MODEL,
    name: 'tiny',
    blockCount,
    blockBytes: new Array(blockCount).fill(100),
    embedBytes: 50,
    headBytes: 60,
    isHeadTied: false,
    supply: createModelSupply(blockCount),
    demand: 0,
    ...more,
  };
}

const holderOf = (range: HeldRange, msPerBlock = 2, numericClass = 'webgpu-f32') => ({
  ...range,
  msPerBlock,
  numericClass,
});

function withHeld(model: PlacementModel, ...ranges: [number, number, string?][]): PlacementModel {
  const supply = model.supply.without([]);
  for (const [firstBlock, endBlock, numericClass] of ranges) {
    const ends = { embeds: firstBlock === 0, heads: endBlock === model.blockCount };
    supply.add(holderOf({ firstBlock, endBlock, ...ends }, 2, numericClass));
  }
  return { ...model, supply };
}

const choose = (models: PlacementModel[], memoryBytes: number, modelRoot?: string) =>
  choosePlacement({
    models,
    memoryBytes,
    random: half,
    ...(modelRoot === undefined ? {} : { modelRoot }),
  });

describe('choosePlacement', () => {
  it('proposes the whole model where it fits, to the byte', () => {
    expect(choose([modelOf()], 710).proposal).toEqual({
      kind: 'blocks',
      modelRoot: MODEL,
      firstBlock: 0,
      endBlock: 6,
      embeds: true,
      heads: true,
    });
    expect(choose([modelOf()], 709).proposal).not.toMatchObject({ firstBlock: 0, endBlock: 6 });
  });

  it('counts a tied embedding once in a whole model and again at a head on its own', () => {
    const tied = modelOf({ isHeadTied: true, headBytes: 0 });
    expect(choose([tied], 650).proposal).toMatchObject({ embeds: true, heads: true });
    expect(rangeBytes(tied, 5)).toBe(150);
  });

  it('covers the blocks that nobody holds', () => {
    const { proposal, reason, why } = choose([withHeld(modelOf(), [0, 2], [4, 6])], 250);
    expect(proposal).toMatchObject({ firstBlock: 2, endBlock: 4, embeds: false, heads: false });
    expect(reason).toContain('nobody');
    expect(why).toEqual({ code: 'thinnest', copies: 0 });
  });

  it('ends before the last block where the head does not fit', () => {
    const { proposal } = choose([withHeld(modelOf(), [0, 4])], 110);
    expect(proposal).toMatchObject({ firstBlock: 4, endBlock: 5, heads: false });
  });

  it('prefers a model that nobody can use to another copy of one that works', () => {
    const works = withHeld(modelOf(), [0, 6]);
    const other = modelOf({ modelRoot: 'b'.repeat(64) });
    expect(choose([works, other], 710).proposal?.modelRoot).toBe(other.modelRoot);
    expect(choose([works, other], 710, MODEL).proposal?.modelRoot).toBe(MODEL);
  });

  it('prefers what makes a model usable at once to a part of a larger one', () => {
    const large = modelOf({ modelRoot: 'b'.repeat(64), blockBytes: new Array(6).fill(400) });
    expect(choose([large, modelOf()], 710).proposal?.modelRoot).toBe(MODEL);
  });

  it('goes where it adds most speed for those who wait', () => {
    const quiet = { ...withHeld(modelOf(), [0, 6], [0, 6]), demand: 1 };
    const busy = { ...withHeld(quiet), modelRoot: 'b'.repeat(64), demand: 20 };
    expect(choose([quiet, busy], 710).proposal?.modelRoot).toBe(busy.modelRoot);
    expect(
      choose(
        [
          { ...quiet, demand: 20 },
          { ...busy, demand: 1 },
        ],
        710,
      ).proposal,
    ).toMatchObject({
      modelRoot: MODEL,
    });
    const { reason, why } = choose([quiet, busy], 710);
    expect(reason).toMatch(/adds about [\d.]+ tokens\/s/);
    expect(why).toEqual({ code: 'whole', copies: 2, tokensPerSecond: expect.any(Number) });
  });

  it('strengthens the slow part of a chain, and makes a spare of what is held once', () => {
    const model = { ...withHeld(modelOf(), [0, 3], [0, 3], [3, 6]), demand: 4 };
    expect(choose([model], 360).proposal).toMatchObject({ firstBlock: 3, endBlock: 6 });
    const slow = withHeld(modelOf(), [0, 3], [3, 6]);
    const ends = { firstBlock: 0, endBlock: 3, embeds: true, heads: false };
    slow.supply.add(holderOf(ends));
    slow.supply.add(
      holderOf({ ...ends, firstBlock: 3, endBlock: 6, embeds: false, heads: true }, 90),
    );
    expect(choose([{ ...slow, demand: 8 }], 360).proposal).toMatchObject({ firstBlock: 3 });
  });

  it('makes a spare of what somebody wants before it makes anything faster', () => {
    const busy = { ...withHeld(modelOf(), [0, 6], [0, 6], [0, 6]), demand: 60 };
    const other = { ...withHeld(modelOf(), [0, 3], [3, 6]), modelRoot: 'b'.repeat(64) };
    expect(choose([busy, other], 710).proposal?.modelRoot).toBe(busy.modelRoot);
    const wanted = { ...other, demand: 1 };
    expect(choose([busy, wanted], 710).proposal?.modelRoot).toBe(other.modelRoot);
    // Where nobody leaves, a spare is worth nothing.
    const habits = { readMs: 180, goneShare: 0 };
    const { proposal } = choosePlacement({
      models: [busy, wanted],
      memoryBytes: 710,
      habits,
      random: half,
    });
    expect(proposal?.modelRoot).toBe(busy.modelRoot);
  });

  it('completes a model within one numeric class', () => {
    const mixed = withHeld(modelOf(), [0, 3, 'wasm-i8'], [3, 6, 'webgpu-f32']);
    const place = (numericClass?: string) =>
      choosePlacement({
        models: [mixed],
        memoryBytes: 400,
        random: half,
        ...(numericClass && { numericClass }),
      }).proposal;
    expect(place('wasm-i8')).toMatchObject({ firstBlock: 3, endBlock: 6 });
    expect(place('webgpu-f32')).toMatchObject({ firstBlock: 0, endBlock: 3 });
    expect(place()).not.toBeNull();
  });

  it('begins no model that the network is too small for while it can help another', () => {
    const works = withHeld(modelOf(), [0, 6]);
    const huge = { ...modelOf({ blockCount: 60 }), modelRoot: 'b'.repeat(64), demand: 9 };
    expect(choose([{ ...works, demand: 9 }, huge], 710).proposal?.modelRoot).toBe(MODEL);
    const many = withHeld(works, ...new Array<[number, number]>(12).fill([0, 6]));
    expect(choose([many, huge], 710).proposal?.modelRoot).toBe(huge.modelRoot);
  });

  it('sends no herd: those who come at once differ', () => {
    const model = modelOf({ blockCount: 12 });
    for (let newcomer = 0; newcomer < 40; newcomer += 1) {
      const { proposal } = choose([{ ...model, demand: 10 }], 400);
      if (proposal === null) throw new Error('Something fits.');
      // Nobody has loaded yet.
      model.supply.add({ ...proposal, msPerBlock: 50, numericClass: undefined });
    }
    const { copies } = model.supply.all;
    expect(Math.max(...copies)).toBeLessThanOrEqual(2 * Math.min(...copies));
  });

  it('says what would help where nothing fits', () => {
    const choice = choose([modelOf({ blockBytes: new Array(6).fill(3 * 2 ** 20) })], 1000);
    expect(choice).toMatchObject({ proposal: null });
    expect(choice.reason).toContain('3 MiB');
    expect(choose([], 1000).proposal).toBeNull();
  });
});

const anyModel = fc
  .record({
    blockBytes: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 12 }),
    embedBytes: fc.integer({ min: 1, max: 80 }),
    headBytes: fc.integer({ min: 0, max: 80 }),
    isHeadTied: fc.boolean(),
  })
  .map((sizes) => modelOf({ ...sizes, blockCount: sizes.blockBytes.length }));
const anyRandom = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));

describe('properties of choosePlacement', () => {
  it('always fits, and covers the model when enough newcomers come one after another', () => {
    fc.assert(
      fc.property(anyModel, fc.nat({ max: 200 }), anyRandom, (model, spare, numbers) => {
        // Enough for the hardest single part: an end with its matrix, or the largest block.
        const { blockCount } = model;
        const memoryBytes =
          spare +
          Math.max(rangeBytes(model, 0, 1), rangeBytes(model, blockCount - 1), ...model.blockBytes);
        for (let newcomer = 0; newcomer < blockCount + 2; newcomer += 1) {
          const { proposal, reason } = choosePlacement({
            models: [model],
            memoryBytes,
            random: () => numbers.next().value,
          });
          if (proposal === null) throw new Error(reason);
          expect(reason.length).toBeLessThan(500);
          expect(rangeBytes(model, proposal.firstBlock, proposal.endBlock)).toBeLessThanOrEqual(
            memoryBytes,
          );
          expect(proposal.embeds).toBe(proposal.firstBlock === 0);
          expect(proposal.heads).toBe(proposal.endBlock === blockCount);
          model.supply.add(holderOf(proposal));
        }
        expect(copiesOfModel(model.supply)).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });

  it('fits whatever the memory is, or proposes nothing', () => {
    fc.assert(
      fc.property(anyModel, fc.nat({ max: 300 }), (model, memoryBytes) => {
        const { proposal } = choose([model], memoryBytes);
        if (proposal === null) return;
        expect(rangeBytes(model, proposal.firstBlock, proposal.endBlock)).toBeLessThanOrEqual(
          memoryBytes,
        );
      }),
    );
  });
});

describe('coverageOf', () => {
  it('counts volunteers, blocks and ends, and leaves out who drains', () => {
    const entries = [
      entryOf(1, [holdingOf(0, 2)]),
      entryOf(2, [holdingOf(1, 3, { heads: true })]),
      entryOf(3, [holdingOf(0, 3)], { state: 'drains' }),
    ];
    expect(coverageOf(MODEL, 3, entries)).toEqual({
      blocks: [1, 2, 1],
      embeds: 1,
      heads: 1,
      volunteers: 2,
    });
  });
});
