import { createBenchHost } from '../../../harness/bench/bench-host.ts';
import { withDeadline } from '../../deadline.ts';
import type { ContenderPage } from '../run/contender-page.ts';

/** In place of a browser's page: the same calls, run in this process. */
export function openDawnPage(signal: AbortSignal): ContenderPage {
  const host = createBenchHost();
  return {
    async call(method, timeoutMs, ...args) {
      const run = host[method] as (...args: readonly unknown[]) => Promise<never>;
      return await withDeadline(run(...args), { timeoutMs, what: `\`${method}\``, signal });
    },
    close: () => host.unload(),
  };
}
