import { expect, test, vi } from 'vitest';
import { createBrowserTuningStore } from './tuning-store.ts';

const adapter = () => `adapter/${crypto.randomUUID()}`;

test('what one worker measured, the next one knows', async () => {
  const key = adapter();
  await createBrowserTuningStore().write(key, { 'mat_mul Q8_0 64x64': 'wide' });
  await createBrowserTuningStore().write(key, { 'mat_mul Q4_0 64x64': 'tiled' });
  expect(await createBrowserTuningStore().read(key)).toEqual({
    'mat_mul Q8_0 64x64': 'wide',
    'mat_mul Q4_0 64x64': 'tiled',
  });
  expect(await createBrowserTuningStore().read(adapter())).toBeUndefined();
});

test('where nothing can be kept, a worker knows what it measured itself', async () => {
  const key = adapter();
  const refused = vi
    .spyOn(caches, 'open')
    .mockRejectedValue(new DOMException('no', 'SecurityError'));
  const store = createBrowserTuningStore();
  await store.write(key, { a: 'wide' });
  expect(await store.read(key)).toEqual({ a: 'wide' });
  expect(await createBrowserTuningStore().read(key)).toBeUndefined();
  refused.mockRestore();
});

test.each(['[1]', '{"a": 1}', 'null', '{'])(
  'what is no set of choices is ignored: %s',
  async (text) => {
    const key = adapter();
    await createBrowserTuningStore().write(key, { a: 'wide' });
    const cache = await caches.open('manyhands-tuning');
    const [request] = (await cache.keys()).filter(({ url }) => {
      return decodeURIComponent(url).endsWith(key);
    });
    await cache.put(request as Request, new Response(text));
    expect(await createBrowserTuningStore().read(key)).toBeUndefined();
  },
);
