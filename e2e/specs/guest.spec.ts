import { openBackgroundTab } from '../fixtures/background-tab.ts';
import { PLAIN_HTTP_HOST } from '../fixtures/chromium-args.ts';
import { greedyRequest, WHOLE } from '../fixtures/requests.ts';
import { contribute, openLimits, openPage, slowTime } from '../fixtures/site.ts';
import { expect, type Page, test } from '../fixtures/test.ts';

const phaseOf = (page: Page) => page.getByTestId('volunteer-phase');
const sentenceOf = (page: Page) => page.locator('.contribution-sentence');

/** Tells a page that it is hidden; the tests with a tab that really is are slower to write and to read. */
async function hide(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    const visibilityState = hidden ? 'hidden' : 'visible';
    Object.defineProperty(document, 'visibilityState', {
      configurable: true,
      get: () => visibilityState,
    });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);
}

test('a hidden tab goes on, or pauses, as the person said before and says now', async ({
  relay,
  newContext,
}) => {
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'contribute');
  await expect(page.getByTestId('consent-hidden')).toBeChecked();
  await contribute(page);
  await hide(page, true);
  await expect(phaseOf(page)).toHaveText('serving');
  await expect.poll(() => relay.volunteerCount).toBe(1);

  await openLimits(page);
  await page.getByTestId('rule-hidden').uncheck();
  await expect(phaseOf(page)).toHaveText('paused');
  await expect(sentenceOf(page)).toContainText('hidden');
  await expect.poll(() => relay.volunteerCount).toBe(0);
  // What was loaded stays loaded.
  await expect(page.locator('.holding')).toContainText('all 8 blocks');
  await hide(page, false);
  await expect(phaseOf(page)).toHaveText('serving');
  await expect.poll(() => relay.volunteerCount).toBe(1);

  // Remembered, and offered again beside the button.
  await page.reload();
  await expect(page.getByTestId('consent-hidden')).not.toBeChecked();
});

test('a schedule is kept from the keyboard, over a reload, and nothing is loaded outside of it', async ({
  wire,
  relay,
  newContext,
}) => {
  const page = await (await newContext()).newPage();
  // Noon, whenever the test runs.
  await page.clock.setFixedTime(new Date(2026, 10, 26, 12));
  await openPage(page, wire.origin, 'contribute');
  await openLimits(page);
  await page.getByTestId('rule-schedule').focus();
  await page.keyboard.press('Space');
  await expect(page.getByLabel('From', { exact: true })).toHaveValue('22:00');
  await page.getByLabel('From', { exact: true }).fill('23:15');
  await page.getByLabel('Until', { exact: true }).fill('06:45');
  await page.getByRole('checkbox', { name: 'Sunday' }).focus();
  await page.keyboard.press('Space');
  await page.reload();
  await openLimits(page);
  await expect(page.locator('.rules')).toContainText('from 23:15 until 06:45 of the next day');
  await expect(page.getByRole('checkbox', { name: 'Sunday' })).not.toBeChecked();
  await expect(page.getByRole('checkbox', { name: 'Monday' })).toBeChecked();

  await page.getByTestId('contribute-start').click();
  await expect(phaseOf(page)).toHaveText('paused');
  await expect(sentenceOf(page)).toContainText('at 23:15');
  expect(wire.requests.filter(({ path }) => path.startsWith('/models/'))).toEqual([]);
  expect(relay.volunteerCount).toBe(0);
  await page.getByTestId('rule-schedule').uncheck();
  await expect(phaseOf(page)).toHaveText('serving', { timeout: 60_000 });
  await expect.poll(() => relay.volunteerCount).toBe(1);
});

test('the data of a day is shown, and used up it pauses', async ({ relay, newContext }) => {
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'contribute');
  await contribute(page);
  // The model that was downloaded counts.
  await expect(page.getByTestId('day-data')).toContainText(/Data: 7\.\d MB of 5 GB today/);
  await expect(page.getByTestId('day-data')).toContainText('GB left');
  // It is written every two seconds.
  await page.waitForFunction(() => localStorage.getItem('manyhands.data-usage') !== null);
  await page.evaluate(() => {
    const usage = JSON.parse(localStorage.getItem('manyhands.data-usage') ?? '{}');
    const more = { ...usage, bytesDown: 4_999_000_000 };
    localStorage.setItem('manyhands.data-usage', JSON.stringify(more));
    // Looked at again with the next event.
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await expect(phaseOf(page)).toHaveText('serving');
  await openLimits(page);
  await page.locator('#data-limit').fill('4');
  await expect(phaseOf(page)).toHaveText('paused');
  await expect(sentenceOf(page)).toContainText('tomorrow at 00:00');
  await expect(page.getByTestId('day-data')).toContainText('0 B left');
});

test('Stop lets a running answer end, and takes nothing new meanwhile', async ({
  relay,
  newContext,
  newTab,
}) => {
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'contribute');
  await slowTime(page);
  await contribute(page);
  const requester = await newTab();
  await requester.awaitVolunteers(relay.pipRoot, 1);
  const request = greedyRequest(relay.pipRoot, 'Tell me a story.', {
    tokensMax: 24,
    ignoresEnd: true,
  });
  let pressed: Promise<void> | undefined;
  const answer = await requester.answer(request, ({ type }) => {
    if (type === 'token') pressed ??= page.getByTestId('contribute-stop').click();
  });
  expect(answer).toMatchObject({ finishReason: 'length', stats: { repairs: 0 } });
  expect(answer.tokenIds).toHaveLength(24);
  await pressed;
  await expect(phaseOf(page)).toHaveText('stopped');
  await expect.poll(() => relay.volunteerCount).toBe(0);
});

test('Stop pressed again ends at once', async ({ relay, newContext, newTab }) => {
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'contribute');
  await slowTime(page);
  await contribute(page);
  const requester = await newTab();
  await requester.awaitVolunteers(relay.pipRoot, 1);
  const request = greedyRequest(relay.pipRoot, 'Tell me a story.', {
    tokensMax: 400,
    ignoresEnd: true,
  });
  const stop = page.getByTestId('contribute-stop');
  let started: () => void = () => undefined;
  const isWriting = new Promise<void>((resolve) => {
    started = resolve;
  });
  const answering = requester.answer(request, ({ type }) => {
    if (type === 'token') started();
  });
  await isWriting;
  await stop.click();
  await expect(stop).toHaveText('Stop at once');
  await expect(sentenceOf(page)).toContainText('1 running answer may end');
  await stop.click();
  await expect(phaseOf(page)).toHaveText('stopped', { timeout: 2_000 });
  await requester.abortAnswer();
  expect((await answering).finishReason).toBe('aborted');
});

test('a pause lets a running answer end before the tab leaves', async ({
  relay,
  newContext,
  newTab,
}) => {
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'contribute');
  await slowTime(page);
  await page.getByTestId('consent-hidden').uncheck();
  await contribute(page);
  const requester = await newTab();
  await requester.awaitVolunteers(relay.pipRoot, 1);
  let hidden: Promise<void> | undefined;
  const request = greedyRequest(relay.pipRoot, 'Tell me a story.', {
    tokensMax: 24,
    ignoresEnd: true,
  });
  const answer = await requester.answer(request, ({ type }) => {
    if (type !== 'token') return;
    hidden ??= (async () => {
      await hide(page, true);
      await expect(phaseOf(page)).toHaveText('draining');
    })();
  });
  await hidden;
  expect(answer).toMatchObject({ finishReason: 'length', stats: { repairs: 0 } });
  await expect(phaseOf(page)).toHaveText('paused');
});

test('a tab behind another one pauses, and one that is frozen proves itself awake first', async ({
  browser,
  relay,
}) => {
  const tab = await openBackgroundTab(browser, `${relay.url}/#/contribute`);
  try {
    const textOf = (selector: string) =>
      tab.evaluate<string | undefined>(`document.querySelector('${selector}')?.textContent`);
    const phase = () => textOf('[data-testid=volunteer-phase]');
    const click = (id: string) =>
      tab.evaluate(`document.querySelector('[data-testid=${id}]').click()`);
    await expect.poll(phase).toBe('idle');
    await click('contribute-start');
    await expect.poll(phase, { timeout: 60_000 }).toBe('serving');
    await click('rule-hidden');
    expect(await phase()).toBe('serving');
    await tab.hide();
    await expect.poll(phase).toBe('paused');
    await expect.poll(() => relay.volunteerCount).toBe(0);
    await tab.show();
    await expect.poll(phase).toBe('serving');
    await expect.poll(() => relay.volunteerCount).toBe(1);

    await click('rule-hidden');
    await tab.hide();
    await expect.poll(() => tab.evaluate('document.visibilityState')).toBe('hidden');
    expect(await phase()).toBe('serving');
    await tab.freeze();
    await expect.poll(() => relay.volunteerCount, { timeout: 8_000 }).toBe(0);
    await tab.resume();
    expect(await phase()).toBe('paused');
    expect(await textOf('.contribution-sentence')).toContain('froze');
    await expect.poll(phase, { timeout: 15_000 }).toBe('serving');
    await expect.poll(() => relay.volunteerCount).toBe(1);
  } finally {
    await tab.close();
  }
});

test.describe('the preflight', () => {
  const checkOf = (page: Page, id: string) =>
    page.locator(`[data-testid="check"][data-check="${id}"]`);

  test('is one line where all is well, and tells more on request', async ({
    relay,
    newContext,
  }) => {
    const page = await (await newContext()).newPage();
    await openPage(page, relay.url, 'contribute');
    const preflight = page.getByTestId('preflight');
    await expect(preflight).toHaveAttribute('data-tone', 'good');
    await expect(checkOf(page, 'webrtc')).toBeHidden();
    await preflight.locator('summary').click();
    await expect(checkOf(page, 'webrtc')).toHaveAttribute('data-level', 'ok');
    await expect(checkOf(page, 'secure-context')).toHaveAttribute('data-level', 'ok');
    await page.getByTestId('preflight-run').click();
    // The tests' adapter is software.
    await expect(checkOf(page, 'gpu')).toHaveAttribute('data-level', 'warning');
    await expect(checkOf(page, 'webrtc')).toHaveAttribute('data-level', 'ok');
  });

  test('names blocked WebRTC and an insecure address, with what to do', async ({
    relay,
    newContext,
  }) => {
    const context = await newContext();
    // As some extensions do.
    await context.addInitScript(() => {
      Reflect.deleteProperty(globalThis, 'RTCPeerConnection');
    });
    const page = await context.newPage();
    await openPage(page, relay.url, 'contribute');
    await expect(page.getByTestId('preflight')).toHaveAttribute('data-tone', 'bad');
    await expect(checkOf(page, 'webrtc')).toHaveAttribute('data-level', 'problem');
    await expect(checkOf(page, 'webrtc')).toBeVisible();
    await expect(checkOf(page, 'webrtc')).toContainText('extension');

    const plain = await (await newContext()).newPage();
    await openPage(plain, `http://${PLAIN_HTTP_HOST}:${relay.port}`, 'contribute');
    await expect(checkOf(plain, 'secure-context')).toHaveAttribute('data-level', 'problem');
    await expect(checkOf(plain, 'secure-context')).toContainText('https');
  });
});

test('a reader sees why a chain was chosen, its speed beside the prediction, and who left', async ({
  relay,
  newContext,
  newTab,
}) => {
  const tabs = [await newTab(), await newTab()];
  for (const tab of tabs) await tab.volunteer(relay.pipRoot, WHOLE, { gpuShare: 0.05 });
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'chat');
  await page.getByTestId('chat-input').fill('Tell me a story about a robot named Max.');
  await expect(page.getByTestId('model-picker')).toContainText('2 volunteers');
  await page.getByTestId('chat-send').click();
  await expect(page.locator('.turn-phase')).toContainText(/tokens\/s \([\d.]+ predicted\)/);
  await expect(page.getByTestId('chain-reason')).toContainText('whole model');
  const peerId = (await page.getByTestId('chain-stage').getAttribute('data-peer-id')) ?? '';
  await tabs.find((tab) => tab.peerId === peerId)?.page.close();
  const recoveries = page.getByTestId('answer-recoveries');
  await expect(recoveries).toContainText(/others took over after/);
  await expect(recoveries).toContainText(peerId.slice(0, 4));
  await expect(page.getByTestId('answer-text')).toHaveAttribute('data-finish', /stop|length/, {
    timeout: 60_000,
  });
  await expect(page.getByTestId('answer-stats')).toContainText('predicted');
});
