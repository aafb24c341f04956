import { expect, test } from 'vitest';
import { EngineError } from '../error.ts';
import { QUEUED_STEPS_MAX } from '../limits.ts';
import { createRequestQueue } from './request-queue.ts';

test('runs one at a time, in order, also after a failure', async () => {
  const queue = createRequestQueue();
  const log: string[] = [];
  const step = (name: string, fails = false) =>
    queue.add(async () => {
      log.push(`${name} starts`);
      await Promise.resolve();
      log.push(`${name} ends`);
      if (fails) throw new EngineError('non-finite', name);
      return name;
    });
  const results = await Promise.allSettled([step('a'), step('b', true), step('c')]);
  expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('refuses more than it may hold and recovers', async () => {
  const queue = createRequestQueue();
  let release = () => {};
  const blocked = new Promise<void>((resolve) => {
    release = resolve;
  });
  const held = Array.from({ length: QUEUED_STEPS_MAX }, () => queue.add(() => blocked));
  await expect(queue.add(async () => 1)).rejects.toMatchObject({ code: 'over-budget' });
  release();
  await Promise.all(held);
  await expect(queue.add(async () => 1)).resolves.toBe(1);
});
