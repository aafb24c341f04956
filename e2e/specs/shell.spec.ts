import { startRelay } from '../fixtures/relay.ts';
import { greedyRequest, WHOLE } from '../fixtures/requests.ts';
import {
  changeSettings,
  contribute,
  expectNotice,
  openLimits,
  openPage,
  send,
} from '../fixtures/site.ts';
import { copySite } from '../fixtures/site-copy.ts';
import { expect, type Page, test } from '../fixtures/test.ts';

const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const isNext = (page: Page) => page.locator('meta[name="next-version"]').count();

/** The worker has taken the page over, so everything of this version is kept. */
async function kept(page: Page): Promise<void> {
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

test('opens without its server, and leads through its pages', async ({ newContext }) => {
  const relay = await startRelay();
  const page = await (await newContext()).newPage();
  await page.goto(`${relay.url}/#/chat`);
  await expect(page.getByTestId('model-picker')).toBeEnabled();
  await kept(page);
  // What was read before there was a worker is read once more through it.
  await page.reload();
  await expect(page.getByTestId('model-picker')).toBeEnabled();
  await relay.stop();
  await page.reload();
  await expectNotice(page, 'relay-unreachable');
  // The model's own files may be here: alone, this tab can still be asked.
  await page.getByTestId('tier-local').click();
  await expect(page.getByTestId('model-picker')).toContainText('Pip');
  for (const name of ['Contribute', 'Network', 'Bench', 'Privacy']) {
    await page.getByRole('link', { name, exact: true }).first().click();
    await expect(heading(page)).toBeVisible();
  }
  await page.getByTestId('language').selectOption('de');
  await expect(heading(page)).toHaveText('Datenschutz');
});

test('a new version waits: open tabs go on, and lead to it when they are told', async ({
  newContext,
  newTab,
}) => {
  const site = await copySite();
  const relay = await startRelay({ siteDir: site.directory });
  const context = await newContext();
  const [page, other] = [await context.newPage(), await context.newPage()];
  await openPage(page, relay.url, 'contribute');
  await kept(page);
  await openLimits(page);
  await page.getByTestId('contribute-backend').selectOption('wasm');
  await contribute(page);
  const { width, height } = page.viewportSize() ?? { width: 1280, height: 720 };
  await page.setViewportSize({ width: 320, height });
  expect(await page.evaluate(findMisfits)).toEqual([]);
  await page.setViewportSize({ width, height });
  await openPage(other, relay.url, 'network');
  await kept(other);

  await site.deployNext();
  await other.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()));
  await expect(page.getByTestId('update-reload')).toBeVisible();
  await other.getByTestId('update-reload').click();
  await expect.poll(() => isNext(other)).toBe(1);
  await expect(heading(other)).toBeVisible();
  await expect(other.getByTestId('update')).toHaveAttribute('data-step', 'none');

  // The old page's words are on the server no more; the language is that of all tabs.
  await page.getByTestId('language').selectOption('de');
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await expect(other.locator('html')).toHaveAttribute('lang', 'de');
  expect(await isNext(page)).toBe(0);

  // Somebody is being answered: that comes to its end before the page goes.
  const asker = await newTab({ origin: relay.url });
  let tell: () => void = () => undefined;
  const isUnderWay = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const request = greedyRequest(relay.pipRoot, 'Tell me a story.', {
    tokensMax: 120,
    ignoresEnd: true,
    activation: 'f16',
  });
  const answer = asker.answer(request, ({ type }) => {
    if (type === 'token') tell();
  });
  await isUnderWay;
  await page.getByTestId('update-reload').click();
  expect((await answer).stats.repairs).toBe(0);
  await expect.poll(() => isNext(page)).toBe(1);
  await expect.poll(() => relay.volunteerCount).toBe(0);
  await relay.stop();
  await site.remove();
});

test('a reload asks before it cuts an answer off', async ({ newContext, newTab }) => {
  const site = await copySite();
  const relay = await startRelay({ siteDir: site.directory });
  const volunteer = await newTab({ origin: relay.url });
  // Slow enough that the answer outlives what is done meanwhile.
  await volunteer.volunteer(relay.pipRoot, WHOLE, { gpuShare: 0.05 });
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'chat');
  await kept(page);
  await changeSettings(page, { tokensMax: '300' });
  await expect(await send(page, 'Tell me a story.')).not.toBeEmpty();
  await site.deployNext();
  await page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()));
  await page.getByTestId('update-reload').click();
  await expect(page.getByTestId('update')).toHaveAttribute('data-step', 'answering');
  await page.getByTestId('update-after').click();
  await expect(page.getByTestId('update')).toHaveAttribute('data-step', 'after-answer');
  await page.getByTestId('chat-stop').click();
  await expect.poll(() => isNext(page)).toBe(1);
  await relay.stop();
  await site.remove();
});

test('a script that is gone leads to a reload, where nothing was kept', async ({ newContext }) => {
  const site = await copySite();
  const relay = await startRelay({ siteDir: site.directory });
  const page = await (await newContext({ serviceWorkers: 'block' })).newPage();
  await openPage(page, relay.url, 'network');
  await site.deployNext();
  await page.getByTestId('language').selectOption('de');
  await expect(page.getByTestId('language-failed')).toContainText('Deutsch');
  await expect(page.getByTestId('update')).toHaveAttribute('data-step', 'broken');
  await page.getByTestId('update-reload').click();
  await expect.poll(() => isNext(page)).toBe(1);
  await page.getByTestId('language').selectOption('de');
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await relay.stop();
  await site.remove();
});

test('every page fits a small phone, in German and from right to left', async ({
  relay,
  newContext,
}) => {
  const viewport = { width: 320, height: 640 };
  const page = await (await newContext({ viewport, locale: 'de-AT' })).newPage();
  await page.goto(relay.url);
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  for (const direction of ['ltr', 'rtl']) {
    await page.evaluate((dir) => document.documentElement.setAttribute('dir', dir), direction);
    for (const name of ['', 'contribute', 'chat', 'network', 'bench', 'privacy']) {
      await page.evaluate((path) => location.assign(`#/${path}`), name);
      await expect(page.locator(`.page-${name === '' ? 'home' : name} h1`)).toBeAttached();
      expect(await page.evaluate(findMisfits), `${name} ${direction}`).toEqual([]);
    }
  }
});

test('can be installed', async ({ relay, newContext }) => {
  const context = await newContext();
  const page = await context.newPage();
  await page.goto(relay.url);
  await kept(page);
  const browser = await context.newCDPSession(page);
  const { errors, data = '{}' } = await browser.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  expect(JSON.parse(data)).toMatchObject({ name: 'Manyhands', display: 'standalone' });
  const { installabilityErrors } = await browser.send('Page.getInstallabilityErrors');
  // Contexts of tests are private windows.
  expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([]);
});

test('the window that asks for consent once more speaks the browser’s language', async ({
  relay,
  newContext,
}) => {
  const page = await (await newContext({ locale: 'de-CH' })).newPage();
  const question = `confirm=${crypto.randomUUID()}&site=${encodeURIComponent('https://a.example')}`;
  await page.goto(`${relay.url}/embed.html#${question}`);
  await expect(page.getByTestId('confirm-yes')).toHaveText('Ja, mitmachen');
  await expect(heading(page)).toHaveText('Mitmachen, solange du auf a.example bist?');
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
});

/** What sticks out of the page, and what lies over something else in its header. */
function findMisfits(): string[] {
  const { scrollWidth, clientWidth } = document.documentElement;
  const excess = scrollWidth > clientWidth ? [`the page is ${scrollWidth} wide`] : [];
  const items = [...document.querySelectorAll('.site-header :is(a, button, select, .relay-dot)')]
    .map((element) => ({ name: element.className, box: element.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0 && box.height > 0);
  const overlaps = items.flatMap((a, index) =>
    items
      .slice(index + 1)
      .filter(
        (b) =>
          Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left) > 1 &&
          Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top) > 1,
      )
      .map((b) => `${a.name} and ${b.name}`),
  );
  const outside = items.filter(({ box }) => box.left < 0 || box.right > clientWidth);
  return [...excess, ...overlaps, ...outside.map(({ name }) => `${name} is outside`)];
}
