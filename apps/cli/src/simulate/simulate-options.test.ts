import { describe, expect, it } from 'vitest';
import { POLICIES } from './policies/policy.ts';
import { readSimulateOptions } from './simulate-options.ts';

const read = (line: string) => readSimulateOptions(line.split(' ').filter((word) => word !== ''));

describe('readSimulateOptions', () => {
  it('fills in the documented defaults', () => {
    expect(read('planner')).toEqual({
      volunteers: 1000,
      users: 2000,
      minutes: 10,
      stayMinutes: 40,
      demand: 'mixed',
      policies: [...POLICIES],
      seed: 1,
      plans: 0,
      peers: 0,
      plots: undefined,
      json: false,
      out: undefined,
    });
  });

  it('takes every option', () => {
    const line =
      'planner --volunteers 100000 --users 25 --minutes 3 --stay 9 --demand large --policies petals-page,random --seed 7 --plans 5 --peers 10 --plots docs --json --out a.json';
    expect(read(line)).toEqual({
      volunteers: 100_000,
      users: 25_000,
      minutes: 3,
      stayMinutes: 9,
      demand: 'large',
      policies: ['petals-page', 'random'],
      seed: 7,
      plans: 5,
      peers: 10,
      plots: 'docs',
      json: true,
      out: 'a.json',
    });
    expect(read('planner --help')).toBe('help');
    expect(read('-h')).toBe('help');
  });

  it.each([
    '',
    'engine',
    'planner --volunteers 100001',
    'planner --volunteers many',
    'planner --users 0',
    'planner --demand none',
    'planner --policies best',
    'planner --plots=',
    'planner --peers 100001',
    'planner word',
  ])('calls "%s" a usage error', (line) => {
    expect(() => read(line)).toThrowError(/Usage: npm run simulate/);
  });
});
