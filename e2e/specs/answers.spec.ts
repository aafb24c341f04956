import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WHOLE } from '../fixtures/requests.ts';
import { ask, changeSettings, expectNotice, GREEDY_SETTINGS, openPage } from '../fixtures/site.ts';
import { expect, test } from '../fixtures/test.ts';

const SHORT = { ...GREEDY_SETTINGS, tokensMax: '8' };

test('an answer tells how it was made, and a blocked volunteer computes no other', async ({
  relay,
  newContext,
  newTab,
}) => {
  const volunteers = [await newTab(), await newTab()];
  for (const volunteer of volunteers) await volunteer.volunteer(relay.pipRoot, WHOLE);
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'chat');
  await changeSettings(page, SHORT);
  await ask(page, 'Who are you?');
  const first = page.locator('.turn-answer').last();
  await first.getByTestId('provenance').locator('summary').click();
  const facts = first.getByTestId('provenance');
  await expect(facts).toContainText(relay.pipRoot);
  await expect(facts).toContainText('.gguf');
  await expect(facts).toContainText('always the likeliest token');
  await expect(facts).toContainText('tokens/s');
  await expect(facts).toContainText(/\((webgpu|wasm)-/);
  const stage = first.getByTestId('chain-stage');
  const blocked = await stage.getAttribute('data-peer-id');
  await stage.getByTestId('block-volunteer').click();

  await ask(page, 'And who else?');
  const second = page.locator('.turn-answer').last();
  const other = await second.getByTestId('chain-stage').getAttribute('data-peer-id');
  expect(other).not.toBe(blocked);
  await second.getByTestId('block-volunteer').click();

  // Kept over a reload, and honest where nobody else is there.
  await page.reload();
  await ask(page, 'Anybody?');
  await expectNotice(page, 'only-blocked');
  await page.locator('.turn-answer').first().getByTestId('block-volunteer').click();
  await page.getByTestId('error-retry').click();
  const third = page.locator('.turn-answer').last();
  await expect(third.getByTestId('chain-stage')).toHaveAttribute('data-peer-id', blocked ?? '');
});

test.describe('a report', () => {
  const folder = mkdtempSync(join(tmpdir(), 'manyhands-reports-'));
  const reportsFile = join(folder, 'reports.jsonl');
  test.use({ relayOptions: { reportsFile } });
  test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('reaches the operator, with the text only if its author says so', async ({
    relay,
    newContext,
    newTab,
  }) => {
    const volunteer = await newTab();
    await volunteer.volunteer(relay.pipRoot, WHOLE);
    const page = await (await newContext()).newPage();
    await openPage(page, relay.url, 'chat');
    await changeSettings(page, SHORT);
    await ask(page, 'Who are you?');
    const dialog = page.getByTestId('report-dialog');
    const report = async (includesText: boolean): Promise<string> => {
      await page.getByTestId('report-open').last().click();
      if (includesText) await page.getByTestId('report-text').check();
      await page.getByTestId('report-send').click();
      await expect(dialog).toHaveAttribute('data-state', 'sent');
      await page.keyboard.press('Escape');
      await expect(dialog).toBeHidden();
      return (await readFile(reportsFile, 'utf8')).trim().split('\n').at(-1) ?? '';
    };
    const bare = await report(false);
    expect(JSON.parse(bare)).toMatchObject({ reason: 'wrong', modelRoot: relay.pipRoot });
    expect(bare).not.toContain('Who are you?');
    expect(await report(true)).toContain('Who are you?');
  });
});
