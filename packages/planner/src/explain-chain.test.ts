import { describe, expect, it } from 'vitest';
import { HOP_MS } from './chain.ts';
import { entryOf, holdingOf, MODEL, peerIdOf } from './directory-fixture.ts';
import { explainChain } from './explain-chain.ts';
import { chooseChain } from './routing.ts';

const halves = [
  entryOf(2, [holdingOf(0, 3, { msPerBlock: 30 })]),
  entryOf(3, [holdingOf(3, 6, { heads: true, msPerBlock: 30 })]),
];
const alone = entryOf(1, [holdingOf(0, 6, { heads: true, msPerBlock: 60 })]);
const request = {
  modelRoot: MODEL,
  blockCount: 6,
  entries: [...halves, alone],
  stagesMin: 1,
  positionsNeeded: 100,
  requesterPeerId: peerIdOf(999),
  headBlocks: 1,
};

function chosen() {
  const choice = chooseChain(request);
  if (choice.kind !== 'chain') throw new Error(choice.message);
  return choice;
}

describe('explainChain', () => {
  it('says of a chain what choosing it said, as long as nothing else is known', () => {
    const { stages, predictedMs, reason } = chosen();
    expect(stages).toHaveLength(2);
    expect(explainChain(request, stages)).toEqual({ predictedMs, reason });
  });

  it('predicts with round trips that were measured since, and takes back what they disprove', () => {
    const { stages } = chosen();
    const near = explainChain({ ...request, roundTripMs: () => 2 }, stages);
    expect(near?.predictedMs).toBe(7 * 30 + 3);
    expect(near?.reason).toMatchObject({ code: 'together', stageCount: 2, aloneMs: 7 * 60 + 2 });
    const far = (from: string, to: string) => ([from, to].includes(peerIdOf(3)) ? 400 : 2);
    const slow = explainChain({ ...request, roundTripMs: far }, stages);
    expect(slow?.predictedMs).toBe(7 * 30 + 1 + 200 + 200);
    expect(slow?.reason).toMatchObject({ code: 'together', predictedMs: slow?.predictedMs });
  });

  it('counts rests only where nothing else lasts that long', () => {
    const { stages } = chosen();
    const resting = (share: number) => {
      const entries = halves.map((entry) => ({ ...entry, share }));
      return explainChain({ ...request, entries, roundTripMs: () => 2 }, stages)?.predictedMs;
    };
    // Half of the time: each rests while the other one computes, the one with the head a little longer.
    expect(resting(0.5)).toBe(4 * 30);
    expect(resting(0.8)).toBe(7 * 30 * 0.8 + 3);
    expect(resting(1)).toBe(7 * 30 + 3);
  });

  it('gives another reason for a chain that was not chosen as a whole', () => {
    const repaired = explainChain(request, chosen().stages, { code: 'repaired', newCount: 1 });
    expect(repaired?.predictedMs).toBe(7 * 30 + 3 * HOP_MS);
    const { predictedMs } = repaired ?? {};
    expect(repaired?.reason).toEqual({ code: 'repaired', newCount: 1, predictedMs });
  });

  it('says nothing of a volunteer it does not know', () => {
    const { stages } = chosen();
    expect(explainChain({ ...request, entries: halves.slice(1) }, stages)).toBeUndefined();
  });
});
