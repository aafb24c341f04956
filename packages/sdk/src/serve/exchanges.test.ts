import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Manyhands } from '../../types/manyhands.d.ts';
import { ACCEPT_TIMEOUT_MS, CHUNKS_WAITING_MAX, EXCHANGES_MAX } from '../limits.ts';
import { askPage } from '../service-worker/ask-page.ts';
import type { PageRequest } from '../service-worker/messages.ts';
import { createExchanges } from './exchanges.ts';

const REQUEST: PageRequest = {
  type: 'manyhands-request',
  version: 1,
  url: 'https://site.example/v1/chat/completions',
  method: 'POST',
  body: '{}',
};
const notServing = () => new Error('nobody serves');

/** A page and its worker, joined by the product's own two ends. */
function join(fetch: Manyhands['fetch']) {
  const beats = new Set<(nowMs: number) => void>();
  const ticker = {
    onTick(listener: (nowMs: number) => void) {
      beats.add(listener);
      return () => beats.delete(listener);
    },
  };
  const exchanges = createExchanges(fetch, ticker);
  const toWorker: unknown[] = [];
  const worker = { postMessage: (message: unknown) => void toWorker.push(message) };
  const ask = (signal = new AbortController().signal): Promise<Response> => {
    const { port1, port2 } = new MessageChannel();
    exchanges.answer(REQUEST, port2, worker);
    return askPage(port1, signal, notServing);
  };
  const beat = (nowMs: number) => {
    for (const listener of [...beats]) listener(nowMs);
  };
  return { ask, exchanges, toWorker, beat, beats };
}

/** A body whose pieces are made when they are read. */
function countingBody(pieces: number) {
  const made = { count: 0, isCancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (made.count === pieces) return controller.close();
        controller.enqueue(new TextEncoder().encode(`${made.count} `));
        made.count += 1;
      },
      cancel() {
        made.isCancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { made, body };
}

/** An answer that never comes. */
function untilStopped(
  signal: AbortSignal | null | undefined,
  signals: AbortSignal[],
): Promise<Response> {
  if (signal) signals.push(signal);
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new Error('stopped')));
  });
}

afterEach(() => vi.useRealTimers());

describe('an answer through the worker', () => {
  test('is the page’s: status, headers and body', async () => {
    const asked: [unknown, unknown][] = [];
    const { ask, beats } = join(async (url, init) => {
      asked.push([url, init?.body]);
      return new Response('{"many":"hands"}', { status: 429, headers: { 'Retry-After': '2' } });
    });
    const answer = await ask();
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(await answer.json()).toEqual({ many: 'hands' });
    expect(asked).toEqual([[REQUEST.url, '{}']]);
    await vi.waitFor(() => expect(beats.size).toBe(0));
  });

  test('may be empty', async () => {
    const answer = await join(async () => new Response(null)).ask();
    expect(await answer.text()).toBe('');
  });

  test('is made no faster than it is read', async () => {
    const { made, body } = countingBody(1_000);
    const { ask } = join(async () => new Response(body));
    const reader = (await ask()).body?.getReader();
    await reader?.read();
    await vi.waitFor(() => expect(made.count).toBeGreaterThanOrEqual(CHUNKS_WAITING_MAX));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(made.count).toBeLessThan(CHUNKS_WAITING_MAX + 4);
    let rest = 1;
    while (!(await reader?.read())?.done) rest += 1;
    expect(rest).toBe(1_000);
  });

  test('ends at the page where its reader leaves', async () => {
    const { made, body } = countingBody(1_000);
    const { ask } = join(async () => new Response(body));
    await (await ask()).body?.cancel();
    await vi.waitFor(() => expect(made.isCancelled).toBe(true));
  });

  test('ends at the page where its caller stops before it began', async () => {
    const signals: AbortSignal[] = [];
    const { ask } = join((_, init) => untilStopped(init?.signal, signals));
    const abort = new AbortController();
    const answer = ask(abort.signal);
    await vi.waitFor(() => expect(signals).toHaveLength(1));
    abort.abort();
    await expect(answer).rejects.toMatchObject({ code: 'aborted' });
    await vi.waitFor(() => expect(signals[0]?.aborted).toBe(true));
  });

  test('breaks off with an error where the page’s does', async () => {
    const body = new ReadableStream({
      pull: (controller) => controller.error(new Error('broken')),
    });
    const answer = await join(async () => new Response(body)).ask();
    await expect(answer.text()).rejects.toThrow();
    const failing = join(async () => Promise.reject(new Error('no answer')));
    await expect(failing.ask()).rejects.toMatchObject({ code: 'internal' });
  });

  test('is refused where nobody takes the request', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const answer = askPage(new MessageChannel().port1, new AbortController().signal, notServing);
    const refused = expect(answer).rejects.toThrow('nobody serves');
    await vi.advanceTimersByTimeAsync(ACCEPT_TIMEOUT_MS);
    await refused;
  });

  test('is refused beyond a number of them', async () => {
    const signals: AbortSignal[] = [];
    const { ask, exchanges } = join((_, init) => untilStopped(init?.signal, signals));
    const waiting = Array.from({ length: EXCHANGES_MAX }, () => ask().catch(() => 'ended'));
    expect((await ask()).status).toBe(429);
    expect(signals.map(({ aborted }) => aborted)).toEqual(Array(EXCHANGES_MAX).fill(false));
    exchanges.dispose();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['ended']));
  });
});

test('a worker that passes an answer on is kept awake, and left alone afterwards', async () => {
  const { made, body } = countingBody(3);
  const { ask, toWorker, beat, beats } = join(async () => new Response(body));
  const answer = await ask();
  const nowMs = performance.now();
  beat(nowMs + 1_000);
  expect(toWorker).toEqual([]);
  beat(nowMs + 20_000);
  beat(nowMs + 21_000);
  expect(toWorker).toEqual([{ type: 'manyhands-stay-awake' }]);
  await answer.text();
  expect(made.count).toBe(3);
  await vi.waitFor(() => expect(beats.size).toBe(0));
});
