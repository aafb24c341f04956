import { defineConfig } from '@playwright/test';
import config from './playwright.config.ts';

/** Not part of the tests: pictures from real runs, of the README (`refresh`) and of every state (`states`). */
const { launchOptions } = config.use ?? {};
export default defineConfig({
  ...config,
  testDir: 'screenshots',
  // Speeds are in the pictures.
  workers: 1,
  use: {
    ...config.use,
    launchOptions: {
      ...launchOptions,
      args: [...(launchOptions?.args ?? []), '--hide-scrollbars'],
    },
  },
});
