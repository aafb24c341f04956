import { createOpfsCache } from './opfs-cache.ts';
import { CACHE_CASES } from './piece-cache-acceptance.ts';

/** Runs one acceptance case where the sync access handle exists; answers with the failure, if any. */
self.addEventListener('message', async (event: MessageEvent<{ name: string; folder: string }>) => {
  const { name, folder } = event.data;
  try {
    await CACHE_CASES.find((known) => known.name === name)?.run(async () => {
      const cache = await createOpfsCache(folder);
      if (cache === undefined) throw new Error('no OPFS in this worker');
      return cache;
    });
    self.postMessage('passed');
  } catch (error) {
    self.postMessage(String(error));
  }
});
