import { greedyRequest } from '../fixtures/requests.ts';
import { contribute, openLimits, openPage, slowTime } from '../fixtures/site.ts';
import { expect, MOTION, test } from '../fixtures/test.ts';

const QUESTION = 'Tell me a story about a robot named Max.';

test('a preset applies, is remembered, and is one’s own once a limit is moved', async ({
  relay,
  newContext,
}) => {
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'contribute');
  await expect(page.getByTestId('preset-balanced')).toBeChecked();
  await page.getByTestId('preset-gentle').focus();
  await page.keyboard.press('Space');
  await expect(page.getByTestId('consent-hidden')).not.toBeChecked();
  await page.reload();
  await expect(page.getByTestId('preset-gentle')).toBeChecked();
  await openLimits(page);
  await expect(page.locator('#gpu-limit')).toHaveValue('0.2');
  await page.locator('#gpu-limit').fill('0.25');
  await expect(page.getByTestId('preset-custom')).toBeChecked();
  await expect(page.locator('#preset-custom-figures')).toContainText('25% of the time');
});

test('an answer lights the picture and counts in the history, over a reload; a pause says until when', async ({
  relay,
  newContext,
  newTab,
}) => {
  const page = await (await newContext(MOTION)).newPage();
  await openPage(page, relay.url, 'contribute');
  // Slow enough that what flows can be seen.
  await slowTime(page);
  await contribute(page);
  await expect(page.getByRole('img', { name: /holds all 8 blocks/ })).toBeVisible();
  await expect(page.locator('.picture-blocks .cell-mine')).toHaveCount(8);
  await expect(page.locator('[data-sight="first"]')).toContainText('This tab now');

  const requester = await newTab();
  await requester.awaitVolunteers(relay.pipRoot, 1);
  const request = greedyRequest(relay.pipRoot, QUESTION, { tokensMax: 24, ignoresEnd: true });
  const answering = requester.answer(request);
  await expect(page.getByTestId('stage-flow')).toContainText(/Reading|Writing/);
  expect((await answering).tokenIds).toHaveLength(24);
  // Counts are published a few times a second.
  const served = page.getByTestId('tokens-served');
  await expect
    .poll(async () => Number(await served.getAttribute('data-value')))
    .toBeGreaterThan(24);
  await expect(page.getByTestId('answers-helped')).toHaveText('1');
  // It was the device that computed, not the clock that ran.
  await expect(page.getByTestId('total-busy').locator('td').first()).not.toHaveText('0 ms');

  await page.getByTestId('pause-hour').click();
  await expect(page.getByTestId('volunteer-phase')).toHaveText('paused');
  await expect(page.locator('.contribution-sentence')).toContainText(
    /you pressed Pause. It resumes .*at \d\d:\d\d/,
  );
  await expect.poll(() => relay.volunteerCount).toBe(0);
  await page.getByTestId('pause-resume').click();
  await expect(page.getByTestId('volunteer-phase')).toHaveText('serving');
  await expect.poll(() => relay.volunteerCount).toBe(1);

  await expect(page.getByTestId('total-answers').locator('td').first()).toHaveText('1');
  const isStored = () =>
    page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const opening = indexedDB.open('manyhands-history');
          opening.onsuccess = () => {
            const all = opening.result.transaction('keys').objectStore('keys').get('days');
            all.onsuccess = () => resolve(all.result?.[0]?.answers ?? 0);
          };
        }),
    );
  await expect.poll(isStored).toBe(1);
  await page.reload();
  await expect(page.getByTestId('total-answers').locator('td').first()).toHaveText('1');
  await page.getByTestId('history-delete').click();
  await page.getByTestId('history-delete-sure').click();
  await expect(page.getByTestId('history')).toContainText('Nothing yet');
  await page.reload();
  await expect(page.getByTestId('history')).toContainText('Nothing yet');
});

test('the site is isolated, so two threads compute what one does', async ({
  relay,
  newContext,
  newTab,
}) => {
  const requester = await newTab();
  const request = greedyRequest(relay.pipRoot, QUESTION, { tokensMax: 24, ignoresEnd: true });
  const answers: number[][] = [];
  for (const threads of [1, 2]) {
    const page = await (await newContext()).newPage();
    await openPage(page, relay.url, 'contribute');
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await openLimits(page);
    await page.getByTestId('contribute-threads').selectOption(String(threads));
    await contribute(page);
    const device = page.getByTestId('volunteer-device');
    if (threads === 2) await expect(device).toContainText('Processor, 2 threads');
    else await expect(device).not.toContainText('threads');
    await requester.awaitVolunteers(relay.pipRoot, 1);
    answers.push([...(await requester.answer(request)).tokenIds]);
    const helpers = () => page.workers().filter((each) => each.url().includes('thread-worker'));
    await expect.poll(() => helpers().length).toBe(threads - 1);
    await page.getByTestId('contribute-stop').click();
    await expect.poll(helpers).toEqual([]);
    await page.close();
    await expect.poll(() => relay.volunteerCount).toBe(0);
  }
  expect(answers[0]).toHaveLength(24);
  expect(answers[1]).toEqual(answers[0]);
});
