import { createMemoryCircleStore } from '@manyhands/swarm/circle-store';
import { expect, it } from 'vitest';
import { createCircles } from './circles.ts';

const LIFETIME_MS = 3_600_000;

it('does not say that a circle was left whose keys could not be deleted', async () => {
  const store = createMemoryCircleStore();
  let isFull = true;
  const circles = createCircles({
    store: {
      ...store,
      remove: (id) =>
        isFull ? Promise.reject(new DOMException('Full.', 'QuotaExceededError')) : store.remove(id),
    },
  });
  await circles.refresh();
  const { id } = await circles.create('Friends', LIFETIME_MS);
  await circles.create('Family', LIFETIME_MS);
  await expect(circles.leave(id)).rejects.toThrow('Full.');
  expect(circles.list.value.map(({ name }) => name)).toEqual(['Friends', 'Family']);
  expect(circles.isPassing.value).toBe(false);
  isFull = false;
  await circles.leave(id);
  expect(circles.list.value.map(({ name }) => name)).toEqual(['Family']);
});

it('leaves circles that live with the page', async () => {
  const refuse = () => Promise.reject(new DOMException('Blocked.', 'SecurityError'));
  const circles = createCircles({ store: { list: refuse, put: refuse, remove: refuse } });
  await circles.refresh();
  const { id } = await circles.create('Friends', LIFETIME_MS);
  await circles.leave(id);
  expect(circles.list.value).toEqual([]);
});
