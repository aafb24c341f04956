import type { DirectoryEntry } from '@manyhands/protocol/directory';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidatesOf, canServe, HOP_MS } from './chain.ts';
import { entryOf, holdingOf, MODEL, peerIdOf } from './directory-fixture.ts';
import { chooseChain, type RoutingRequest } from './routing.ts';

const BLOCKS = 6;
const REQUESTER = peerIdOf(999);

function choose(entries: DirectoryEntry[], more: Partial<RoutingRequest> = {}) {
  return chooseChain({
    modelRoot: MODEL,
    blockCount: BLOCKS,
    entries,
    stagesMin: 1,
    positionsNeeded: 100,
    requesterPeerId: REQUESTER,
    ...more,
  });
}

function chainOf(entries: DirectoryEntry[], more: Partial<RoutingRequest> = {}) {
  const choice = choose(entries, more);
  if (choice.kind !== 'chain') throw new Error(choice.message);
  return choice.stages.map((stage) => [stage.peerId, stage.firstBlock, stage.endBlock]);
}

const whole = (index: number, more: Partial<DirectoryEntry> = {}, msPerBlock = 2) =>
  entryOf(index, [holdingOf(0, BLOCKS, { heads: true, msPerBlock })], more);

describe('chooseChain', () => {
  it('prefers one volunteer with the whole model to a faster chain of two', () => {
    const slow = whole(1, {}, 50);
    const halves = [
      entryOf(2, [holdingOf(0, 3, { msPerBlock: 0.1 })]),
      entryOf(3, [holdingOf(3, 6, { heads: true, msPerBlock: 0.1 })]),
    ];
    expect(chainOf([...halves, slow])).toEqual([[peerIdOf(1), 0, 6]]);
  });

  it('takes the fastest of two equals and counts the sessions it already serves', () => {
    expect(chainOf([whole(1, {}, 3), whole(2, {}, 2)])).toEqual([[peerIdOf(2), 0, 6]]);
    expect(chainOf([whole(1, {}, 3), whole(2, { sessions: 1 }, 2)])).toEqual([[peerIdOf(1), 0, 6]]);
  });

  it('prefers its own tab where that saves a hop', () => {
    const chain = chainOf([whole(1), whole(2, {}, 4)], { requesterPeerId: peerIdOf(2) });
    expect(chain).toEqual([[peerIdOf(2), 0, 6]]);
  });

  it('predicts a token through the chain and back, one way a hop', () => {
    const halves = [
      entryOf(1, [holdingOf(0, 3, { msPerBlock: 4 })]),
      entryOf(2, [holdingOf(3, 6, { heads: true, msPerBlock: 2 })]),
    ];
    expect(choose(halves)).toMatchObject({ predictedMs: 18 + 3 * HOP_MS });
    const measured = new Map([
      [`${REQUESTER} ${peerIdOf(1)}`, 10],
      [`${peerIdOf(2)} ${peerIdOf(1)}`, 6],
    ]);
    const roundTripMs = (from: string, to: string) => measured.get(`${from} ${to}`);
    expect(choose(halves, { roundTripMs })).toMatchObject({ predictedMs: 18 + 5 + 3 + HOP_MS });
    expect(choose(halves, { requesterPeerId: peerIdOf(2) })).toMatchObject({
      predictedMs: 18 + 2 * HOP_MS,
    });
  });

  it('cuts overlapping holdings so that the faster volunteer serves more', () => {
    const first = entryOf(1, [holdingOf(0, 4, { msPerBlock: 9 })]);
    const second = entryOf(2, [holdingOf(2, 6, { heads: true, msPerBlock: 1 })]);
    expect(chainOf([first, second])).toEqual([
      [peerIdOf(1), 0, 2],
      [peerIdOf(2), 2, 6],
    ]);
  });

  it('embeds in the first stage and heads in the last only', () => {
    const choice = choose([whole(1), whole(2), whole(3)], { stagesMin: 3 });
    if (choice.kind !== 'chain') throw new Error(choice.message);
    expect(choice.stages.map((stage) => [stage.embeds, stage.heads])).toEqual([
      [true, false],
      [false, false],
      [false, true],
    ]);
  });

  it.each([2, 3, 4, 5, 6])('spreads over %i whole holders in even stages', (stagesMin) => {
    const entries = Array.from({ length: 7 }, (_, index) => whole(index));
    const chain = chainOf(entries, { stagesMin });
    expect(chain).toHaveLength(stagesMin);
    const sizes = chain.map(([, first, end]) => Number(end) - Number(first));
    expect(Math.max(...sizes)).toBe(Math.ceil(BLOCKS / stagesMin));
  });

  it('lets several tabs of one identity serve in one chain', () => {
    const tab = (name: string, first: number, end: number) => {
      const entry = entryOf(1, [holdingOf(first, end, { heads: end === BLOCKS })]);
      const peerId = `${peerIdOf(1).slice(0, 23)}${name.repeat(11)}`;
      return { ...entry, identity: { ...entry.identity, peerId } };
    };
    expect(chainOf([tab('a', 0, 2), tab('b', 2, 4), tab('c', 4, 6)])).toHaveLength(3);
  });

  it('mixes no numeric classes', () => {
    const first = entryOf(1, [holdingOf(0, 3)], { numericClass: 'wasm-f32' });
    const second = entryOf(2, [holdingOf(3, 6, { heads: true })]);
    const choice = choose([first, second]);
    expect(choice).toMatchObject({ kind: 'none', code: 'not-covered' });
  });

  it.each([
    ['drains', { state: 'drains' }],
    ['loads', { state: 'loading' }],
    ['is full', { sessions: 4 }],
  ] as const)('skips a volunteer that %s', (_, more) => {
    expect(choose([whole(1, more)])).toMatchObject({ kind: 'none', code: 'no-volunteers' });
  });

  it('skips excluded volunteers and those without room for the positions', () => {
    expect(choose([whole(1)], { exclude: new Set([peerIdOf(1)]) })).toMatchObject({
      code: 'no-volunteers',
    });
    const choice = choose([whole(1)], { positionsNeeded: 5000 });
    expect(choice).toMatchObject({ code: 'no-volunteers' });
    expect(choice.kind === 'none' && choice.message).toContain('5000 positions');
  });

  it('ignores a holding that reaches beyond the model', () => {
    const choice = choose([entryOf(1, [holdingOf(0, BLOCKS + 1, { heads: true })])]);
    expect(choice).toMatchObject({ kind: 'none', code: 'no-volunteers' });
  });

  it('names the missing blocks, embedding and head', () => {
    const choice = choose([
      entryOf(1, [holdingOf(0, 2, { embeds: false })]),
      entryOf(2, [holdingOf(3, 4)]),
    ]);
    expect(choice).toMatchObject({
      code: 'not-covered',
      missingBlocks: [2, 4, 5],
      missesEmbedding: true,
      missesHead: false,
    });
    expect(choice.kind === 'none' && choice.message).toContain('blocks 2, 4-5 and the embedding');
  });

  it('says how many stages a model can have at most', () => {
    const entries = Array.from({ length: 9 }, (_, index) => whole(index));
    const choice = choose(entries, { stagesMin: 7 });
    expect(choice).toMatchObject({ kind: 'none', code: 'not-enough-stages' });
    expect(choice.kind === 'none' && choice.message).toContain('at most 6');
    expect(choose([whole(1), whole(2)], { stagesMin: 3 })).toMatchObject({
      code: 'not-enough-stages',
    });
  });

  it('never gives one volunteer two stages', () => {
    const both = entryOf(1, [holdingOf(0, 2), holdingOf(4, 6, { heads: true })]);
    const middle = entryOf(2, [holdingOf(2, 4)]);
    expect(choose([both, middle])).toMatchObject({ kind: 'none', code: 'not-enough-stages' });
    const ending = entryOf(3, [holdingOf(4, 6, { heads: true, msPerBlock: 80 })]);
    expect(chainOf([both, middle, ending])).toEqual([
      [peerIdOf(1), 0, 2],
      [peerIdOf(2), 2, 4],
      [peerIdOf(3), 4, 6],
    ]);
  });

  it('shares load between equal volunteers when given randomness', () => {
    const entries = [whole(1), whole(2), whole(3)];
    const seen = new Set<unknown>();
    for (const value of [0, 0.4, 0.7, 0.99]) {
      seen.add(chainOf(entries, { random: () => value })[0]?.[0]);
    }
    expect(seen.size).toBeGreaterThan(1);
  });
});

const anyEntries = fc
  .array(
    fc.record({
      first: fc.integer({ min: 0, max: 4 }),
      length: fc.integer({ min: 1, max: 5 }),
      embeds: fc.boolean(),
      heads: fc.boolean(),
      ms: fc.integer({ min: 1, max: 9 }),
      isWasm: fc.boolean(),
    }),
    { maxLength: 6 },
  )
  .map((specs) =>
    specs.map((spec, index) =>
      entryOf(
        index,
        [
          holdingOf(spec.first, Math.min(5, spec.first + spec.length), {
            embeds: spec.embeds && spec.first === 0,
            heads: spec.heads && spec.first + spec.length >= 5,
            msPerBlock: spec.ms,
          }),
        ],
        { numericClass: spec.isWasm ? 'wasm-f32' : 'webgpu-f32' },
      ),
    ),
  );

describe('properties of chooseChain', () => {
  it('covers exactly all blocks in order and finds a chain whenever one exists', () => {
    fc.assert(
      fc.property(anyEntries, fc.integer({ min: 1, max: 5 }), (entries, stagesMin) => {
        const choice = choose(entries, { blockCount: 5, stagesMin });
        const lengths = chainLengths(entries, 5).filter((length) => length >= stagesMin);
        expect(choice.kind).toBe(lengths.length > 0 ? 'chain' : 'none');
        if (choice.kind !== 'chain') return;
        // The fewest stages that satisfy the request, over all classes.
        expect(choice.stages).toHaveLength(Math.min(...lengths));
        expect(new Set(choice.stages.map((stage) => stage.peerId)).size).toBe(choice.stages.length);
        let position = 0;
        for (const stage of choice.stages) {
          expect(stage.firstBlock).toBe(position);
          expect(stage.endBlock).toBeGreaterThan(stage.firstBlock);
          position = stage.endBlock;
          const entry = entries.find((each) => each.identity.peerId === stage.peerId);
          const [holding] = entry?.holdings ?? [];
          if (holding?.kind !== 'blocks') return expect.unreachable();
          expect(entry?.numericClass).toBe(choice.numericClass);
          expect(holding.firstBlock).toBeLessThanOrEqual(stage.firstBlock);
          expect(holding.endBlock).toBeGreaterThanOrEqual(stage.endBlock);
          expect(stage.embeds).toBe(stage.firstBlock === 0);
          if (stage.embeds) expect(holding.embeds).toBe(true);
          expect(stage.heads).toBe(stage.endBlock === 5);
          if (stage.heads) expect(holding.heads).toBe(true);
        }
        expect(position).toBe(5);
      }),
      { numRuns: 500 },
    );
  });

  it('decides the same for the same request', () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        const again = [...entries].reverse();
        expect(choose(again, { blockCount: 5 })).toEqual(choose(entries, { blockCount: 5 }));
      }),
    );
  });
});

/** All lengths of valid chains, by trying everything. */
function chainLengths(entries: DirectoryEntry[], blockCount: number): number[] {
  const all = candidatesOf({
    modelRoot: MODEL,
    blockCount,
    entries,
    positionsNeeded: 1,
    requesterPeerId: REQUESTER,
  });
  const lengths = new Set<number>();
  const walk = (from: number, used: readonly string[], numericClass: string) => {
    if (from === blockCount) lengths.add(used.length);
    for (const each of all) {
      if (each.numericClass !== numericClass || used.includes(each.peerId)) continue;
      for (let to = from + 1; to <= blockCount; to += 1) {
        if (canServe(each, from, to, blockCount)) walk(to, [...used, each.peerId], numericClass);
      }
    }
  };
  for (const numericClass of ['wasm-f32', 'webgpu-f32']) walk(0, [], numericClass);
  return [...lengths];
}
