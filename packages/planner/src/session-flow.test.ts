import { SESSIONS_MAX } from '@manyhands/protocol/limits';
import { describe, expect, it } from 'vitest';
import { HOP_MS, loadFactor } from './chain.ts';
import { sessionFlow } from './session-flow.ts';
import type { Holder } from './supply.ts';

const BLOCKS = 4;
const holder = (
  firstBlock: number,
  endBlock: number,
  msPerBlock: number,
  numericClass = 'a',
): Holder => ({
  firstBlock,
  endBlock,
  embeds: firstBlock === 0,
  heads: endBlock === BLOCKS,
  msPerBlock,
  numericClass,
});
const flow = (holders: readonly Holder[], sessions: number, headBlocks = 0): number =>
  sessionFlow(holders, BLOCKS, headBlocks, sessions);

describe('sessionFlow', () => {
  it('takes the fast first, and the slow once they are faster for a session more', () => {
    const [fast, slow] = [holder(0, BLOCKS, 10), holder(0, BLOCKS, 12)];
    const alone = 2 * HOP_MS + 40;
    expect(flow([slow, fast], 1)).toBeCloseTo(1 / alone);
    expect(flow([slow, fast], 2)).toBeCloseTo(1 / alone + 1 / (2 * HOP_MS + 48));
    // The fourth: 40 * 4/3 beside another one, 48 * 4/3 beside one with the slow.
    const shared = 2 * HOP_MS + 40 * loadFactor(1);
    expect(flow([slow, fast, fast], 4)).toBeCloseTo(2 / shared + 1 / alone + 1 / (2 * HOP_MS + 48));
  });

  it('counts the head, every hop, and no chain of two classes', () => {
    const halves = [holder(0, 2, 10), holder(2, BLOCKS, 10)];
    expect(flow(halves, 1, 1.5)).toBeCloseTo(1 / (3 * HOP_MS + 40 + 15));
    expect(flow([holder(0, 2, 10), holder(2, BLOCKS, 10, 'b')], 1)).toBe(0);
    expect(flow([...halves, holder(0, BLOCKS, 5, 'b')], 1)).toBeCloseTo(1 / (2 * HOP_MS + 20));
  });

  it('has no more sessions than places', () => {
    const one = [holder(0, BLOCKS, 10)];
    expect(flow(one, SESSIONS_MAX + 9)).toBe(flow(one, SESSIONS_MAX));
    expect(flow([], 3)).toBe(0);
  });
});
