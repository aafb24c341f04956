import type { Browser, Page } from '../browser/chromium.ts';
import { CliError } from '../error.ts';
import { processUsage } from './process-usage.ts';

/** Long enough to stand out in a counter of 10 ms. */
const SPIN_MS = 150;

/**
 * The process that renders a page. The browser tells which renderers it has but not whose they are: so
 * the page spins for a moment, and the one whose processor time grew is it. Nothing else may compute.
 */
export async function rendererProcess(browser: Browser, page: Page): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  try {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const pids = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
    const before = await Promise.all(pids.map(cpuMsOf));
    await page.evaluate((spinMs) => {
      const endMs = performance.now() + spinMs;
      while (performance.now() < endMs);
    }, SPIN_MS);
    const after = await Promise.all(pids.map(cpuMsOf));
    const grown = pids.map((pid, index) => ({
      pid,
      cpuMs: (after[index] ?? 0) - (before[index] ?? 0),
    }));
    const [most, next] = grown.sort((a, b) => b.cpuMs - a.cpuMs);
    if (most !== undefined && most.cpuMs > SPIN_MS / 2 && (next?.cpuMs ?? 0) < most.cpuMs / 2) {
      return most.pid;
    }
    throw new CliError('page-failed', 'The process of a tab could not be told. Try again.');
  } finally {
    await session.detach();
  }
}

/** A renderer may end between being listed and being looked at. */
async function cpuMsOf(pid: number): Promise<number> {
  const usage = await processUsage(pid).catch(() => undefined);
  return usage?.cpuMs ?? 0;
}
