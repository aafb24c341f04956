import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryDatabase } from '../testing/memory-database.ts';
import { createContributionHistory } from './contribution-history.ts';
import { HISTORY_WRITE_INTERVAL_MS } from './limits.ts';

beforeEach(() => void vi.useFakeTimers({ now: new Date(2026, 10, 26, 23, 59, 59) }));
afterEach(() => void vi.useRealTimers());

describe('the history of a browser', () => {
  it('loses no count of several tabs, and shows each what the others added', async () => {
    const database = createMemoryDatabase();
    const tabs = [0, 1, 2].map(() => createContributionHistory(database));
    for (let round = 0; round < 5; round += 1) {
      for (const tab of tabs) tab.add({ tokens: 2, busyMs: 10 });
      await Promise.all(tabs.map((tab) => tab.save()));
    }
    await tabs[0]?.refresh();
    expect(tabs[0]?.days.value).toMatchObject([{ tokens: 30, busyMs: 150 }]);
    expect(tabs[0]?.sizeBytes.value).toBeGreaterThan(50);
  });

  it('counts what comes after midnight for the new day', async () => {
    const history = createContributionHistory(createMemoryDatabase());
    history.add({ tokens: 1 });
    vi.setSystemTime(new Date(2026, 10, 27, 0, 0, 1));
    history.add({ tokens: 4 });
    await vi.advanceTimersByTimeAsync(HISTORY_WRITE_INTERVAL_MS);
    expect(history.days.value.map(({ day, tokens }) => [day, tokens])).toEqual([
      ['2026-11-26', 1],
      ['2026-11-27', 4],
    ]);
  });

  it('is written now and then, comes back, and is deleted with what was not written yet', async () => {
    const database = createMemoryDatabase();
    const history = createContributionHistory(database);
    history.add({});
    expect(vi.getTimerCount()).toBe(0);
    history.add({ answers: 1 });
    await vi.advanceTimersByTimeAsync(HISTORY_WRITE_INTERVAL_MS);
    const later = createContributionHistory(database);
    await later.refresh();
    expect(later.days.value).toMatchObject([{ answers: 1 }]);
    later.add({ answers: 1 });
    await later.deleteAll();
    await vi.advanceTimersByTimeAsync(HISTORY_WRITE_INTERVAL_MS);
    expect(later.days.value).toEqual([]);
    await history.refresh();
    expect(history.days.value).toEqual([]);
  });

  it('is empty on the page only once it is empty on the device', async () => {
    const database = createMemoryDatabase();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const history = createContributionHistory({
      read: database.read,
      change: async (key, next) => {
        if ((next([]) as readonly unknown[]).length === 0) await held;
        await database.change(key, next);
      },
    });
    history.add({ tokens: 3 });
    await history.save();
    const deletion = history.deleteAll();
    expect(history.days.value).toMatchObject([{ tokens: 3 }]);
    release();
    await deletion;
    expect(history.days.value).toEqual([]);
  });

  it('keeps what could not be written at once, once it can', async () => {
    const database = createMemoryDatabase();
    let isFull = true;
    const history = createContributionHistory({
      read: database.read,
      change: (key, next) =>
        isFull ? Promise.reject(new Error('Full.')) : database.change(key, next),
    });
    history.add({ tokens: 3 });
    await history.save();
    history.add({ tokens: 4 });
    isFull = false;
    await history.save();
    expect(history.days.value).toMatchObject([{ tokens: 7 }]);
    await history.refresh();
    expect(history.days.value).toMatchObject([{ tokens: 7 }]);
  });

  it('counts this visit where the browser keeps nothing, and says so', async () => {
    const blocked = () => Promise.reject(new Error('Blocked.'));
    const history = createContributionHistory({ read: blocked, change: blocked });
    await history.refresh();
    expect(history.isKept.value).toBe(false);
    history.add({ tokens: 3 });
    await history.save();
    history.add({ tokens: 3 });
    expect(history.days.value).toMatchObject([{ tokens: 6 }]);
    await expect(history.deleteAll()).rejects.toThrow('Blocked.');
  });
});
