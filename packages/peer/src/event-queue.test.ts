import { expect, test, vi } from 'vitest';
import { createEventQueue } from './event-queue.ts';

test('a reader gets what was pushed before and after it came, in order', async () => {
  const queue = createEventQueue<number>(10, () => undefined);
  queue.push(1);
  queue.push(2);
  const read: number[] = [];
  const reading = (async () => {
    for await (const event of queue) read.push(event);
  })();
  await Promise.resolve();
  queue.push(3);
  queue.end();
  queue.push(4);
  await reading;
  expect(read).toEqual([1, 2, 3]);
});

test('leaving the loop tells the producer', async () => {
  const onReturn = vi.fn();
  const queue = createEventQueue<number>(10, onReturn);
  queue.push(1);
  for await (const event of queue) {
    expect(event).toBe(1);
    break;
  }
  expect(onReturn).toHaveBeenCalledOnce();
});

test('a reader who never comes does not fill the memory', () => {
  const queue = createEventQueue<number>(2, () => undefined);
  queue.push(1);
  queue.push(2);
  expect(() => queue.push(3)).toThrow(expect.objectContaining({ code: 'bad-frame' }));
});
