import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { waitWhile } from './wait.ts';

describe('waiting for a word of shared memory', () => {
  const words = () => new Int32Array(new SharedArrayBuffer(64));

  it('ends at once where it is another already', () => {
    expect(waitWhile(words(), 3, 1, 0)).toBe(true);
  });

  it('ends with a time-out where nobody changes it', () => {
    const startedAt = performance.now();
    expect(waitWhile(words(), 3, 0, 40)).toBe(false);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(40);
  });

  it('ends when another thread changes it, asleep or not', async () => {
    for (const delayMs of [0, 60]) {
      const shared = words();
      const worker = new Worker(
        `const { workerData: { shared, delayMs } } = require('node:worker_threads');
         Atomics.wait(shared, 0, 0, delayMs);
         Atomics.store(shared, 3, 1);
         Atomics.notify(shared, 3);`,
        { eval: true, workerData: { shared, delayMs } },
      );
      expect(waitWhile(shared, 3, 0, 20_000)).toBe(true);
      await worker.terminate();
    }
  });
});
