import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '../fixtures/repository.ts';
import { expect, type Page } from '../fixtures/test.ts';

/** Not kept: made to be looked at. Beside the bundles, since a run of the tests empties its own folder. */
const FOLDER = join(repositoryRoot, 'dist/pictures');
const HEIGHTS = { 360: 740, 768: 1024, 1440: 900 } as const;
type Width = keyof typeof HEIGHTS;
const WIDTHS = [360, 768, 1440] as const;
/** Colours do not depend on the width, and words only on having room: one narrow and one wide picture. */
const ENDS = [360, 1440] as const;

/**
 * Pictures of what the page shows now: `NAME-WIDTH.png`, `NAME-WIDTH-dark.png` and, where the page lets its
 * reader choose a language, `NAME-WIDTH-de.png`.
 */
export async function takePictures(page: Page, name: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  for (const width of WIDTHS) await takePicture(page, name, width);
  await page.emulateMedia({ colorScheme: 'dark' });
  for (const width of ENDS) await takePicture(page, name, width, '-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  const languages = page.getByTestId('language');
  if ((await languages.count()) === 0) return;
  await languages.selectOption('de', { force: true });
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  for (const width of ENDS) await takePicture(page, name, width, '-de');
  await languages.selectOption('en', { force: true });
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
}

/** As the window shows it under a dialog, else the whole page, in a window that is high enough for it. */
async function takePicture(page: Page, name: string, width: Width, suffix = ''): Promise<void> {
  await page.setViewportSize({ width, height: HEIGHTS[width] });
  const measure = () =>
    page.evaluate(() => {
      scrollTo({ top: 0, behavior: 'instant' });
      const { scrollWidth, scrollHeight } = document.documentElement;
      return {
        scrollWidth,
        scrollHeight,
        isModal: document.querySelector('dialog:modal') !== null,
      };
    });
  // Until the page has followed the window: nothing may stick out of it.
  await expect.poll(async () => (await measure()).scrollWidth).toBeLessThanOrEqual(width);
  const { scrollHeight, isModal } = await measure();
  if (!isModal) {
    await page.setViewportSize({ width, height: Math.max(HEIGHTS[width], scrollHeight) });
  }
  const path = join(FOLDER, `${name}-${width}${suffix}.png`);
  await page.screenshot({ path, animations: 'disabled' });
}
