import type { CheckResult, PreflightScope } from './check.ts';

/** Less than this holds no blocks of most models. */
const STORAGE_BYTES_MIN = 1_000_000_000;

/** Whether pieces of a model can be kept, so that the next start downloads nothing. */
export async function checkStorage({ navigator }: PreflightScope): Promise<CheckResult> {
  const id = 'storage';
  const nothingKept = {
    id,
    level: 'warning',
    text: 'This browser keeps no files for the site: blocks are downloaded at every start.',
    remedy: 'Leave the private window, or allow this site to store data.',
  } as const;
  const { storage } = navigator;
  // A browser in private mode has the function and refuses.
  const isKept = await storage?.getDirectory?.().then(
    () => true,
    () => false,
  );
  if (isKept !== true) return nothingKept;
  const estimate = await storage?.estimate?.().catch(() => undefined);
  const { quota, usage = 0 } = estimate ?? {};
  if (quota === undefined) {
    return { id, level: 'ok', text: 'Downloaded blocks can be kept for the next start.' };
  }
  const freeBytes = Math.max(0, quota - usage);
  const free = `${(freeBytes / 1_000_000_000).toFixed(1)} GB`;
  if (freeBytes >= STORAGE_BYTES_MIN) {
    return {
      id,
      level: 'ok',
      text: `Downloaded blocks can be kept: ${free} are free for this site.`,
    };
  }
  return {
    id,
    level: 'warning',
    text: `Only ${free} are free for this site.`,
    remedy: 'Free some disk space, or choose a small model.',
  };
}
