import { contribute, openPage } from '../fixtures/site.ts';
import { expect, type Page, test } from '../fixtures/test.ts';

/** Workers of a page that compute; the other one only holds the socket to the relay. */
function engineWorkers(page: Page): string[] {
  return page
    .workers()
    .map((worker) => worker.url())
    .filter((url) => !url.includes('socket-worker'));
}

/** What the browser keeps for the site, besides the pages and scripts that the site's worker keeps. */
async function bytesBesideSite(): Promise<number> {
  const { usage = 0, usageDetails = {} }: StorageEstimate & { usageDetails?: { caches?: number } } =
    await navigator.storage.estimate();
  const names = await caches.keys();
  const isSite = names.every((name) => /^manyhands-(site|facts)/.test(name));
  return isSite ? usage - (usageDetails.caches ?? 0) : usage;
}

test('nothing is downloaded or computed before a person says yes', async ({
  wire,
  relay,
  newContext,
}) => {
  const context = await newContext();
  await context.addInitScript(() => {
    // The empty page before the first one is no secure context, and has no WebGPU.
    if (location.protocol !== 'http:') return;
    const touched: string[] = [];
    Object.assign(window, { touchedGpu: touched });
    const note = (prototype: object, name: string) => {
      const original = Reflect.get(prototype, name);
      Reflect.set(prototype, name, function (this: unknown, ...args: unknown[]) {
        touched.push(name);
        return original.apply(this, args);
      });
    };
    note(GPU.prototype, 'requestAdapter');
    note(GPUAdapter.prototype, 'requestDevice');
  });
  const page = await context.newPage();
  await openPage(page, wire.origin, 'contribute');
  await expect(page.getByTestId('contribute-start')).toBeEnabled();
  for (const name of ['Chat', 'Network', 'Contribute']) {
    await page.getByRole('link', { name, exact: true }).click();
    await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
  }
  await page.getByRole('link', { name: 'Chat', exact: true }).click();
  await page.getByTestId('chat-input').fill('Not sent');
  await expect(page.getByTestId('chat-send')).toBeEnabled();
  // The tab did join: what is missing below is missing on purpose.
  await expect.poll(() => relay.peerCount).toBe(1);

  expect(engineWorkers(page)).toEqual([]);
  expect(await page.evaluate(() => Reflect.get(window, 'touchedGpu'))).toEqual([]);
  const models = () => wire.requests.filter(({ path }) => path.startsWith('/models/'));
  expect(models()).toEqual([]);
  expect(relay.volunteerCount).toBe(0);
  expect(await page.evaluate(bytesBesideSite)).toBeLessThan(1_000_000);

  await page.getByRole('link', { name: 'Contribute', exact: true }).click();
  await contribute(page);
  expect(engineWorkers(page)).toHaveLength(1);
  expect(models().length).toBeGreaterThan(1);
  await expect.poll(() => relay.volunteerCount).toBe(1);
});

test('Stop frees the GPU and leaves the directory within a second', async ({
  relay,
  newContext,
}) => {
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'contribute');
  await contribute(page);
  const watcher = await (await newContext()).newPage();
  await openPage(watcher, relay.url, 'network');
  const model = watcher.getByTestId('network-model');
  await expect(model).toContainText('1 volunteer');

  const [worker] = page.workers().filter((each) => engineWorkers(page).includes(each.url()));
  let gone: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    gone = resolve;
  });
  worker?.on('close', () => gone());
  await page.getByTestId('contribute-stop').click();
  const pressedMs = performance.now();
  await expect.poll(() => relay.volunteerCount, { intervals: [5] }).toBe(0);
  expect(performance.now() - pressedMs).toBeLessThan(1_000);
  await ended;
  expect(performance.now() - pressedMs).toBeLessThan(1_000);
  await expect(page.getByTestId('volunteer-phase')).toHaveText('stopped');
  expect(engineWorkers(page)).toEqual([]);
  // The network page is told at most once a second.
  await expect(model).toHaveCount(0, { timeout: 3_000 });

  await contribute(page);
  await expect.poll(() => relay.volunteerCount).toBe(1);
});

test('Stop while blocks are loading ends the download', async ({ wire, relay, newContext }) => {
  const page = await (await newContext()).newPage();
  await openPage(page, wire.origin, 'contribute');
  await page.getByTestId('contribute-start').click();
  await expect(page.getByTestId('volunteer-phase')).toHaveText('loading', { timeout: 30_000 });
  await page.getByTestId('contribute-stop').click();
  await expect(page.getByTestId('volunteer-phase')).toHaveText('stopped', { timeout: 2_000 });
  await expect.poll(() => engineWorkers(page)).toEqual([]);
  expect(relay.volunteerCount).toBe(0);
  await expect(page.getByTestId('error-notice')).toHaveCount(0);
});

test('closing the tab leaves the directory at once', async ({ relay, newContext }) => {
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'contribute');
  await contribute(page);
  await page.close();
  const closedMs = performance.now();
  await expect.poll(() => relay.volunteerCount, { intervals: [5] }).toBe(0);
  expect(performance.now() - closedMs).toBeLessThan(1_000);
});
