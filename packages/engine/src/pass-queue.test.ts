import { describe, expect, test } from 'vitest';
import { EngineError } from './error.ts';
import { PASS_TOKENS_MAX, QUEUED_STEPS_MAX } from './limits.ts';
import { createPassQueue } from './pass-queue.ts';
import type { StepOutcome, StepRequest } from './stage.ts';

const step = (sessionId: string, tokenCount = 1, position = 0): StepRequest => ({
  sessionId,
  position,
  tokenCount,
  headRows: 0,
});

/** A queue whose passes end when the test says so. */
function createHarness() {
  const passes: { ids: string[]; end(outcomes?: StepOutcome[]): void; fail(): void }[] = [];
  const queue = createPassQueue(
    (requests) =>
      new Promise((resolve, reject) => {
        const ids = requests.map(({ sessionId }) => sessionId);
        passes.push({
          ids,
          end: (outcomes = requests.map(() => ({ result: {} }))) => resolve(outcomes),
          fail: () => reject(new EngineError('device-lost', 'gone; load again')),
        });
      }),
  );
  return { queue, passes };
}

describe('steps that wait', () => {
  test('run together, one of each session, in the order they came', async () => {
    const { queue, passes } = createHarness();
    const first = queue.add(step('a'));
    const rest = [step('a', 1, 1), step('b'), step('b', 1, 1), step('c')].map(queue.add);
    expect(passes.map(({ ids }) => ids)).toEqual([['a']]);
    passes[0]?.end();
    await first;
    await expect.poll(() => passes.length).toBe(2);
    expect(passes[1]?.ids).toEqual(['a', 'b', 'c']);
    passes[1]?.end();
    await expect.poll(() => passes.length).toBe(3);
    expect(passes[2]?.ids).toEqual(['b']);
    passes[2]?.end();
    await Promise.all(rest);
  });

  test('make passes of a bounded length, except for one that is longer itself', async () => {
    const { queue, passes } = createHarness();
    const all = [
      step('a'),
      step('b', PASS_TOKENS_MAX + 1),
      step('c', PASS_TOKENS_MAX - 1),
      step('d'),
      step('e'),
    ].map(queue.add);
    const seen: string[][] = [];
    for (let i = 0; i < 4; i += 1) {
      await expect.poll(() => passes.length).toBe(i + 1);
      seen.push(passes[i]?.ids ?? []);
      passes[i]?.end();
    }
    await Promise.all(all);
    expect(seen).toEqual([['a'], ['b'], ['c', 'd'], ['e']]);
  });

  test('fail alone where one fails, and together where the pass does', async () => {
    const { queue, passes } = createHarness();
    const first = queue.add(step('a'));
    const second = queue.add(step('b'));
    const third = queue.add(step('c'));
    const failed = [first, second].map((each) => expect(each).rejects.toThrow(EngineError));
    passes[0]?.fail();
    await expect.poll(() => passes.length).toBe(2);
    const error = new EngineError('unknown-session', 'open it again');
    passes[1]?.end([{ error }, { result: {} }]);
    await Promise.all(failed);
    expect(await third).toEqual({});
  });

  test('are bounded', async () => {
    const { queue } = createHarness();
    void queue.add(step('running'));
    for (let i = 0; i < QUEUED_STEPS_MAX; i += 1) void queue.add(step(`${i}`));
    await expect(queue.add(step('more'))).rejects.toMatchObject({ code: 'over-budget' });
  });
});
