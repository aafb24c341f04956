import { type CheckResult, found, type PreflightScope } from './check.ts';

/** Less than this holds no blocks of most models. */
const STORAGE_BYTES_MIN = 1_000_000_000;

/** Whether pieces of a model can be kept, so that the next start downloads nothing. */
export async function checkStorage({ navigator }: PreflightScope): Promise<CheckResult> {
  const { storage } = navigator;
  // A browser in private mode has the function and refuses.
  const isKept = await storage?.getDirectory?.().then(
    () => true,
    () => false,
  );
  if (isKept !== true) return found('nothing-kept');
  const estimate = await storage?.estimate?.().catch(() => undefined);
  const { quota, usage = 0 } = estimate ?? {};
  if (quota === undefined) return found('kept');
  const freeBytes = Math.max(0, quota - usage);
  return found(freeBytes >= STORAGE_BYTES_MIN ? 'kept-with-room' : 'little-room', { freeBytes });
}
