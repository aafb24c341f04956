import type { DirectoryEntry } from '@manyhands/protocol/directory';
import { identityOf } from '@manyhands/protocol/id';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Assignment,
  type ChainStage,
  candidatesOf,
  canServe,
  HOP_MS,
  predictMs,
  toStages,
} from './chain.ts';
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
  it('leaves out who makes it slower, and says what was gained', () => {
    const halves = [
      entryOf(2, [holdingOf(0, 3, { msPerBlock: 30 })]),
      entryOf(3, [holdingOf(3, 6, { heads: true, msPerBlock: 30 })]),
    ];
    const alone = choose([...halves, whole(1, {}, 30)]);
    expect(alone).toMatchObject({ stages: [{ peerId: peerIdOf(1) }], predictedMs: 240 });
    expect(alone).toMatchObject({ reason: { code: 'alone', hasChoice: true, predictedMs: 240 } });
    const together = choose([...halves, whole(1, {}, 60)]);
    expect(together).toMatchObject({ stages: [{}, {}], predictedMs: 270 });
    const gained = { code: 'together', stageCount: 2, predictedMs: 270 };
    expect(together).toMatchObject({ reason: gained });
    expect(together).toHaveProperty('reason.aloneMs', 420);
  });

  it('takes another stage only where it saves a tenth', () => {
    const fast = [
      entryOf(2, [holdingOf(0, 3, { msPerBlock: 10 })]),
      entryOf(3, [holdingOf(3, 6, { heads: true, msPerBlock: 10 })]),
    ];
    // 150 ms together.
    expect(chainOf([...fast, whole(1, {}, 17.4)])).toHaveLength(1);
    expect(chainOf([...fast, whole(1, {}, 17.6)])).toHaveLength(2);
  });

  it('crosses the faster link', () => {
    const ends = [whole(1, {}, 20), whole(2, {}, 20)];
    const roundTripMs = (_: string, to: string) => (to === peerIdOf(2) ? 10 : 80);
    expect(chainOf(ends, { roundTripMs })).toEqual([[peerIdOf(2), 0, 6]]);
  });

  it('counts the head where it knows its cost', () => {
    expect(choose([whole(1)], { headBlocks: 8 })).toMatchObject({ predictedMs: 60 + 2 * 14 });
    // The slow head is worth another stage.
    const small = entryOf(2, [holdingOf(5, 6, { heads: true, msPerBlock: 2 })]);
    const slow = whole(1, {}, 10);
    expect(chainOf([slow, small])).toHaveLength(1);
    expect(chainOf([slow, small], { headBlocks: 12 })).toHaveLength(2);
  });

  it('prefers two fast halves to a slow whole', () => {
    const slow = whole(1, {}, 50);
    const halves = [
      entryOf(2, [holdingOf(0, 3, { msPerBlock: 0.1 })]),
      entryOf(3, [holdingOf(3, 6, { heads: true, msPerBlock: 0.1 })]),
    ];
    expect(chainOf([...halves, slow])).toEqual([
      [peerIdOf(2), 0, 3],
      [peerIdOf(3), 3, 6],
    ]);
  });

  it('takes the fastest of two equals and counts the sessions it already serves', () => {
    expect(chainOf([whole(1, {}, 3), whole(2, {}, 2)])).toEqual([[peerIdOf(2), 0, 6]]);
    // Two sessions share passes: the second costs a third.
    expect(chainOf([whole(1, {}, 3), whole(2, { sessions: 1 }, 2)])).toEqual([[peerIdOf(2), 0, 6]]);
    expect(chainOf([whole(1, {}, 3), whole(2, { sessions: 2 }, 2)])).toEqual([[peerIdOf(1), 0, 6]]);
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

  const tab = (name: string, first: number, end: number) => {
    const entry = entryOf(1, [holdingOf(first, end, { heads: end === BLOCKS })]);
    const peerId = `${peerIdOf(1).slice(0, 23)}${name.repeat(11)}`;
    return { ...entry, identity: { ...entry.identity, peerId } };
  };

  it('lets several tabs of one identity serve in one chain only where nothing else covers', () => {
    const tabs = [tab('a', 0, 2), tab('b', 2, 4), tab('c', 4, 6)];
    const choice = choose(tabs);
    expect(choice).toMatchObject({ stages: [{}, {}, {}] });
    expect(choice).toMatchObject({ reason: { code: 'none-alone', sharesIdentity: true } });
    const slow = [
      entryOf(2, [holdingOf(2, 4, { msPerBlock: 90 })]),
      entryOf(3, [holdingOf(4, 6, { msPerBlock: 90, heads: true })]),
    ];
    const others = choose([...tabs, ...slow]);
    expect(others).toMatchObject({
      stages: [
        { peerId: tabs[0]?.identity.peerId },
        { peerId: peerIdOf(2) },
        { peerId: peerIdOf(3) },
      ],
    });
    expect(others).not.toHaveProperty('reason.sharesIdentity');
    // The same when spread.
    const wholes = [tab('a', 0, 6), tab('b', 0, 6), whole(2)];
    const spread = chainOf(wholes, { stagesMin: 2 }).map(([peerId]) => peerId);
    expect(spread).toContain(peerIdOf(2));
    expect(chainOf(wholes, { stagesMin: 3 })).toHaveLength(3);
  });

  it('does not come back to a volunteer it has left', () => {
    const around = whole(1, {}, 100);
    const middle = entryOf(2, [holdingOf(2, 4, { msPerBlock: 1 })]);
    // 1, 2 and 1 again would take 522 ms.
    expect(choose([around, middle])).toMatchObject({ stages: [{}], predictedMs: 660 });
    const other = entryOf(3, [holdingOf(3, 6, { heads: true, msPerBlock: 40 })]);
    expect(chainOf([around, middle, other])).toEqual([
      [peerIdOf(1), 0, 2],
      [peerIdOf(2), 2, 4],
      [peerIdOf(3), 4, 6],
    ]);
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

  it('keeps slow volunteers for all they must do, whatever fast ones hold in between', () => {
    // Paths without the rule come back to one of the slow ones from each of the islands.
    const blockCount = 25;
    const slow = [80, 81, 82, 83].map((msPerBlock, index) =>
      entryOf(index, [holdingOf(0, blockCount, { heads: true, msPerBlock })]),
    );
    const begins = entryOf(4, [holdingOf(0, 4, { msPerBlock: 1 })]);
    const islands = Array.from({ length: 10 }, (_, index) =>
      entryOf(index + 5, [holdingOf(2 * index + 5, 2 * index + 6, { msPerBlock: 1 })]),
    );
    const entries = [...slow, begins, ...islands];
    const choice = choose(entries, { blockCount, roundTripMs: () => 2 });
    if (choice.kind !== 'chain') throw new Error(choice.message);
    // The slow one alone takes 2,002.
    expect(choice.predictedMs).toBeLessThan(1_700);
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

interface Spec {
  readonly first: number;
  readonly length: number;
  readonly ends: boolean;
  readonly ms: number;
  readonly isWasm: boolean;
  readonly identity: number;
}
const anyEntries = fc
  .array(
    fc.record<Spec>({
      first: fc.integer({ min: 0, max: 4 }),
      length: fc.integer({ min: 1, max: 5 }),
      ends: fc.boolean(),
      ms: fc.integer({ min: 1, max: 90 }),
      isWasm: fc.boolean(),
      identity: fc.nat({ max: 4 }),
    }),
    { maxLength: 7 },
  )
  .map((specs) =>
    specs.map(({ first, length, ends, ms, isWasm, identity }, index) => {
      const end = Math.min(5, first + length);
      const roles = { embeds: ends && first === 0, heads: ends && end === 5, msPerBlock: ms };
      const numericClass = isWasm ? 'wasm-f32' : 'webgpu-f32';
      const entry = entryOf(index, [holdingOf(first, end, roles)], { numericClass });
      const peerId = `${peerIdOf(identity).slice(0, 23)}${String(index).repeat(11)}`;
      return { ...entry, identity: { ...entry.identity, peerId } };
    }),
  );
/** Round trips that depend on both ends; some are not known. */
const roundTripMs = (from: string, to: string) => {
  const sum = [...(from + to)].reduce((total, letter) => total * 7 + letter.charCodeAt(0), 0);
  return sum % 3 === 0 ? undefined : sum % 101;
};

describe('properties of chooseChain', () => {
  it('finds a chain whenever one exists, and the fastest of those that keep the rules', () => {
    fc.assert(
      fc.property(anyEntries, fc.integer({ min: 1, max: 5 }), (entries, stagesMin) => {
        const network = { requesterPeerId: REQUESTER, roundTripMs, headBlocks: 2 };
        const choice = choose(entries, { blockCount: 5, stagesMin, ...network });
        const every = allChains(entries, 5);
        const enough = every.filter((chain) => chain.length >= stagesMin);
        const rated = (enough.some(isDistinct) ? enough.filter(isDistinct) : enough).map(
          (chain) => ({ chain, ms: predictMs(chain, network) }),
        );
        expect(choice.kind).toBe(rated.length > 0 ? 'chain' : 'none');
        if (choice.kind !== 'chain') return;
        const chosen = rated.find(({ chain }) => isSame(chain, choice.stages));
        // Valid, of one class, and of distinct identities where that is possible.
        if (chosen === undefined) throw new Error(`Not a chain: ${JSON.stringify(choice.stages)}`);
        expect(choice.predictedMs).toBeCloseTo(chosen.ms);
        if (stagesMin > 1) return;
        const fastestMs = Math.min(...rated.map(({ ms }) => ms));
        const scores = ['wasm-f32', 'webgpu-f32'].map((numericClass) => {
          const ofClass = rated.filter(
            ({ chain }) => chain[0]?.candidate.numericClass === numericClass,
          );
          const gain = 0.1 * Math.min(...ofClass.map(({ ms }) => ms));
          const [best] = ofClass.sort(
            (a, b) => a.ms + gain * a.chain.length - (b.ms + gain * b.chain.length),
          );
          return best === undefined ? undefined : { ...best, gain };
        });
        const own = scores.find(
          (best) => best?.chain[0]?.candidate.numericClass === choice.numericClass,
        );
        if (own === undefined) return expect.unreachable();
        const scoreOf = ({ chain, ms }: typeof chosen) => ms + own.gain * chain.length;
        expect(scoreOf(chosen)).toBeCloseTo(scoreOf(own));
        expect(chosen.ms).toBeLessThanOrEqual(fastestMs * 1.5);
      }),
      { numRuns: 1000 },
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

const isDistinct = (chain: readonly Assignment[]) =>
  new Set(chain.map(({ candidate }) => identityOf(candidate.peerId))).size === chain.length;

function isSame(chain: readonly Assignment[], stages: readonly ChainStage[]): boolean {
  return JSON.stringify(toStages(chain, 5)) === JSON.stringify(stages);
}

/** All chains of distinct peers of one class, by trying everything. */
function allChains(entries: DirectoryEntry[], blockCount: number): Assignment[][] {
  const all = candidatesOf({ modelRoot: MODEL, blockCount, entries, positionsNeeded: 1 });
  const chains: Assignment[][] = [];
  const walk = (from: number, used: readonly Assignment[]) => {
    if (from === blockCount) chains.push([...used]);
    for (const candidate of all) {
      const [first] = used;
      if (first !== undefined && candidate.numericClass !== first.candidate.numericClass) continue;
      if (used.some((each) => each.candidate.peerId === candidate.peerId)) continue;
      for (let to = from + 1; to <= blockCount; to += 1) {
        if (!canServe(candidate, from, to, blockCount)) continue;
        walk(to, [...used, { candidate, firstBlock: from, endBlock: to }]);
      }
    }
  };
  walk(0, []);
  return chains;
}
