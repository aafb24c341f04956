import type { VolunteerState } from '@manyhands/peer/volunteer/volunteer-state';
import { type ReadonlySignal, signal } from '@preact/signals';
import * as v from 'valibot';
import { DATA_WRITE_INTERVAL_MS } from './limits.ts';
import { dayOf } from './local-day.ts';
import { readStored, writeStored } from './stored.ts';
import { growth } from './work-meter.ts';

const KEY = 'manyhands.data-usage';
const Bytes = v.pipe(v.number(), v.integer(), v.minValue(0));
const DayUsage = v.strictObject({
  /** `2026-11-26`, by this device's clock. */
  day: v.pipe(v.string(), v.regex(/^\d{4}-\d{2}-\d{2}$/)),
  bytesUp: Bytes,
  bytesDown: Bytes,
});
/** What this browser sent and received for others on one day. */
export type DayUsage = v.InferOutput<typeof DayUsage>;

/** The data of today over all visits and tabs of this browser. */
export interface DataUsage {
  readonly today: ReadonlySignal<DayUsage>;
  add(bytesUp: number, bytesDown: number): void;
  /** The day may have changed, or another tab may have counted. */
  refresh(): void;
  /** Before the page goes away. */
  save(): void;
}

export function createDataUsage(
  storage: Storage | undefined,
  nowMs: () => number = Date.now,
): DataUsage {
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Counted, and not yet stored. */
  let pending = { bytesUp: 0, bytesDown: 0 };
  const read = (): DayUsage => {
    const day = dayOf(nowMs());
    const stored = readStored(storage, KEY, DayUsage);
    return stored?.day === day ? stored : { day, bytesUp: 0, bytesDown: 0 };
  };
  const today = signal(read());

  const save = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (pending.bytesUp + pending.bytesDown === 0) return;
    // Other tabs of this browser count into the same sum.
    const next = sum(read(), pending);
    // Without room it is counted on: what was sent must not be sent again.
    if (!writeStored(storage, KEY, next)) return;
    today.value = next;
    pending = { bytesUp: 0, bytesDown: 0 };
  };
  const startDay = (): void => {
    const day = dayOf(nowMs());
    if (today.value.day === day) return;
    pending = { bytesUp: 0, bytesDown: 0 };
    today.value = { day, bytesUp: 0, bytesDown: 0 };
  };

  return {
    today,
    add(bytesUp, bytesDown) {
      if (bytesUp + bytesDown === 0) return;
      startDay();
      today.value = sum(today.value, { bytesUp, bytesDown });
      pending = sum(pending, { bytesUp, bytesDown });
      timer ??= setTimeout(save, DATA_WRITE_INTERVAL_MS);
    },
    refresh() {
      startDay();
      if (storage !== undefined) today.value = sum(read(), pending);
    },
    save,
  };
}

type Traffic = Pick<DayUsage, 'bytesUp' | 'bytesDown'>;

function sum<Kind extends Traffic>(to: Kind, { bytesUp, bytesDown }: Traffic): Kind {
  return { ...to, bytesUp: to.bytesUp + bytesUp, bytesDown: to.bytesDown + bytesDown };
}

/**
 * Follows a volunteer's counters, which begin again with every start and every download, and counts
 * what came on top: frames and texts in both directions, and pieces of models from the network.
 */
export function createTrafficMeter(
  count: (bytesUp: number, bytesDown: number) => void,
): (state: VolunteerState) => void {
  let last = { sent: 0, received: 0, downloaded: 0 };
  return ({ bytesSent: sent, bytesReceived: received, progress }) => {
    const downloaded = progress?.networkBytes ?? 0;
    const up = growth(last.sent, sent);
    const down = growth(last.received, received) + growth(last.downloaded, downloaded);
    last = { sent, received, downloaded };
    count(up, down);
  };
}
