import { defineConfig } from '@playwright/test';
import { chromiumArgs } from './fixtures/chromium-args.ts';

const { CHROMIUM: executablePath = '/usr/bin/chromium' } = process.env;

/**
 * One worker: a software adapter needs the whole machine, and timings of tabs that compute beside
 * other tests would mean nothing. One retry, because machines that run this are shared and a tab may get no
 * turn for seconds; the report names such tests as flaky, and each is worth a look.
 */
export default defineConfig({
  testDir: 'specs',
  outputDir: 'test-results',
  timeout: 90_000,
  expect: { timeout: 15_000 },
  workers: 1,
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
