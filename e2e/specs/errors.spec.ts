import { chromium } from '@playwright/test';
import { DISABLED_FEATURES, disableFeatures } from '../../apps/cli/src/browser/chromium-args.ts';
import { chromiumArgs, PLAIN_HTTP_HOST } from '../fixtures/chromium-args.ts';
import { startRelay } from '../fixtures/relay.ts';
import { greedyRequest, THIRDS, WHOLE } from '../fixtures/requests.ts';
import {
  ask,
  changeSettings,
  contribute,
  expectNotice,
  GREEDY_SETTINGS,
  openPage,
} from '../fixtures/site.ts';
import { expect, test } from '../fixtures/test.ts';

test('over plain http the pages say what to open instead', async ({ relay, newContext }) => {
  const page = await (await newContext()).newPage();
  await openPage(page, `http://${PLAIN_HTTP_HOST}:${relay.port}`, 'contribute');
  expect(await page.evaluate(() => isSecureContext)).toBe(false);
  await expect(await expectNotice(page, 'insecure-context')).toContainText('https');
  await expect(page.getByTestId('contribute-start')).toBeDisabled();
  await page.getByRole('link', { name: 'Chat', exact: true }).click();
  await expect(page.getByTestId('chat-input')).toBeAttached();
  await expectNotice(page, 'insecure-context');
});

test('a browser without WebGPU contributes with its processor, and can ask', async ({
  relay,
  newTab,
}) => {
  const volunteer = await newTab();
  await volunteer.volunteer(relay.pipRoot, WHOLE);
  const { CHROMIUM: executablePath = '/usr/bin/chromium' } = process.env;
  const args = chromiumArgs.filter((arg) => !/webgpu/.test(arg));
  const browser = await chromium.launch({
    executablePath,
    headless: false,
    args: [...args, disableFeatures([...DISABLED_FEATURES, 'WebGPU']), '--disable-gpu'],
  });
  try {
    const page = await browser.newPage();
    await openPage(page, relay.url, 'contribute');
    await contribute(page);
    const device = page.getByTestId('volunteer-device');
    await expect(device).toHaveAttribute('data-backend', 'wasm');
    await expect(device).toContainText('No GPU can be used');
    await page.getByRole('link', { name: 'Chat', exact: true }).click();
    await changeSettings(page, { ...GREEDY_SETTINGS, tokensMax: '8' });
    expect((await ask(page, 'Who are you?')).text).not.toBe('');
  } finally {
    await browser.close();
  }
});

test('without volunteers, and without some blocks, the chat says what is missing', async ({
  relay,
  newContext,
  newTab,
}) => {
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'chat');
  expect((await ask(page, 'Is anybody there?')).finish).toBe('failed');
  const nobody = await expectNotice(page, 'no-volunteers');
  await expect(nobody.getByRole('link', { name: 'Contribute this tab' })).toBeVisible();

  const volunteer = await newTab();
  await volunteer.volunteer(relay.pipRoot, THIRDS[0]);
  await page.getByTestId('chat-new').click();
  expect((await ask(page, 'Is everybody there?')).finish).toBe('failed');
  const partial = await expectNotice(page, 'not-covered');
  await expect(partial).toContainText(/blocks 3.+7/);
  await expect(partial).toContainText('head');
});

test('prompts that cannot be answered are refused with a reason', async ({
  relay,
  newContext,
  newTab,
}) => {
  const volunteer = await newTab();
  await volunteer.volunteer(relay.pipRoot, WHOLE);
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'chat');
  const input = page.getByTestId('chat-input');
  await expect(page.getByTestId('chat-send')).toBeDisabled();
  await input.fill('  \n ');
  await input.press('Enter');
  await expect(page.getByTestId('chat-send')).toBeDisabled();
  await expect(page.getByTestId('answer-text')).toHaveCount(0);

  await input.fill('word '.repeat(8_000));
  await expect(page.locator('.composer-obstacle')).toContainText('32,000');
  await expect(page.getByTestId('chat-send')).toBeDisabled();
  // Shorter than that, and still longer than the 512 tokens the model reads.
  expect((await ask(page, 'word '.repeat(1_000))).finish).toBe('failed');
  await expectNotice(page, 'prompt-too-long');

  await page.getByTestId('chat-advanced').click();
  await page.locator('#chat-temperature').fill('hot');
  await input.fill('Who are you?');
  await expect(page.getByTestId('chat-send')).toBeDisabled();
  await expect(page.locator('#hint-temperature')).toContainText('from 0 to 2');

  await volunteer.awaitVolunteers(relay.pipRoot, 1);
  const refuse = async (change: Parameters<typeof greedyRequest>[2], input_ = 'Who are you?') =>
    (await volunteer.answer(greedyRequest(relay.pipRoot, input_, change))).error?.code;
  expect(await refuse({}, ' ')).toBe('prompt-empty');
  expect(await refuse({ tokensMax: 0 })).toBe('bad-sampling');
  expect(await refuse({ stagesMin: 2 })).toBe('not-enough-stages');
  const sampling = { temperature: Number.NaN, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
  expect(await refuse({ sampling })).toBe('bad-sampling');
});

test('a relay out of reach is said, and everything comes back with it', async ({
  wire,
  relay,
  newContext,
}) => {
  const page = await (await newContext()).newPage();
  await openPage(page, wire.origin, 'contribute');
  await contribute(page);
  wire.cut();
  const notice = await expectNotice(page, 'relay-unreachable');
  await expect.poll(() => relay.volunteerCount).toBe(0);
  await expect(page.getByTestId('volunteer-phase')).toHaveText('serving');

  const retry = notice.getByRole('button', { name: 'Try again' });
  await retry.click({ trial: true });
  wire.restore();
  // The tab tries by itself too: it may be back before anybody presses.
  await retry.dispatchEvent('click', undefined, { timeout: 2_000 }).catch(() => undefined);
  await expect(notice).toHaveCount(0);
  await expect.poll(() => relay.volunteerCount).toBe(1);
  await page.getByRole('link', { name: 'Chat', exact: true }).click();
  await changeSettings(page, { ...GREEDY_SETTINGS, tokensMax: '6' });
  expect((await ask(page, 'Who are you?')).finish).toMatch(/stop|length/);
});

test('tabs find a restarted relay by themselves, while an answer goes on', async ({
  wire,
  relay,
  newTab,
}) => {
  const { origin } = wire;
  const [volunteer, requester] = [await newTab({ origin }), await newTab({ origin })];
  await volunteer.volunteer(relay.pipRoot, WHOLE);
  await requester.awaitVolunteers(relay.pipRoot, 1);
  const request = greedyRequest(relay.pipRoot, 'Tell me a story about a robot named Max.', {
    tokensMax: 60,
    ignoresEnd: true,
  });
  const undisturbed = await requester.answer(request);
  let tokens = 0;
  let restarted: ReturnType<typeof startRelay> | undefined;
  const answer = await requester.answer(request, (event) => {
    if (event.type !== 'token') return;
    tokens += 1;
    if (tokens !== 10) return;
    restarted = relay.stop().then(() => startRelay());
    restarted.then((next) => wire.restore(next)).catch(() => undefined);
  });
  const next = await restarted;
  try {
    expect(answer.error).toBeUndefined();
    expect(answer.tokenIds).toEqual(undisturbed.tokenIds);
    expect(answer.stats.repairs).toBe(0);
    await expect.poll(() => next?.volunteerCount, { timeout: 20_000 }).toBe(1);
    await expect.poll(() => next?.peerCount, { timeout: 20_000 }).toBe(2);
    expect((await requester.answer(request)).tokenIds).toEqual(undisturbed.tokenIds);
  } finally {
    await next?.stop();
  }
});

test('a page of another version is told to reload', async ({ wire, newContext }) => {
  wire.rewrite = (direction, text) => {
    const message = JSON.parse(text);
    if (direction === 'in' && message.type === 'hello') message.versions = { min: 0, max: 0 };
    return JSON.stringify(message);
  };
  const page = await (await newContext()).newPage();
  await openPage(page, wire.origin, 'contribute');
  const notice = await expectNotice(page, 'version');
  await expect(notice).toContainText(/reload/i);
  wire.rewrite = (_, text) => text;
  await Promise.all([
    page.waitForEvent('domcontentloaded'),
    notice.getByRole('button', { name: 'Reload the page' }).click(),
  ]);
  await contribute(page);
});
