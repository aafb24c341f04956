import { describe, expect, it } from 'vitest';
import { createRationing, type TunnelEnd, type TunnelRations } from './ration.ts';

const KIB = 1024;
const PLENTY = { bytesPerSecond: 2 ** 30, bytesPerHour: 2 ** 40 };
const FREE: TunnelRations = { pair: PLENTY, identity: PLENTY, address: PLENTY, relay: PLENTY };
const SMALL = { bytesPerSecond: 100 * KIB, bytesPerHour: 2 ** 40 };
const HOUR_MS = 3_600_000;

const end = (identity: string, addressKey: string, tab = 'T'): TunnelEnd => ({
  peerId: `${identity.padEnd(22, '0')}.${tab.repeat(11)}`,
  addressKey,
});
const [alice, bob, carol, dave] = ['A', 'B', 'C', 'D'].map((name) => end(name, `at ${name}`)) as [
  TunnelEnd,
  TunnelEnd,
  TunnelEnd,
  TunnelEnd,
];

function open(rationing: ReturnType<typeof createRationing>, a: TunnelEnd, b: TunnelEnd) {
  const accounts = rationing.open([a, b], 0);
  if (accounts === undefined) throw new Error('no accounts');
  return (bytes: number, nowMs: number) => rationing.take(accounts, bytes, nowMs);
}

describe('rations', () => {
  it('let two seconds of a rate pass at once, then what time allows, however it is asked for', () => {
    const take = open(createRationing({ ...FREE, pair: SMALL }), alice, bob);
    expect(take(1_000 * KIB, 0)).toBe(200 * KIB);
    expect(take(1, 0)).toBe(0);
    let passed = 0;
    for (let nowMs = 10; nowMs <= 5_000; nowMs += 10) passed += take(1_000 * KIB, nowMs);
    expect(passed).toBeGreaterThan(499 * KIB);
    expect(passed).toBeLessThanOrEqual(500 * KIB);
    expect(take(1_000 * KIB, 60_000)).toBe(200 * KIB);
  });

  it.each([
    ['pair', { shared: [end('A', 'x', 'U'), end('B', 'y', 'U')], apart: [alice, carol] }],
    ['identity', { shared: [end('A', 'x', 'U'), carol], apart: [carol, dave] }],
    ['address', { shared: [end('E', 'at A'), carol], apart: [carol, dave] }],
    ['relay', { shared: [carol, dave], apart: undefined }],
  ] as const)('count for each %s, whoever else uses it', (kind, { shared, apart }) => {
    const rationing = createRationing({ ...FREE, [kind]: SMALL });
    expect(open(rationing, alice, bob)(1_000 * KIB, 0)).toBe(200 * KIB);
    expect(open(rationing, shared[0], shared[1])(1, 0)).toBe(0);
    expect(open(rationing, shared[1], shared[0])(1, 0)).toBe(0);
    if (apart) expect(open(rationing, apart[0], apart[1])(1_000 * KIB, 0)).toBe(200 * KIB);
  });

  it('count an hour together, and begin anew after it', () => {
    const rationing = createRationing({
      ...FREE,
      identity: { ...PLENTY, bytesPerHour: 300 * KIB },
    });
    const accounts = rationing.open([alice, bob], 0) ?? [];
    expect(rationing.take(accounts, 200 * KIB, 0)).toBe(200 * KIB);
    expect(rationing.isSpent(accounts, 0)).toBe(false);
    expect(rationing.take(accounts, 200 * KIB, 1)).toBe(100 * KIB);
    expect(rationing.isSpent(accounts, HOUR_MS - 1)).toBe(true);
    expect(open(rationing, alice, carol)(1, HOUR_MS - 1)).toBe(0);
    expect(rationing.isSpent(accounts, HOUR_MS)).toBe(false);
    expect(rationing.take(accounts, 200 * KIB, HOUR_MS)).toBe(200 * KIB);
  });

  it('take back what was granted and not used', () => {
    const rationing = createRationing({ ...FREE, pair: { ...SMALL, bytesPerHour: 250 * KIB } });
    const accounts = rationing.open([alice, bob], 0) ?? [];
    rationing.take(accounts, 200 * KIB, 0);
    rationing.giveBack(accounts, 150 * KIB);
    expect(rationing.take(accounts, 1_000 * KIB, 0)).toBe(150 * KIB);
  });

  it('are forgotten an hour after their last use, not before', () => {
    const rationing = createRationing({ ...FREE, pair: { ...PLENTY, bytesPerHour: KIB } });
    const take = open(rationing, alice, bob);
    expect(take(KIB, 0)).toBe(KIB);
    rationing.prune(HOUR_MS - 1);
    expect(open(rationing, alice, bob)(1, HOUR_MS - 1)).toBe(0);
    rationing.prune(2 * HOUR_MS);
    expect(open(rationing, alice, bob)(KIB, 2 * HOUR_MS)).toBe(KIB);
  });
});
