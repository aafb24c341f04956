import { defineConfig } from '@playwright/test';
import config from './playwright.config.ts';

/** Not part of the tests: refreshes the pictures of the README from a real run. */
const { launchOptions } = config.use ?? {};
export default defineConfig({
  ...config,
  testDir: 'screenshots',
  use: {
    ...config.use,
    launchOptions: {
      ...launchOptions,
      args: [...(launchOptions?.args ?? []), '--hide-scrollbars'],
    },
  },
});
