import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RICH_ANSWER, tokensOf } from '../fixtures/recital.ts';
import { THIRDS, WHOLE } from '../fixtures/requests.ts';
import {
  ask,
  changeSettings,
  expectNotice,
  finished,
  GREEDY_SETTINGS,
  openPage,
  send,
} from '../fixtures/site.ts';
import { expect, test } from '../fixtures/test.ts';
import { takePictures } from './pictures.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'manyhands-reports-'));

test.describe('a relay that takes reports', () => {
  test.use({ relayOptions: { reportsFile: join(FOLDER, 'reports.jsonl') } });
  test.afterAll(() => rm(FOLDER, { recursive: true }));

  test('answers', async ({ relay, newContext, newTab }) => {
    test.setTimeout(240_000);
    const volunteer = await newTab({ recites: await tokensOf(RICH_ANSWER) });
    await volunteer.volunteer(relay.pipRoot, WHOLE);
    const page = await (await newContext()).newPage();
    await openPage(page, relay.url, 'chat');
    await changeSettings(page, { ...GREEDY_SETTINGS, tokensMax: '400' });
    await ask(page, 'How do I count to three?');
    await takePictures(page, 'answer-done');
    const details = page.getByTestId('provenance').locator('summary');
    await details.click();
    await takePictures(page, 'answer-details');
    await details.click();

    await page.getByTestId('report-open').click();
    await takePictures(page, 'report-form');
    await page.getByTestId('report-send').click();
    await expect(page.getByTestId('report-dialog')).toHaveAttribute('data-state', 'sent');
    await takePictures(page, 'report-sent');
    await page.keyboard.press('Escape');

    await volunteer.stopVolunteering();
    // So slow that it is still written while its pictures are taken.
    await volunteer.volunteer(relay.pipRoot, WHOLE, { gpuShare: 0.05 });
    const growing = await send(page, 'And once more, slowly?');
    await expect(growing).toContainText('stages', { timeout: 60_000 });
    await takePictures(page, 'answer-growing');
    await page.getByTestId('chat-stop').click();
    await finished(growing);
    await takePictures(page, 'answer-stopped');
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByTestId('history-button').click();
    await page.getByTestId('history-more').first().click();
    await takePictures(page, 'conversations');
  });
});

test('answers that nobody can give', async ({ relay, newContext, newTab }) => {
  test.setTimeout(120_000);
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'chat');
  await ask(page, 'Is anybody there?');
  await expectNotice(page, 'no-volunteers');
  await takePictures(page, 'answer-failed');
  await (await newTab()).volunteer(relay.pipRoot, THIRDS[0]);
  await page.getByTestId('chat-new').click();
  await ask(page, 'Is everybody there?');
  await expectNotice(page, 'not-covered');
  await takePictures(page, 'answer-not-covered');
  await page.getByTestId('chat-new').click();
  await page.getByTestId('model-details').locator('summary').click();
  await takePictures(page, 'models');
});

test('an answer of three tabs, and its settings', async ({ relay, newContext, newTab }) => {
  test.setTimeout(120_000);
  for (const range of THIRDS) await (await newTab()).volunteer(relay.pipRoot, range);
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'chat');
  await changeSettings(page, { ...GREEDY_SETTINGS, tokensMax: '24' });
  await ask(page, 'What is Manyhands?');
  await page.getByTestId('block-volunteer').first().click();
  await takePictures(page, 'answer-chain');
  await page.getByTestId('chat-new').click();
  await page.getByTestId('chat-advanced').click();
  await takePictures(page, 'settings');
  await page.locator('#chat-temperature').fill('hot');
  await takePictures(page, 'settings-wrong');
});

test('tiers and circles', async ({ relay, newContext }) => {
  test.setTimeout(240_000);
  const context = await newContext();
  const page = await context.newPage();
  await openPage(page, relay.url, 'chat');
  await page.getByTestId('tier-local').check({ force: true });
  await takePictures(page, 'tier-local');
  await page.getByTestId('local-load').click();
  await expect(page.getByTestId('local-unload')).toBeVisible({ timeout: 60_000 });
  await takePictures(page, 'tier-local-ready');
  await page.getByTestId('tier-circle').check({ force: true });
  await page.getByTestId('circle-name').fill('Book club');
  await takePictures(page, 'circle-create');
  await page.getByTestId('circle-create').click();
  const link = await page.getByTestId('invite-link').inputValue();
  await takePictures(page, 'circle-invite');
  await page.getByTestId('circle-close').click();
  await takePictures(page, 'tier-circle');
  await page.evaluate(() => location.assign('#/contribute'));
  await takePictures(page, 'tier-circle-contribute');
  await page.evaluate(() => location.assign('#/chat'));
  await page.getByTestId('circle-open').click();
  await takePictures(page, 'circle-list');
  await page.getByTestId('circle-leave').click();
  await takePictures(page, 'circle-leave');

  const invited = await (await newContext()).newPage();
  await invited.goto(link);
  await expect(invited.getByTestId('circle-dialog')).toHaveAttribute('data-view', 'join');
  await takePictures(invited, 'circle-join');
  const misled = await (await newContext()).newPage();
  await misled.goto(`${link.slice(0, -4)}AAAA`);
  await expect(misled.getByTestId('circle-dialog')).toBeVisible();
  await takePictures(misled, 'circle-broken-link');
});
