import { CliError } from '../error.ts';
import type { Page } from './chromium.ts';

/** Rejects when the page cannot go on: it crashed, was closed, or its script failed to load. */
export function watchPage(page: Page, name = 'The page'): Promise<never> {
  const failed = new Promise<never>((_, reject) => {
    page.on('crash', () =>
      reject(
        new CliError(
          'browser-lost',
          `${name} crashed, probably out of memory. Close other programs or use a smaller model.`,
        ),
      ),
    );
    page.on('close', () =>
      reject(new CliError('browser-lost', `${name} was closed before it was done. Try again.`)),
    );
    page.on('pageerror', (error) =>
      reject(new CliError('page-failed', `${name} failed: ${error.message}`, { cause: error })),
    );
  });
  // It may fail while nobody waits, for example when everything is closed at the end.
  failed.catch(() => undefined);
  return failed;
}
