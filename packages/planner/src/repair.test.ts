import type { DirectoryEntry } from '@manyhands/protocol/directory';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChainStage, candidatesOf, canServe, oneWay, predictMs } from './chain.ts';
import { entryOf, holdingOf, MODEL, peerIdOf } from './directory-fixture.ts';
import { chooseRepair, chooseSpares, type RepairRequest } from './repair.ts';

const BLOCKS = 6;
const stageOf = (index: number, firstBlock: number, endBlock: number): ChainStage => ({
  peerId: peerIdOf(index),
  firstBlock,
  endBlock,
  embeds: firstBlock === 0,
  heads: endBlock === BLOCKS,
});
const holder = (index: number, first: number, end: number, msPerBlock = 2) =>
  entryOf(index, [holdingOf(first, end, { heads: end === BLOCKS, msPerBlock })]);
const shared = {
  modelRoot: MODEL,
  blockCount: BLOCKS,
  positionsNeeded: 100,
  requesterPeerId: peerIdOf(999),
  numericClass: 'webgpu-f32',
};
const repair = (
  survivors: ChainStage[],
  lost: ChainStage[],
  entries: DirectoryEntry[],
  more: Partial<RepairRequest> = {},
) =>
  chooseRepair({ ...shared, survivors, lost, entries, ...more })?.map((stage) => [
    stage.peerId,
    stage.firstBlock,
    stage.endBlock,
  ]);

describe('chooseRepair', () => {
  const [first, middle, last] = [stageOf(1, 0, 2), stageOf(2, 2, 4), stageOf(3, 4, 6)];

  it('covers exactly the lost blocks with the fastest volunteer', () => {
    const entries = [holder(4, 0, 6, 9), holder(5, 1, 5, 3), holder(6, 2, 3, 1)];
    expect(repair([first, last], [middle], entries)).toEqual([[peerIdOf(5), 2, 4]]);
  });

  it('cuts a lost run where nobody has all of it, and joins lost neighbours', () => {
    expect(repair([first, last], [middle], [holder(4, 0, 3), holder(5, 3, 6)])).toEqual([
      [peerIdOf(4), 2, 3],
      [peerIdOf(5), 3, 4],
    ]);
    expect(repair([first], [middle, last], [holder(4, 1, 6)])).toEqual([[peerIdOf(4), 2, 6]]);
  });

  it('uses a volunteer once, and nobody who is in the chain or was', () => {
    const ends = [first, last];
    const everything = holder(4, 0, 6, 1);
    expect(repair([middle], ends, [everything])).toBeUndefined();
    expect(repair([middle], ends, [everything, holder(5, 4, 6, 90)])).toEqual([
      [peerIdOf(4), 0, 2],
      [peerIdOf(5), 4, 6],
    ]);
    expect(repair([first, last], [middle], [holder(1, 0, 6), holder(2, 0, 6)])).toBeUndefined();
  });

  it('stays in the class, and needs embedding and head where they were lost', () => {
    const other = entryOf(4, [holdingOf(2, 4)], { numericClass: 'wasm-f32' });
    expect(repair([first, last], [middle], [other])).toBeUndefined();
    const blind = entryOf(4, [holdingOf(0, 6, { embeds: false, heads: false })]);
    expect(repair([middle, last], [first], [blind])).toBeUndefined();
    expect(repair([first, middle], [last], [blind])).toBeUndefined();
    expect(repair([first, last], [middle], [blind])).toEqual([[peerIdOf(4), 2, 4]]);
  });

  it('counts the hops to the neighbours that survived', () => {
    const near = (from: string, to: string) =>
      from === peerIdOf(1) && to === peerIdOf(5) ? 2 : undefined;
    const entries = [holder(4, 2, 4, 2), holder(5, 2, 4, 4)];
    expect(repair([first, last], [middle], entries)).toEqual([[peerIdOf(4), 2, 4]]);
    expect(repair([first, last], [middle], entries, { roundTripMs: near })).toEqual([
      [peerIdOf(5), 2, 4],
    ]);
  });

  it('takes a tab of a profile that is in the chain only where nobody else can', () => {
    const tabOfFirst = holder(4, 2, 4, 1);
    const peerId = `${peerIdOf(1).slice(0, 23)}${'u'.repeat(11)}`;
    const tab = { ...tabOfFirst, identity: { ...tabOfFirst.identity, peerId } };
    expect(repair([first, last], [middle], [tab])).toEqual([[peerId, 2, 4]]);
    expect(repair([first, last], [middle], [tab, holder(5, 2, 4, 9)])).toEqual([
      [peerIdOf(5), 2, 4],
    ]);
  });

  const anyHolders = fc.array(
    fc.record({
      first: fc.nat({ max: 5 }),
      length: fc.integer({ min: 1, max: 6 }),
      ms: fc.integer({ min: 1, max: 60 }),
    }),
    { maxLength: 5 },
  );
  it('is the fastest of all ways to cover what was lost', () => {
    fc.assert(
      fc.property(anyHolders, fc.subarray([0, 1, 2], { minLength: 1 }), (holders, gone) => {
        const chain = [first, middle, last];
        const lost = chain.filter((_, index) => gone.includes(index));
        const survivors = chain.filter((_, index) => !gone.includes(index));
        const entries = holders.map((each, index) =>
          holder(10 + index, each.first, Math.min(BLOCKS, each.first + each.length), each.ms),
        );
        const times = allRepairs(survivors, lost, entries);
        const chosen = chooseRepair({ ...shared, survivors, lost, entries });
        expect(chosen === undefined).toBe(times.size === 0);
        if (chosen === undefined) return;
        const key = JSON.stringify(chosen.map((stage) => [stage.peerId, stage.endBlock]));
        expect(times.get(key)).toBeCloseTo(Math.min(...times.values()));
      }),
      { numRuns: 500 },
    );
  });
});

/** Time of every repaired chain, by what it adds. */
function allRepairs(survivors: ChainStage[], lost: ChainStage[], entries: DirectoryEntry[]) {
  const all = candidatesOf({ ...shared, entries });
  const keep = survivors.map((stage) => ({
    ...stage,
    numericClass: '',
    msPerBlock: 0,
    share: 1,
  }));
  const times = new Map<string, number>();
  type Steps = Parameters<typeof predictMs>[0];
  const walk = (from: number, used: Steps) => {
    if (from === BLOCKS) {
      const added = used.filter(({ candidate }) => all.includes(candidate));
      const key = JSON.stringify(added.map((each) => [each.candidate.peerId, each.endBlock]));
      times.set(key, predictMs(used, shared));
    }
    const kept = keep.find((stage) => stage.firstBlock === from);
    if (kept !== undefined) {
      walk(kept.endBlock, [
        ...used,
        { candidate: kept, firstBlock: from, endBlock: kept.endBlock },
      ]);
      return;
    }
    for (const candidate of all) {
      if (used.some((each) => each.candidate === candidate)) continue;
      for (let to = from + 1; to <= BLOCKS; to += 1) {
        if (!canServe(candidate, from, to, BLOCKS)) continue;
        const blocks = Array.from({ length: to - from }, (_, index) => from + index);
        const isLost = (block: number) =>
          lost.some((stage) => stage.firstBlock <= block && block < stage.endBlock);
        if (blocks.every(isLost)) {
          walk(to, [...used, { candidate, firstBlock: from, endBlock: to }]);
        }
      }
    }
  };
  walk(0, []);
  return times;
}

describe('chooseSpares', () => {
  const stages = [stageOf(1, 0, 3), stageOf(2, 3, 6)];
  const spares = (entries: DirectoryEntry[], more: Partial<RepairRequest> = {}) =>
    chooseSpares({ ...shared, stages, entries, ...more }).map((stage) => stage?.peerId);

  it('names for each stage the fastest volunteer outside the chain that has all of it', () => {
    const entries = [holder(1, 0, 6), holder(4, 0, 3, 5), holder(5, 0, 3, 3), holder(6, 4, 6)];
    expect(spares(entries)).toEqual([peerIdOf(5), undefined]);
    const choice = chooseSpares({ ...shared, stages, entries });
    expect(choice[0]).toEqual({ ...stageOf(5, 0, 3) });
  });

  it('gives each stage a spare of its own where there are enough', () => {
    const entries = [holder(4, 0, 6, 1), holder(5, 0, 3, 9)];
    expect(spares(entries)).toEqual([peerIdOf(5), peerIdOf(4)]);
    expect(spares([holder(4, 0, 6)])).toEqual([peerIdOf(4), peerIdOf(4)]);
  });

  it('counts the way to both neighbours', () => {
    const entries = [holder(4, 3, 6, 2), holder(5, 3, 6, 4)];
    expect(spares(entries)).toEqual([undefined, peerIdOf(4)]);
    const roundTripMs = (from: string, to: string) =>
      [from, to].includes(peerIdOf(5)) ? 2 : undefined;
    expect(oneWay({ ...shared, roundTripMs }, peerIdOf(2), peerIdOf(5))).toBe(1);
    expect(spares(entries, { roundTripMs })).toEqual([undefined, peerIdOf(5)]);
  });
});
