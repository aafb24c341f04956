import type { StageWork } from '@manyhands/peer/volunteer/volunteer-state';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryStorage } from '../testing/memory-storage.ts';
import { createSiteDouble } from '../testing/site-double.ts';
import { createEnergy, energyOf } from './energy.ts';
import { describeFlow, listSights } from './flow-view.ts';
import { listOpenHours } from './guest-view.ts';
import { describeChart, formatEnergy, listTotals, sumPeriods } from './history-view.ts';
import { ACTIVE_GAP_MS_MAX, PULSE_INTERVAL_MS, RATE_INTERVAL_MS, REST_HOUR_MS } from './limits.ts';
import { rateNow } from './serving-rate.ts';
import { createStageFlow, type Pulse } from './stage-flow.ts';
import { createWorkMeter } from './work-meter.ts';

const START = new Date(2026, 10, 26, 12);
beforeEach(() => void vi.useFakeTimers({ now: START }));
afterEach(() => void vi.useRealTimers());

const work: StageWork = {
  kind: 'decode',
  firstBlock: 0,
  endBlock: 4,
  embeds: true,
  heads: false,
  isFromRequester: true,
  tokenCount: 1,
};

describe('what a tab gives', () => {
  it('is counted over starts, with the time it was there and without the sleep', () => {
    const counted: object[] = [];
    let now = 1_000;
    const meter = createWorkMeter(
      (counts) => counted.push(counts),
      () => now,
    );
    const served = { phase: 'serving', tokensServed: 5, answersHelped: 1, busyMs: 40 } as const;
    meter(served);
    now += 3_000;
    meter({ ...served, tokensServed: 9 });
    now += 8 * 3_600_000;
    meter({ phase: 'paused', tokensServed: 9, answersHelped: 1, busyMs: 40 });
    now += 5_000;
    meter({ ...served, tokensServed: 2, answersHelped: 0, busyMs: 0 });
    expect(counted).toEqual([
      { tokens: 5, answers: 1, busyMs: 40, activeMs: 0 },
      { tokens: 4, answers: 0, busyMs: 0, activeMs: 3_000 },
      { tokens: 0, answers: 0, busyMs: 0, activeMs: ACTIVE_GAP_MS_MAX },
      { tokens: 2, answers: 0, busyMs: 0, activeMs: 0 },
    ]);
  });

  it('reaches the history of the browser with its data', async () => {
    const { site, peer } = await createSiteDouble();
    await site.contribution.start();
    peer.reportVolunteer({ phase: 'serving', tokensServed: 7, answersHelped: 1, bytesSent: 300 });
    await vi.advanceTimersByTimeAsync(20_000);
    await site.contributionHistory.save();
    expect(site.contributionHistory.days.value).toMatchObject([
      { day: '2026-11-26', tokens: 7, answers: 1, bytesUp: 300, activeMs: 20_000 },
    ]);
  });

  it('has a speed of now, which ends when nothing comes', async () => {
    const { site, peer } = await createSiteDouble();
    const { rate } = site.contribution;
    await site.contribution.start();
    expect(rateNow(rate.samples.value)).toBeUndefined();
    peer.reportVolunteer({ phase: 'serving', tokensServed: 10 });
    vi.advanceTimersByTime(RATE_INTERVAL_MS);
    expect(rate.samples.value).toEqual([10]);
    vi.advanceTimersByTime(5 * RATE_INTERVAL_MS);
    expect(rateNow(rate.samples.value)).toBe(0);
  });
});

describe('a pause by hand', () => {
  it('ends by itself after its time, and with Resume', async () => {
    const { site, peer } = await createSiteDouble();
    const { guest } = site.contribution;
    await site.contribution.start();
    guest.rest(Date.now() + REST_HOUR_MS);
    expect(peer.pauses.at(-1)).toEqual({
      reasons: ['by-hand'],
      untilMs: START.getTime() + REST_HOUR_MS,
    });
    vi.advanceTimersByTime(REST_HOUR_MS - 1);
    expect(peer.pauses.at(-1)).toBeDefined();
    vi.advanceTimersByTime(1);
    expect(peer.pauses.at(-1)).toBeUndefined();
    expect(guest.restUntilMs.value).toBeUndefined();

    guest.rest(Number.POSITIVE_INFINITY);
    expect(peer.pauses.at(-1)).toEqual({ reasons: ['by-hand'] });
    guest.rest(undefined);
    expect(peer.pauses.at(-1)).toBeUndefined();
  });

  it('does not outlive a new start', async () => {
    const { site, peer } = await createSiteDouble();
    await site.contribution.start();
    site.contribution.guest.rest(Number.POSITIVE_INFINITY);
    await site.contribution.stop();
    await site.contribution.start();
    expect(peer.pauses.at(-1)).toBeUndefined();
  });
});

describe('energy', () => {
  it('is watts times the time in which it computed, in bounds and remembered', () => {
    expect(energyOf(1_800_000, 100)).toBe(50);
    const storage = createMemoryStorage();
    const energy = createEnergy(storage);
    energy.change(Number.NaN);
    expect(energy.watts.value).toBe(30);
    energy.change(119.6);
    expect(createEnergy(storage).watts.value).toBe(120);
    energy.change(1e9);
    expect(createEnergy(storage).watts.value).toBe(2_000);
    storage.setItem('manyhands.energy', '{"watts":-5}');
    expect(createEnergy(storage).watts.value).toBe(30);
  });

  it('is written in units that fit', () => {
    expect([0.04, 9.96, 512.4, 1_240].map(formatEnergy)).toEqual([
      '0 Wh',
      '10 Wh',
      '512 Wh',
      '1.2 kWh',
    ]);
  });
});

describe('the chart', () => {
  const counts = { answers: 1, activeMs: 60_000, busyMs: 36_000, bytesUp: 500, bytesDown: 500 };
  const days = [
    { day: '2026-10-01', tokens: 100, ...counts },
    { day: '2026-11-25', tokens: 20, ...counts },
    { day: '2026-11-26', tokens: 5, ...counts },
  ];

  it('has a bar for each of thirty days, of the highest among them', () => {
    const { bars, from, to, most } = describeChart(days, 'tokens', {
      watts: 100,
      nowMs: Date.now(),
    });
    expect(bars).toHaveLength(30);
    expect([from, to, most]).toEqual(['28 Oct', '26 Nov', '20']);
    expect(bars.at(-1)).toMatchObject({ fraction: 0.25, text: '5' });
    expect(bars[0]).toMatchObject({ fraction: 0, text: '0' });
  });

  it('sums today, thirty days and all there are', () => {
    const [today, month, ever] = sumPeriods(days, Date.now());
    expect([today?.tokens, month?.tokens, ever?.tokens]).toEqual([5, 25, 125]);
    expect(listTotals(days[0] ?? { tokens: 0, ...counts }, 100)).toEqual([
      '100',
      '1',
      '1 min 0 s',
      '36 s',
      '1 Wh',
      '1 kB',
    ]);
  });
});

describe('the picture', () => {
  it('shows steps of a quarter second as one light, and none while the page is hidden', () => {
    let tell: (each: StageWork) => void = () => undefined;
    let isHidden = false;
    const pulses: Pulse[] = [];
    const stageFlow = createStageFlow({
      watch: (listener) => {
        tell = listener;
        return () => undefined;
      },
      isHidden: () => isHidden,
    });
    const stop = stageFlow.follow((pulse) => pulses.push(pulse));
    tell(work);
    tell({ ...work, kind: 'prefill', tokenCount: 32, firstBlock: 2, endBlock: 8, heads: true });
    vi.advanceTimersByTime(PULSE_INTERVAL_MS);
    expect(pulses).toMatchObject([
      { kind: 'decode', firstBlock: 0, endBlock: 8, heads: true, prefillRows: 32, decodeSteps: 1 },
    ]);
    expect(describeFlow({ phase: 'serving', sessionCount: 2 }, stageFlow.flow.value)).toBe(
      'Reading a prompt: 16 tokens a second. Writing: 1 step a second. 2 sessions are open.',
    );
    isHidden = true;
    tell(work);
    vi.advanceTimersByTime(PULSE_INTERVAL_MS);
    expect(pulses).toHaveLength(1);
    vi.advanceTimersByTime(5_000);
    expect(stageFlow.flow.value).toBeUndefined();
    stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('names what a tab sees of others’ text with what it holds', () => {
    const range = { firstBlock: 0, endBlock: 8, embeds: true, heads: true };
    expect(listSights({ range })).toEqual(['first', 'last']);
    expect(listSights({ range: { ...range, embeds: false, heads: false } })).toEqual(['middle']);
    expect(listSights({ range: { ...range, embeds: false } })).toEqual(['middle', 'last']);
    expect(listSights({ job: 'embedding' })).toEqual(['embedding']);
    expect(listSights({})).toEqual([]);
  });
});

describe('the picture of a week', () => {
  it('goes on with the next day where a period passes midnight', () => {
    const fridayNight = { days: [5], startMinute: 18 * 60, endMinute: 6 * 60 };
    expect(listOpenHours(fridayNight, 5)).toEqual([{ start: 0.75, end: 1 }]);
    expect(listOpenHours(fridayNight, 6)).toEqual([{ start: 0, end: 0.25 }]);
    expect(listOpenHours(fridayNight, 0)).toEqual([]);
    const sunday = { days: [0], startMinute: 0, endMinute: 0 };
    expect([0, 1].map((day) => listOpenHours(sunday, day))).toEqual([[{ start: 0, end: 1 }], []]);
  });
});
