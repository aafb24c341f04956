import { type Browser, chromium } from 'playwright';
import { CliError } from '../error.ts';
import { BROWSER_START_TIMEOUT_MS } from '../limits.ts';
import { CHROMIUM_ARGS } from './chromium-args.ts';

export type { BrowserContext, Page } from 'playwright';
export type { Browser };

/** Headless Chromium with WebGPU, by default on its software adapter, which every machine has. */
export async function launchChromium(
  args: readonly string[] = CHROMIUM_ARGS,
  executablePath = process.env.CHROMIUM,
): Promise<Browser> {
  try {
    return await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      // Our own `--headless=new`: Playwright's headless shell has no WebGPU.
      headless: false,
      args: [...args],
      timeout: BROWSER_START_TIMEOUT_MS,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
  } catch (cause) {
    throw new CliError(
      'no-chromium',
      `Chromium did not start${executablePath === undefined ? '' : ` (${executablePath})`}. Set ` +
        'CHROMIUM to the path of a Chromium or Chrome that starts on this machine.',
      { cause },
    );
  }
}
