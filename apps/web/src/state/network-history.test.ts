import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HISTORY_REFRESH_MS } from './limits.ts';
import { chartHistory, describePoint } from './network-chart.ts';
import {
  createNetworkHistory,
  type History,
  type HistorySample,
  readHistory,
} from './network-history.ts';

const NOON_S = Date.UTC(2026, 10, 26, 12) / 1_000;
const sample = (minute: number, changes: Partial<HistorySample> = {}): HistorySample => ({
  at: NOON_S + 60 * minute,
  volunteers: 2,
  identities: 1,
  tokens: 10,
  ...changes,
});
const historyOf = (...samples: HistorySample[]): History => ({ everyS: 60, samples });

function answer(body: unknown, init: ResponseInit = {}): typeof fetch {
  return async () => Response.json(body, init);
}
const read = (request: typeof fetch) =>
  readHistory(request, 'https://relay.example', new AbortController().signal);

describe('the history of a relay', () => {
  it('is read from the relay, wherever the site is', async () => {
    const request = vi.fn(answer(historyOf(sample(0), sample(1))));
    expect((await read(request))?.samples).toHaveLength(2);
    expect(String(request.mock.calls[0]?.[0])).toBe('https://relay.example/api/history');
  });

  it('is none where the relay does not know the question', async () => {
    expect(await read(answer({}, { status: 404 }))).toBeUndefined();
    expect(await read(async () => new Response('<!doctype html>'))).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['of another form', { everyS: 60, samples: [], more: 1 }],
    ['with a count below nothing', historyOf(sample(0, { tokens: -1 }))],
    ['out of order', historyOf(sample(1), sample(0))],
    ['of more than a day', historyOf(...Array.from({ length: 1_441 }, (_, i) => sample(i)))],
  ])('is refused: one %s', async (_, body) => {
    await expect(read(answer(body))).rejects.toThrow();
  });

  it('that the relay cannot give is an error', async () => {
    await expect(read(answer({}, { status: 503 }))).rejects.toThrow('503');
  });
});

describe('watching the history', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('reads again at every interval, and not after', async () => {
    const answers = [historyOf(sample(0)), undefined];
    const asked = vi.fn(async () => answers.shift());
    const { state, watch } = createNetworkHistory(asked);
    const stop = watch();
    await vi.advanceTimersByTimeAsync(0);
    expect(state.value.kind).toBe('read');
    await vi.advanceTimersByTimeAsync(HISTORY_REFRESH_MS);
    expect(state.value.kind).toBe('none');
    stop();
    await vi.advanceTimersByTimeAsync(3 * HISTORY_REFRESH_MS);
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('says that it failed, and can be tried again', async () => {
    let isUp = false;
    const history = createNetworkHistory(async () => {
      if (!isUp) throw new Error('down');
      return historyOf();
    });
    const stop = history.watch();
    await vi.advanceTimersByTimeAsync(0);
    expect(history.state.value).toMatchObject({ kind: 'failed', error: { message: 'down' } });
    isUp = true;
    await history.retry();
    expect(history.state.value.kind).toBe('read');
    stop();
  });
});

describe('a chart', () => {
  const hours = historyOf(
    ...Array.from({ length: 180 }, (_, minute) => sample(minute, { volunteers: minute % 7 })),
  );

  it('shows the last hour or the last day', () => {
    expect(chartHistory(hours, 'hour', 'tokens').times).toHaveLength(60);
    expect(chartHistory(hours, 'day', 'tokens').times).toHaveLength(180);
  });

  it('tells in a sentence and in a short table what it shows', () => {
    const tokens = chartHistory(hours, 'day', 'tokens');
    expect(tokens.summary).toMatch(/1,800 tokens in all, at most 10 a minute/);
    expect(tokens.rows.length).toBeLessThanOrEqual(24);
    expect(tokens.rows[0]?.value).toBe('80');
    const volunteers = chartHistory(hours, 'day', 'volunteers');
    expect(volunteers.summary).toMatch(/between 0 and 6 volunteers, 4 at the end/);
    expect(volunteers.rows[0]?.value).toBe('6');
  });

  it('leaves a gap where the relay did not count', () => {
    const view = chartHistory(historyOf(sample(0), sample(9), sample(10)), 'hour', 'volunteers');
    expect(view.values).toEqual([2, null, 2, 2]);
    expect(describePoint(view, 1)).toMatch(/not counted/);
    expect(describePoint(view, 2)).toMatch(/: 2 volunteers/);
  });

  it('of a relay that has just started is empty', () => {
    expect(chartHistory(historyOf(), 'day', 'tokens')).toMatchObject({
      times: [],
      rows: [],
      summary: expect.stringContaining('just started'),
    });
  });
});
