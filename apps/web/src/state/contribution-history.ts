import type { KeyDatabase } from '@manyhands/swarm/key-database';
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import {
  addCounts,
  addToDay,
  type DayCounts,
  type HistoryDay,
  hasCounts,
  NO_COUNTS,
  parseDays,
} from './history-days.ts';
import { HISTORY_WRITE_INTERVAL_MS } from './limits.ts';
import { dayOf } from './local-day.ts';

/** What this browser gave, day by day, over all of its tabs. It never leaves the device. */
export interface ContributionHistory {
  /** In order, the days without anything left out. */
  readonly days: ReadonlySignal<readonly HistoryDay[]>;
  /** False where the browser keeps nothing: then it is of this visit. */
  readonly isKept: ReadonlySignal<boolean>;
  /** About what it takes on this device. */
  readonly sizeBytes: ReadonlySignal<number>;
  add(counts: Partial<DayCounts>): void;
  /** Another tab may have counted. */
  refresh(): Promise<void>;
  /** Before the page goes away. */
  save(): Promise<void>;
  deleteAll(): Promise<void>;
}

const KEY = 'days';

export function createContributionHistory(
  database: KeyDatabase,
  nowMs: () => number = Date.now,
): ContributionHistory {
  const stored = signal<readonly HistoryDay[]>([]);
  /** Counted by this tab, and not yet stored. */
  const pending = signal<ReadonlyMap<string, DayCounts>>(new Map());
  const isKept = signal(true);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const take = (days: readonly HistoryDay[], counts: ReadonlyMap<string, DayCounts>) =>
    [...counts].reduce((sum, [day, more]) => addToDay(sum, day, more), days);

  const save = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const counts = pending.value;
    if (counts.size === 0) return;
    pending.value = new Map();
    let written = stored.value;
    try {
      // One transaction: whatever other tabs added meanwhile is in what it reads.
      await database.change(KEY, (current) => {
        written = take(parseDays(current), counts);
        return written;
      });
      isKept.value = true;
    } catch {
      isKept.value = false;
      // There may be room with the next try.
      const later = pending.value;
      pending.value = new Map(
        [...later, ...counts].map(([day]) => [
          day,
          addCounts(counts.get(day) ?? NO_COUNTS, later.get(day) ?? {}),
        ]),
      );
      return;
    }
    stored.value = written;
  };

  return {
    days: computed(() => take(stored.value, pending.value)),
    isKept,
    sizeBytes: computed(() =>
      stored.value.length === 0 ? 0 : JSON.stringify(stored.value).length,
    ),
    add(more) {
      const counts = addCounts(NO_COUNTS, more);
      if (!hasCounts(counts)) return;
      const day = dayOf(nowMs());
      const before = pending.value.get(day) ?? NO_COUNTS;
      pending.value = new Map([...pending.value, [day, addCounts(before, counts)]]);
      timer ??= setTimeout(() => void save(), HISTORY_WRITE_INTERVAL_MS);
    },
    async refresh() {
      try {
        stored.value = parseDays(await database.read(KEY));
        isKept.value = true;
      } catch {
        isKept.value = false;
      }
    },
    save,
    async deleteAll() {
      clearTimeout(timer);
      timer = undefined;
      pending.value = new Map();
      await database.change(KEY, () => []);
      // Only now: whoever sees it empty and reloads at once must not find it again.
      stored.value = [];
    },
  };
}
