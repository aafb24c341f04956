import { coverageOf } from '@manyhands/planner/coverage';
import { choosePlacement } from '@manyhands/planner/placement';
import { copiesOfModel } from '@manyhands/planner/supply';
import type { Proposal } from '@manyhands/protocol/relay-message';
import { createRandom } from '@manyhands/testkit/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROPOSAL_PENDING_MS } from '../limits.ts';
import { fakeEntry, fakeSigned } from '../testing/fake-entry.ts';
import { createDirectory } from './directory.ts';
import { createSupplyLedger } from './supply-ledger.ts';

const ROOT = 'a'.repeat(64);
const BLOCKS = 6;
const peerOf = (peer: number) => fakeEntry(peer, [], {}).identity.peerId;
const proposed = (firstBlock: number, endBlock: number): Proposal => ({
  kind: 'blocks',
  modelRoot: ROOT,
  firstBlock,
  endBlock,
  embeds: firstBlock === 0,
  heads: endBlock === BLOCKS,
});

function createNetwork() {
  const supplies = createSupplyLedger(() => ({ blockCount: BLOCKS, blockBytes: 1 }));
  const directory = createDirectory((change) => supplies.take(change));
  const put = (peer: number, range: readonly [number, number], more = {}) => {
    const [firstBlock, endBlock] = range;
    const entry = fakeEntry(peer, [{ modelRoot: ROOT, firstBlock, endBlock }], more);
    directory.put(entry, fakeSigned(entry), 0);
  };
  const blocks = (except: string, nowMs: number) =>
    Array.from(supplies.supplyOf(ROOT, BLOCKS, except, nowMs).all.copies);
  return { supplies, directory, put, blocks };
}

describe('createSupplyLedger', () => {
  it('counts what a walk over all entries counts, whatever happened before', () => {
    const anyStep = fc.record({
      peer: fc.nat({ max: 5 }),
      first: fc.nat({ max: 5 }),
      length: fc.nat({ max: 3 }),
      state: fc.constantFrom('serving', 'loading', 'drains'),
      sequence: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
        const { supplies, directory, put } = createNetwork();
        for (const { peer, first, length, ...more } of steps) {
          if (length === 0) directory.remove(peerOf(peer));
          else put(peer, [first, Math.min(BLOCKS, first + length)], more);
        }
        const entries = [...directory.records()].map(({ entry }) => entry);
        expect(supplies.coverageOf(ROOT, BLOCKS)).toEqual(coverageOf(ROOT, BLOCKS, entries));
      }),
    );
  });

  it('counts proposals until they are announced or forgotten, and never for who asked', () => {
    const { supplies, put, blocks } = createNetwork();
    supplies.propose(peerOf(1), proposed(0, 2), { msPerBlock: 1 }, 0);
    supplies.propose(peerOf(2), proposed(4, 6), { msPerBlock: 1 }, 10);
    expect(blocks(peerOf(3), 20)).toEqual([1, 1, 0, 0, 1, 1]);
    expect(blocks(peerOf(2), 20)).toEqual([1, 1, 0, 0, 0, 0]);
    // Asked again: the newer proposal counts.
    supplies.propose(peerOf(2), proposed(2, 4), { msPerBlock: 1 }, 20);
    expect(blocks(peerOf(3), 20)).toEqual([1, 1, 1, 1, 0, 0]);
    put(1, [0, 2]);
    supplies.settle(peerOf(1));
    expect(blocks(peerOf(3), PROPOSAL_PENDING_MS + 19)).toEqual([1, 1, 1, 1, 0, 0]);
    expect(blocks(peerOf(3), PROPOSAL_PENDING_MS + 20)).toEqual([1, 1, 0, 0, 0, 0]);
    expect(blocks(peerOf(1), PROPOSAL_PENDING_MS + 20)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('remembers no class that nobody is of any more, however many were made up', () => {
    const { supplies, directory, put } = createNetwork();
    const classes = () => supplies.supplyOf(ROOT, BLOCKS, 'nobody', 0).classes();
    put(1, [0, 3], { numericClass: 'real' });
    for (let made = 0; made < 50; made += 1) {
      const numericClass = `made-up-${made}`;
      supplies.propose(peerOf(2), proposed(0, 6), { msPerBlock: 1, numericClass }, 0);
      put(3, [0, 6], { numericClass, sequence: made });
      expect(classes()).toHaveLength(2);
      expect(supplies.supplyOf(ROOT, BLOCKS, peerOf(3), 0).classes()).toHaveLength(2);
    }
    supplies.settle(peerOf(2));
    directory.remove(peerOf(3));
    expect(classes()).toHaveLength(1);
    expect(Array.from(classes()[0]?.copies ?? [])).toEqual([1, 1, 1, 0, 0, 0]);
  });

  it('knows that two classes do not complete one another, and who is not loaded may', () => {
    const { supplies, put } = createNetwork();
    put(1, [0, 3]);
    const heads = { modelRoot: ROOT, firstBlock: 3, endBlock: 6, heads: true };
    supplies.propose(peerOf(2), proposed(3, 6), { msPerBlock: 1 }, 0);
    expect(copiesOfModel(supplies.supplyOf(ROOT, BLOCKS, peerOf(3), 0))).toBe(1);
    supplies.settle(peerOf(2));
    const entry = fakeEntry(2, [heads], { numericClass: 'wasm-i8' });
    supplies.take({
      peerId: peerOf(2),
      before: undefined,
      after: { entry, signed: fakeSigned(entry), renewedAtMs: 0 },
      isHeartbeat: false,
    });
    expect(copiesOfModel(supplies.supplyOf(ROOT, BLOCKS, peerOf(3), 0))).toBe(0);
  });

  it('spreads five hundred who come within a second over all blocks', () => {
    const blockCount = 24;
    const supplies = createSupplyLedger(() => ({ blockCount, blockBytes: 100 }));
    const sizes = {
      modelRoot: ROOT,
      name: 'large',
      blockCount,
      blockBytes: new Array<number>(blockCount).fill(100),
      embedBytes: 300,
      headBytes: 300,
      isHeadTied: false,
    };
    const random = createRandom(7).next;
    for (let peer = 0; peer < 500; peer += 1) {
      const peerId = peerOf(peer);
      const supply = supplies.supplyOf(ROOT, blockCount, peerId, peer * 2);
      const memoryBytes = 400 + Math.floor(random() * 1_600);
      const choice = choosePlacement({
        models: [{ ...sizes, supply, demand: 800 }],
        memoryBytes,
        random,
      });
      if (choice.proposal === null) throw new Error(choice.reason);
      const { msPerBlock = 1 } = choice;
      supplies.propose(peerId, choice.proposal, { msPerBlock }, peer * 2);
    }
    const { copies } = supplies.supplyOf(ROOT, blockCount, 'nobody', 1_000).all;
    const [fewest, most] = [Math.min(...copies), Math.max(...copies)];
    expect(fewest).toBeGreaterThan(100);
    expect(most).toBeLessThanOrEqual(1.5 * fewest);
  });

  it('guesses a speed from those who give as much memory', () => {
    const { supplies, put } = createNetwork();
    expect(supplies.speedFor(1_000)).toBeUndefined();
    put(1, [0, 2], { memoryBytes: 1_000 });
    const speed = supplies.speedFor(1_000);
    expect(speed).toBeGreaterThan(0);
    put(1, [0, 2], { memoryBytes: 1_000, state: 'drains', sequence: 2 });
    expect(supplies.speedFor(1_000)).toBeUndefined();
  });

  it('counts a session on every stage of a chain as one', () => {
    const { supplies, put } = createNetwork();
    put(1, [0, 4], { sessions: 3 });
    put(2, [4, 6], { sessions: 3 });
    expect(supplies.sessionsOf(ROOT)).toBeCloseTo(3);
  });
});
