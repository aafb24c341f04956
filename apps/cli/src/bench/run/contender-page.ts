import type { BenchCalls } from '../../../harness/bench/bench-messages.ts';
import { type Browser, launchChromium, type Page } from '../../browser/chromium.ts';
import { HarnessError } from '../../browser/harness-error.ts';
import { watchPage } from '../../browser/watch-page.ts';
import { withDeadline } from '../../deadline.ts';
import { CliError } from '../../error.ts';
import { CLEANUP_TIMEOUT_MS } from '../../limits.ts';

/** A page that runs one contender; each call has a deadline. */
export interface ContenderPage {
  call<Method extends keyof BenchCalls>(
    method: Method,
    timeoutMs: number,
    ...args: Parameters<BenchCalls[Method]>
  ): Promise<Awaited<ReturnType<BenchCalls[Method]>>>;
  close(): Promise<void>;
}

export interface ContenderPageOptions {
  readonly origin: string;
  readonly chromiumArgs: readonly string[];
  /** The engine brings a worker of its own and is driven from the page. */
  readonly isOnPage: boolean;
  readonly signal: AbortSignal;
}

/** A browser of its own: one contender's hanging GPU process or garbage never meets the next. */
export async function openContenderPage(options: ContenderPageOptions): Promise<ContenderPage> {
  const { origin, isOnPage, signal } = options;
  const browser = await launchChromium(options.chromiumArgs);
  let page: Page;
  try {
    page = await browser.newPage();
    await page.goto(`${origin}/bench.html`);
    await page.waitForFunction(() => window.benchHarness !== undefined);
  } catch (error) {
    await closeBrowser(browser);
    throw error;
  }
  const failure = watchPage(page, 'The page of the benchmark');
  return {
    async call(method, timeoutMs, ...args) {
      const reply = page.evaluate(({ call, isOwn }) => window.benchHarness?.(call, isOwn), {
        call: { method, args },
        isOwn: isOnPage,
      });
      const what = `\`${method}\``;
      const result = await withDeadline(Promise.race([reply, failure]), {
        timeoutMs,
        what,
        signal,
      });
      if (result === undefined)
        throw new CliError('page-failed', 'The page of bench did not load.');
      if (!result.ok) throw new HarnessError(result);
      // The page is ours, of the same build: what it answers is what `BenchCalls` says.
      return result.value as never;
    },
    close: () => closeBrowser(browser),
  };
}

async function closeBrowser(browser: Browser): Promise<void> {
  const closed = withDeadline(browser.close(), {
    timeoutMs: CLEANUP_TIMEOUT_MS,
    what: 'Closing Chromium',
    signal: new AbortController().signal,
  });
  await closed.catch(() => undefined);
}
