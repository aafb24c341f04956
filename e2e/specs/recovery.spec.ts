import { chromium } from '@playwright/test';
import { DISABLED_FEATURES, disableFeatures } from '../../apps/cli/src/browser/chromium-args.ts';
import { chromiumArgs } from '../fixtures/chromium-args.ts';
import { greedyRequest, WHOLE } from '../fixtures/requests.ts';
import { contribute, openLimits, openPage } from '../fixtures/site.ts';
import { expect, type Page, test } from '../fixtures/test.ts';

const { CHROMIUM: executablePath = '/usr/bin/chromium' } = process.env;
/** Loading again and compiling on a software adapter. */
const RECOVERY_TIMEOUT_MS = 60_000;

const phaseOf = (page: Page) => page.getByTestId('volunteer-phase');
const deviceOf = (page: Page) => page.getByTestId('volunteer-device');

async function chooseBackend(page: Page, backend: 'auto' | 'webgpu' | 'wasm'): Promise<void> {
  await openLimits(page);
  await page.getByTestId('contribute-backend').selectOption(backend);
}

test('a GPU process that crashes once is used again, with fewer blocks; twice, the processor goes on', async ({
  relay,
  newTab,
}) => {
  // A browser of its own: its GPU process serves no other test.
  const browser = await chromium.launch({
    executablePath,
    headless: false,
    args: [...chromiumArgs],
  });
  try {
    const page = await browser.newPage();
    await openPage(page, relay.url, 'contribute');
    await chooseBackend(page, 'webgpu');
    await contribute(page);
    await expect(deviceOf(page)).toHaveAttribute('data-backend', 'webgpu');
    await expect(page.locator('.holding')).toContainText('all 8 blocks');

    const session = await browser.newBrowserCDPSession();
    session.send('Browser.crashGpuProcess').catch(() => undefined);
    await expect(page.locator('.holding')).toContainText('blocks 0–3', {
      timeout: RECOVERY_TIMEOUT_MS,
    });
    await expect(phaseOf(page)).toHaveText('serving', { timeout: RECOVERY_TIMEOUT_MS });
    await expect(page.getByTestId('volunteer-recoveries')).toContainText('1');

    // Chromium gives up on WebGPU after a second crash.
    session.send('Browser.crashGpuProcess').catch(() => undefined);
    await expect(deviceOf(page)).toHaveAttribute('data-backend', 'wasm', {
      timeout: RECOVERY_TIMEOUT_MS,
    });
    await expect(phaseOf(page)).toHaveText('serving', { timeout: RECOVERY_TIMEOUT_MS });
    await expect(deviceOf(page)).toContainText('Processor');

    // What it holds now still serves: the other tab computes alike and lacks the beginning.
    const rest = await newTab();
    const range = { ...WHOLE, firstBlock: 1, embeds: false };
    await rest.volunteer(relay.pipRoot, range, { activations: 'auto', backend: 'wasm' });
    const requester = await newTab();
    await requester.awaitVolunteers(relay.pipRoot, 2);
    const answer = await requester.answer(greedyRequest(relay.pipRoot, 'Hi'));
    expect(answer.finishReason).not.toBe('failed');
    expect(answer.chain).toHaveLength(2);
  } finally {
    await browser.close();
  }
});

test('memory that the browser refuses makes the tab hold fewer blocks', async ({ relay }) => {
  // pip takes about 9 MB as it is held in memory: 128 pages of 64 KiB are 8 MiB.
  const browser = await chromium.launch({
    executablePath,
    headless: false,
    args: [...chromiumArgs, '--js-flags=--wasm-max-mem-pages=128'],
  });
  try {
    const page = await browser.newPage();
    await openPage(page, relay.url, 'contribute');
    await chooseBackend(page, 'wasm');
    await contribute(page);
    await expect(page.getByTestId('volunteer-recoveries')).toContainText('memory');
    await expect(page.locator('.holding')).not.toContainText('all 8 blocks');
  } finally {
    await browser.close();
  }
});

test('a worker that dies is started again with the same blocks', async ({ relay, newContext }) => {
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'contribute');
  await contribute(page);
  const engine = page.workers().find((worker) => worker.url().includes('engine-worker'));
  await engine?.evaluate(() => self.close());
  await expect(page.getByTestId('volunteer-recoveries')).toContainText('1', {
    timeout: RECOVERY_TIMEOUT_MS,
  });
  await expect(phaseOf(page)).toHaveText('serving', { timeout: RECOVERY_TIMEOUT_MS });
  await expect(page.locator('.holding')).toContainText('all 8 blocks');
});

test('a software adapter is left alone: the processor computes, and the page says why', async ({
  relay,
  newContext,
}) => {
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'contribute');
  await contribute(page);
  await expect(deviceOf(page)).toHaveAttribute('data-backend', 'wasm');
  await expect(deviceOf(page)).toContainText('faster used directly');
});

test('a GPU that was asked for and is not there is said, with a way out', async ({ relay }) => {
  const args = chromiumArgs.filter((arg) => !/webgpu/.test(arg));
  const browser = await chromium.launch({
    executablePath,
    headless: false,
    args: [...args, disableFeatures([...DISABLED_FEATURES, 'WebGPU']), '--disable-gpu'],
  });
  try {
    const page = await browser.newPage();
    await openPage(page, relay.url, 'contribute');
    await chooseBackend(page, 'webgpu');
    await page.getByTestId('contribute-start').click();
    const notice = page.getByTestId('error-notice');
    await expect(notice).toHaveAttribute('data-code', /^no-(webgpu|adapter)$/);
    await expect(notice).toContainText(/processor/);
    await chooseBackend(page, 'auto');
    await contribute(page);
    await expect(deviceOf(page)).toContainText('No GPU can be used');
  } finally {
    await browser.close();
  }
});
