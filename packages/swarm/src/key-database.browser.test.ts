import { expect, it } from 'vitest';
import { openKeyDatabase } from './key-database.ts';

it('holds nothing open between calls', async () => {
  const name = `keys-${crypto.randomUUID()}`;
  const opened: IDBDatabase[] = [];
  const databases = {
    open(asked: string) {
      const request = indexedDB.open(asked);
      request.addEventListener('success', () => opened.push(request.result));
      return request;
    },
  } as IDBFactory;
  const database = openKeyDatabase(name, databases);
  await database.change('count', () => 1);
  await database.change('count', (count) => Number(count) + 1);
  expect(await database.read('count')).toBe(2);
  await expect(
    database.change('count', () => {
      throw new RangeError('no');
    }),
  ).rejects.toThrow('no');
  expect(await database.read('count')).toBe(2);
  expect(opened).toHaveLength(5);
  for (const each of opened) expect(() => each.transaction('keys')).toThrow(/clos/);
  indexedDB.deleteDatabase(name);
});
