import { describe, expect, test } from 'vitest';
import { RECOVERIES_MAX, RECOVERY_WINDOW_MS } from '../limits.ts';
import { planRecovery, type Setback, type StagePlan } from './plan-recovery.ts';

const plan = {
  range: { firstBlock: 4, endBlock: 9, embeds: false, heads: true },
  backend: 'auto',
} satisfies StagePlan;
const after = (...codes: string[]): Setback[] => codes.map((code, i) => ({ code, atMs: i * 1000 }));
const oneBlock = { ...plan, range: { ...plan.range, endBlock: 5, heads: false } };

describe('after a setback', () => {
  test('a lost device and too little memory hold the first half', () => {
    const half = { firstBlock: 4, endBlock: 7, embeds: false, heads: false };
    for (const code of ['device-lost', 'out-of-memory']) {
      expect(planRecovery(plan, after(code))).toMatchObject({
        plan: { range: half, backend: 'auto' },
        reason: { code, shrunk: { blockCount: 3, blockCountBefore: 5 } },
      });
    }
  });

  test('one block is tried again on a device that was lost, but not in memory that is missing', () => {
    const again = { plan: oneBlock, reason: { code: 'device-lost' } };
    expect(planRecovery(oneBlock, after('device-lost'))).toEqual(again);
    expect(planRecovery(oneBlock, after('out-of-memory'))).toHaveProperty('giveUp');
  });

  test('a worker that crashed loads the same, and less when it crashes again', () => {
    expect(planRecovery(plan, after('disposed'))).toMatchObject({ plan });
    const again = planRecovery(plan, after('disposed', 'disposed'));
    expect(again).toMatchObject({ plan: { range: { endBlock: 7 } } });
  });

  test('a GPU that computes wrongly is not used again, unless only it was wanted', () => {
    expect(planRecovery(plan, after('self-test-failed'))).toEqual({
      plan: { range: plan.range, backend: 'wasm' },
      reason: { code: 'wrong-results' },
    });
    const onlyGpu: StagePlan = { ...plan, backend: 'webgpu' };
    expect(planRecovery(onlyGpu, after('self-test-failed'))).toHaveProperty('giveUp');
  });

  test('a GPU that served and is gone for good is replaced by the processor', () => {
    const onlyGpu: StagePlan = { ...plan, backend: 'webgpu' };
    expect(planRecovery(onlyGpu, after('device-lost', 'no-adapter'))).toMatchObject({
      plan: { range: plan.range, backend: 'wasm' },
    });
    expect(planRecovery(onlyGpu, after('no-adapter'))).toHaveProperty('giveUp');
  });

  test('a whole model goes on with the processor, and is never cut', () => {
    const whole: StagePlan = { backend: 'auto' };
    expect(planRecovery(whole, after('device-lost'))).toMatchObject({ plan: { backend: 'wasm' } });
    expect(planRecovery(whole, after('out-of-memory'))).toHaveProperty('giveUp');
    expect(planRecovery(whole, after('timed-out', 'timed-out'))).toHaveProperty('giveUp');
  });

  test('what cannot change is not tried again', () => {
    expect(planRecovery(plan, after('unsupported-model'))).toHaveProperty('giveUp');
  });

  test('a device that keeps failing is left alone; old failures are forgotten', () => {
    const many = after(...new Array<string>(RECOVERIES_MAX + 1).fill('device-lost'));
    expect(planRecovery(plan, many)).toHaveProperty('giveUp');
    const last = { code: 'device-lost', atMs: RECOVERY_WINDOW_MS * 2 };
    expect(planRecovery(plan, [...many, last])).toHaveProperty('plan');
  });
});
