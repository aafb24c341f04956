import { describe, expect, it } from 'vitest';
import { bestValue, comparePlans } from './compare-plans.ts';
import { planValue } from './plan-value.ts';
import { drawSmallNetwork } from './small-network.ts';

describe('comparePlans', () => {
  it('comes near the best of all plans, on average', { timeout: 60_000 }, () => {
    // A thousand networks take minutes: `npm run simulate -- planner --volunteers 0 --plans 1000`.
    const { mean, worst, worstSeed } = comparePlans(1, 4, new AbortController().signal);
    expect(worst, `seed ${worstSeed}`).toBeGreaterThan(0.95);
    expect(worst).toBeLessThanOrEqual(1);
    expect(mean).toBeGreaterThan(0.98);
  });

  it('finds the best where two have to change together', { timeout: 60_000 }, () => {
    // One after another they stop at 0.91 of it.
    const { worst } = comparePlans(323, 1, new AbortController().signal);
    expect(worst).toBeCloseTo(1);
  });

  it('comes near the best where three or four have to', { timeout: 60_000 }, () => {
    // By ones and twos they stop at 0.945.
    const { worst } = comparePlans(395, 1, new AbortController().signal);
    expect(worst).toBeGreaterThan(0.97);
  });
});

describe('planValue', () => {
  const network = { ...drawSmallNetwork(1), demand: { small: 1, large: 1 } };
  const kinds = [
    { blocks: 1, msPerBlock: 20 },
    { blocks: 2, msPerBlock: 10 },
    { blocks: 4, msPerBlock: 5 },
  ];

  it('adds up what sessions get, and nothing for a model with a gap', () => {
    const small = { kind: 0, option: -1, count: 1 };
    const halves = [0, 2].map((option) => ({ kind: 1, option, count: 1 }));
    // 80 ms for one block and two hops; 130 ms for four blocks and three.
    const together = 1000 / 80 + 1000 / 130;
    expect(planValue({ ...network, kinds }, [small, ...halves])).toBeCloseTo(together);
    expect(planValue({ ...network, kinds }, [small, ...halves.slice(1)])).toBeCloseTo(1000 / 80);
  });

  it('shares a volunteer among its sessions', () => {
    const busy = { ...network, kinds, demand: { small: 1, large: 4 } };
    const whole = { kind: 2, option: 0, count: 1 };
    expect(planValue(busy, [whole])).toBeCloseTo(4000 / (60 + 40));
    expect(planValue(busy, [{ ...whole, count: 4 }])).toBeCloseTo(4000 / (60 + 20));
  });

  it('finds the only good plan', () => {
    const volunteers = [1, 1];
    const best = bestValue({ kinds, volunteers, demand: { small: 0, large: 1 } });
    expect(best).toBeCloseTo(1000 / 130);
  });
});
