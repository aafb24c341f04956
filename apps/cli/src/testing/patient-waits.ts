import { vi } from 'vitest';

/** Not what a test is about: machines that run this are shared, and may give a process no turn for seconds. */
const WAIT_MS_MAX = 10_000;

/** `vi.waitFor` gives up after a second otherwise, and Vitest has no setting for it. */
const { waitFor } = vi;
vi.waitFor = (callback, options) =>
  waitFor(callback, {
    timeout: WAIT_MS_MAX,
    ...(typeof options === 'number' ? { timeout: options } : options),
  });
