import type { VolunteerState } from '@manyhands/peer/volunteer/volunteer-state';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryStorage } from '../testing/memory-storage.ts';
import { createDataUsage, createTrafficMeter } from './data-usage.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const at = (day: number, hour: number) => new Date(2026, 10, day, hour).getTime();

describe('the data of a day', () => {
  it('is the sum of all tabs of a browser', () => {
    const storage = createMemoryStorage();
    const one = createDataUsage(storage);
    const other = createDataUsage(storage);
    one.add(10, 1);
    other.add(20, 2);
    one.add(5, 0);
    vi.runAllTimers();
    one.refresh();
    other.refresh();
    expect(one.today.value).toMatchObject({ bytesUp: 35, bytesDown: 3 });
    expect(other.today.value).toEqual(one.today.value);
  });

  it('begins anew with the day, and what was stored for another one is not counted', () => {
    const storage = createMemoryStorage();
    let nowMs = at(26, 23);
    const usage = createDataUsage(storage, () => nowMs);
    usage.add(10, 10);
    usage.save();
    nowMs = at(27, 0);
    usage.refresh();
    expect(usage.today.value).toEqual({ day: '2026-11-27', bytesUp: 0, bytesDown: 0 });
    usage.add(1, 2);
    usage.save();
    expect(createDataUsage(storage, () => nowMs).today.value).toMatchObject({ bytesUp: 1 });
  });

  it('is counted without a storage too, and with one that is full or damaged', () => {
    const usage = createDataUsage(undefined);
    usage.add(3, 4);
    usage.save();
    usage.refresh();
    usage.add(1, 1);
    expect(usage.today.value).toMatchObject({ bytesUp: 4, bytesDown: 5 });
    const full = createDataUsage(createMemoryStorage({ isFull: true }));
    full.add(3, 4);
    full.save();
    full.add(1, 1);
    full.save();
    full.refresh();
    expect(full.today.value).toMatchObject({ bytesUp: 4, bytesDown: 5 });
    const storage = createMemoryStorage();
    storage.setItem('manyhands.data-usage', '{"day":"2026-11-26","bytesUp":-1,"bytesDown":0}');
    expect(createDataUsage(storage).today.value).toMatchObject({ bytesUp: 0, bytesDown: 0 });
  });
});

it('a meter counts only what is new, over restarts of the counters', () => {
  const counted: number[][] = [];
  const meter = createTrafficMeter((up, down) => counted.push([up, down]));
  const state = (bytesSent: number, bytesReceived: number, networkBytes?: number) =>
    ({
      bytesSent,
      bytesReceived,
      ...(networkBytes !== undefined && { progress: { networkBytes } }),
    }) as VolunteerState;
  for (const each of [
    state(0, 0, 100),
    state(0, 0, 250),
    state(10, 5, 250),
    state(10, 5, 250),
    // Stopped and started again, from the cache.
    state(0, 0),
    state(7, 3, 0),
  ]) {
    meter(each);
  }
  expect(counted).toEqual([
    [0, 100],
    [0, 150],
    [10, 5],
    [0, 0],
    [0, 0],
    [7, 3],
  ]);
});
