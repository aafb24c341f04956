import type { Browser, Page } from '../browser/chromium.ts';
import { CliError } from '../error.ts';
import { processUsage } from './process-usage.ts';

/** Long enough to stand out in a counter of 10 ms, also where others compute on the same machine. */
const SPIN_MS = 200;
const GROWN_MS_MIN = 50;
const ATTEMPTS = 8;

/**
 * The process that renders a page. The browser tells which renderers it has but not whose they are: so
 * the page spins for a moment, and the one whose processor time grew is it. Twice in a row, since one that
 * is being closed is busy too.
 */
export async function rendererProcess(browser: Browser, page: Page): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  try {
    let last: number | undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { processInfo } = await session.send('SystemInfo.getProcessInfo');
      const pids = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
      const pid = await busiest(pids, () => page.evaluate(spin, SPIN_MS));
      if (pid !== undefined && pid === last) return pid;
      last = pid;
    }
    throw new CliError('page-failed', 'The process of a tab could not be told. Try again.');
  } finally {
    await session.detach();
  }
}

function spin(spinMs: number): void {
  const endMs = performance.now() + spinMs;
  while (performance.now() < endMs);
}

/** The process that computed far more than the others while `run` ran, if there is one. */
async function busiest(
  pids: readonly number[],
  run: () => Promise<unknown>,
): Promise<number | undefined> {
  const before = await Promise.all(pids.map(cpuMsOf));
  await run();
  const after = await Promise.all(pids.map(cpuMsOf));
  const grown = pids.map((pid, at) => ({ pid, cpuMs: (after[at] ?? 0) - (before[at] ?? 0) }));
  const [most, next] = grown.sort((a, b) => b.cpuMs - a.cpuMs);
  if (most === undefined || most.cpuMs < GROWN_MS_MIN) return undefined;
  return (next?.cpuMs ?? 0) < most.cpuMs / 2 ? most.pid : undefined;
}

/** A renderer may end between being listed and being looked at. */
async function cpuMsOf(pid: number): Promise<number> {
  const usage = await processUsage(pid).catch(() => undefined);
  return usage?.cpuMs ?? 0;
}
