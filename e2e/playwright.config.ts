import { defineConfig } from '@playwright/test';
import { chromiumArgs } from './fixtures/chromium-args.ts';

const { CHROMIUM: executablePath = '/usr/bin/chromium' } = process.env;

/**
 * Two workers, each with a browser and relays of its own: alone, a test leaves a third of two processors idle, for
 * it waits for losses to be noticed and pages to load. Three would only slow each other down. One retry,
 * because machines that run this are shared and a tab may get no turn for seconds; the report names such
 * tests as flaky, and each is worth a look.
 */
export default defineConfig({
  testDir: 'specs',
  outputDir: 'test-results',
  timeout: 90_000,
  expect: { timeout: 15_000 },
  workers: 2,
  retries: 1,
  forbidOnly: process.env.CI !== undefined,
  reportSlowTests: null,
  reporter: 'list',
  use: {
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    // Our own `--headless=new`: Playwright's headless shell has no WebGPU.
    headless: false,
    launchOptions: { executablePath, args: [...chromiumArgs] },
  },
});
