import { PIP_BLOCK_COUNT } from '../fixtures/requests.ts';
import {
  contribute,
  expectNotice,
  openLimits,
  openPage,
  type SitePage,
  visitPages,
} from '../fixtures/site.ts';
import { type BrowserContext, expect, type Page, test } from '../fixtures/test.ts';
import { takePictures } from './pictures.ts';

const PAGES = ['contribute', 'chat', 'network', 'bench', 'storage'] as const;

/** Another page of the same tab, which goes on with what it does. */
async function goTo(page: Page, name: SitePage | ''): Promise<void> {
  await page.evaluate((hash) => location.assign(hash), `#/${name}`);
  await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
}

/** Keeps requests waiting until it is called. */
async function hold(context: BrowserContext, pattern: string): Promise<() => void> {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await context.route(pattern, async (route) => {
    await held;
    await route.continue();
  });
  return release;
}

test('pages before anybody is there', async ({ relay, newContext }) => {
  const page = await (await newContext()).newPage();
  await visitPages(page, relay.url, async (name) => {
    await expect(page.locator('.relay-dot')).toHaveClass(/tone-good/);
    await takePictures(page, `empty-${name.replace(/[#/?=&]+/g, '') || 'home'}`);
  });
});

test('pages whose relay is out of reach', async ({ wire, newContext }) => {
  const page = await (await newContext()).newPage();
  await openPage(page, wire.origin, 'contribute');
  for (const name of PAGES) await goTo(page, name);
  await goTo(page, 'contribute');
  wire.cut();
  await expectNotice(page, 'relay-unreachable');
  for (const name of ['', ...PAGES] as const) {
    await goTo(page, name);
    await takePictures(page, `unreachable-${name || 'home'}`);
  }
});

test('pages that cannot be fetched, and pages under way', async ({ relay, newContext }) => {
  const context = await newContext({ serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.goto(`${relay.url}/#/`);
  const release = await hold(context, '**/assets/chat-*.js');
  await page.evaluate(() => location.assign('#/chat'));
  await expect(page.locator('main')).toContainText('on its way');
  await takePictures(page, 'loading-page');
  release();
  await context.route('**/assets/network-*.js', (route) => route.abort());
  await page.evaluate(() => location.assign('#/network'));
  await expectNotice(page, 'page-unavailable');
  await takePictures(page, 'unavailable-network');
});

test('a tab that contributes', async ({ relay, newContext }) => {
  test.setTimeout(240_000);
  const context = await newContext();
  const release = await hold(context, '**/models/**');
  const page = await context.newPage();
  await openPage(page, relay.url, 'contribute');
  await openLimits(page);
  await takePictures(page, 'limits-contribute');
  await page.getByTestId('limits-details').click();
  await page.getByTestId('preflight').locator('summary').click();
  const serving = contribute(page);
  await expect(page.getByTestId('volunteer-phase')).toHaveText('loading', { timeout: 30_000 });
  await takePictures(page, 'loading-contribute');
  release();
  await serving;
  await takePictures(page, 'serving-contribute');
  for (const name of ['', 'chat', 'network', 'bench', 'storage'] as const) {
    await goTo(page, name);
    await takePictures(page, `serving-${name || 'home'}`);
  }
  await goTo(page, 'contribute');
  await page.getByTestId('pause-hour').click();
  await expect(page.getByTestId('volunteer-phase')).toHaveText('paused');
  await takePictures(page, 'paused-contribute');
  await page.getByTestId('contribute-stop').click();
  await expect(page.getByTestId('volunteer-phase')).toHaveText('stopped');
  await page.getByTestId('history-delete').click();
  await takePictures(page, 'stopped-contribute');
  await goTo(page, 'storage');
  await page.getByTestId('delete-model').click();
  await page.getByTestId('erase-everything').click();
  await takePictures(page, 'sure-storage');
});

test('a contribution that fails', async ({ relay, newContext }) => {
  const context = await newContext();
  await context.route('**/model.gguf', (route) => route.fulfill({ status: 404 }));
  const page = await context.newPage();
  await openPage(page, relay.url, 'contribute');
  await page.getByTestId('contribute-start').click();
  await expect(page.getByTestId('volunteer-phase')).toHaveText('failed', { timeout: 60_000 });
  await takePictures(page, 'failed-contribute');
});

test.describe('a relay that counts', () => {
  test.use({ relayOptions: { historyEveryS: 1 } });

  test('the network over time', async ({ relay, newContext, newTab }) => {
    const volunteer = await newTab();
    await volunteer.volunteer(relay.pipRoot, {
      firstBlock: 0,
      endBlock: PIP_BLOCK_COUNT - 2,
      embeds: true,
      heads: false,
    });
    const page = await (await newContext()).newPage();
    await openPage(page, relay.url, 'network');
    const chart = page.locator('[data-testid="time-chart"][data-quantity="volunteers"]');
    await expect(async () => {
      await page.reload();
      await expect(chart).toContainText('1 at the end', { timeout: 2_000 });
    }).toPass();
    await takePictures(page, 'history-network');
    await volunteer.stopVolunteering();
    await expect(async () => {
      await page.reload();
      await expect(chart).toContainText('0 at the end', { timeout: 2_000 });
    }).toPass();
    await takePictures(page, 'longer-history-network');
  });
});

test('a benchmark', async ({ relay, newContext }) => {
  test.setTimeout(180_000);
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'bench');
  const phase = page.getByTestId('bench-phase');
  await page.getByTestId('bench-run').click();
  await expect(phase).toContainText(/\d of 4/, { timeout: 60_000 });
  await takePictures(page, 'working-bench');
  await expect(phase).toHaveAttribute('data-phase', 'done', { timeout: 120_000 });
  await takePictures(page, 'done-bench');
});
