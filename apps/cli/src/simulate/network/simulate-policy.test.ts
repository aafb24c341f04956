import { describe, expect, it } from 'vitest';
import { simulatePolicy } from './simulate-policy.ts';

describe('simulatePolicy', () => {
  const run = (seed: number) => {
    const network = { volunteers: 60, users: 60, minutes: 1, stayMinutes: 20 } as const;
    const signal = new AbortController().signal;
    const result = simulatePolicy('manyhands', { ...network, seed, demand: 'small' }, signal);
    // The planner's own time is the one thing that no seed decides.
    return { ...result, placementMs: undefined };
  };

  it('gives the same result for the same seed, and another for another', () => {
    const first = run(1);
    expect(run(1)).toEqual(first);
    expect(run(2).servedTokensPerSecond).not.toBe(first.servedTokensPerSecond);
  });

  it('serves nearly everybody where volunteers are as many as users', () => {
    const { answeredShare, coverage, servedTokensPerSecond } = run(1);
    expect(answeredShare).toBeGreaterThan(0.9);
    expect(coverage).toBeGreaterThan(0.9);
    expect(servedTokensPerSecond).toBeGreaterThan(100);
  });
});
