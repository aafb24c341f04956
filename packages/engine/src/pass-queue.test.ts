import { describe, expect, test } from 'vitest';
import { EngineError } from './error.ts';
import { PASS_TOKENS_MAX, QUEUED_STEPS_MAX } from './limits.ts';
import { createPassQueue } from './pass-queue.ts';
import type { StepOutcome, StepRequest, StepResult } from './stage.ts';

const step = (sessionId: string, tokenCount = 1, position = 0): StepRequest => ({
  sessionId,
  position,
  tokenCount,
  headRows: 0,
});

/** A queue whose passes end when the test says so. */
function createHarness() {
  const passes: {
    ids: string[];
    rows: (readonly [string, number, number])[];
    end(outcomes?: StepOutcome[]): void;
    fail(): void;
  }[] = [];
  const queue = createPassQueue(
    (requests) =>
      new Promise((resolve, reject) => {
        const ids = requests.map(({ sessionId }) => sessionId);
        passes.push({
          ids,
          rows: requests.map(({ sessionId, position, tokenCount }) => [
            sessionId,
            position,
            tokenCount,
          ]),
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

  test('make passes of a bounded length; longer ones run in parts', async () => {
    const { queue, passes } = createHarness();
    const all = [step('a', PASS_TOKENS_MAX + 1), step('b', PASS_TOKENS_MAX - 1)].map(queue.add);
    const seen: (readonly [string, number, number])[][] = [];
    for (let i = 0; i < 2; i += 1) {
      await expect.poll(() => passes.length).toBe(i + 1);
      seen.push(passes[i]?.rows ?? []);
      passes[i]?.end();
    }
    await Promise.all(all);
    expect(seen).toEqual([
      [['a', 0, PASS_TOKENS_MAX]],
      [
        ['a', PASS_TOKENS_MAX, 1],
        ['b', 0, PASS_TOKENS_MAX - 1],
      ],
    ]);
  });

  test('of a prompt are run in parts whose rows are put together again', async () => {
    const passes: StepRequest[] = [];
    const queue = createPassQueue(async (requests) => {
      passes.push(...requests);
      // Each row's state is its input doubled.
      return requests.map(
        ({ hidden }) => ({ result: { hidden: hidden?.map((x) => 2 * x) } }) as StepOutcome,
      );
    });
    const hidden = Float32Array.from({ length: 40 * 3 }, (_, i) => i);
    const prompt = { ...step('a', 40, 7), hidden };
    const [, result] = await Promise.all([
      queue.add(step('b')),
      queue.add(prompt),
      queue.add(step('c')),
    ]);
    expect(result.hidden).toEqual(hidden.map((x) => 2 * x));
    const parts = passes.filter(({ sessionId }) => sessionId === 'a');
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.reduce((sum, { tokenCount }) => sum + tokenCount, 0)).toBe(40);
    expect(parts.map(({ position }) => position)).toEqual(
      parts.map((_, i) => 7 + parts.slice(0, i).reduce((sum, part) => sum + part.tokenCount, 0)),
    );
  });

  test('of a prompt ask for candidates in their last part only', async () => {
    const candidates = { rowCount: 1 } as StepResult['candidates'];
    const parts: number[] = [];
    const queue = createPassQueue(async (requests) =>
      requests.map(({ headRows }) => {
        parts.push(headRows);
        return { result: headRows > 0 ? { candidates } : {} } as StepOutcome;
      }),
    );
    const tokenIds = Uint32Array.from({ length: 150 }, (_, i) => i);
    const result = await queue.add({ ...step('a', 150), tokenIds, headRows: 1 });
    expect(result).toEqual({ candidates });
    expect(parts).toEqual([0, 0, 1]);
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
