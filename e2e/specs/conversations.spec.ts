import { readFile } from 'node:fs/promises';
import { WHOLE } from '../fixtures/requests.ts';
import { ask, changeSettings, GREEDY_SETTINGS, openPage } from '../fixtures/site.ts';
import { expect, type Page, test } from '../fixtures/test.ts';

const items = (page: Page) => page.getByTestId('history-open');

async function openChat(page: Page, origin: string): Promise<void> {
  await openPage(page, origin, 'chat');
  await changeSettings(page, { ...GREEDY_SETTINGS, tokensMax: '8' });
}

test('conversations outlive the tab; they are found, renamed, deleted and had back', async ({
  relay,
  newContext,
  newTab,
}) => {
  await (await newTab()).volunteer(relay.pipRoot, WHOLE);
  const context = await newContext({ viewport: { width: 1280, height: 800 } });
  const first = await context.newPage();
  await openChat(first, relay.url);
  await ask(first, 'Why is the sky blue?');
  await first.getByTestId('chat-new').click();
  const { text } = await ask(first, 'Tell me a riddle.');
  await first.close();

  const page = await context.newPage();
  await openPage(page, relay.url, 'chat');
  await expect(items(page)).toHaveText(['Tell me a riddle.', 'Why is the sky blue?']);
  await page.keyboard.press('Escape');
  await page.getByTestId('history-search').fill('SKY');
  await expect(items(page).locator('mark').first()).toHaveText('sky');
  await page.getByTestId('history-search').press('ArrowDown');
  await page.keyboard.press('F2');
  await page.getByTestId('history-name').fill('About the sky');
  await page.keyboard.press('Enter');
  await expect(items(page).first()).toBeFocused();
  await page.getByTestId('history-search').fill('');
  await expect(items(page)).toHaveText(['Tell me a riddle.', 'About the sky']);
  await items(page).first().click();
  await expect(page.getByTestId('answer-text')).toContainText(text.slice(0, 10));
  await items(page).first().press('Delete');
  await expect(items(page)).toHaveText(['About the sky']);
  await page.getByTestId('history-undo').click();
  await expect(items(page)).toHaveText(['Tell me a riddle.', 'About the sky']);

  // Saved, deleted, read again.
  const saving = page.waitForEvent('download');
  await page.getByTestId('history-export').click();
  const path = await (await saving).path();
  expect(JSON.parse(await readFile(path, 'utf8')).conversations).toHaveLength(2);
  await page.getByTestId('history-clear').click();
  // Gone also where the page does not live to hear of it.
  await page.getByTestId('history-clear-yes').evaluate((button: HTMLElement) => {
    button.click();
    location.reload();
  });
  await expect(page.getByTestId('history-empty')).toBeVisible();
  await page.getByTestId('history-file').setInputFiles(path);
  await expect(page.getByTestId('history-report')).toContainText('2 conversations were added.');
  await expect(items(page)).toHaveText(['Tell me a riddle.', 'About the sky']);
});

test('an edited question is a branch, in another tab too, and a reload interrupts an answer', async ({
  relay,
  newContext,
  newTab,
}) => {
  const volunteer = await newTab();
  await volunteer.volunteer(relay.pipRoot, WHOLE, { gpuShare: 0.05 });
  const context = await newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await openChat(page, relay.url);
  await ask(page, 'Why is the sky blue?');
  const other = await context.newPage();
  await openPage(other, relay.url, 'chat');
  await items(other).first().click();

  await page.bringToFront();
  await page.getByTestId('question-edit').click();
  await page.getByTestId('question-input').fill('Tell me a story about a robot named Max.');
  await changeSettings(page, { tokensMax: '300' });
  await page.getByTestId('question-send').click();
  await expect(page.getByTestId('branch-place').first()).toHaveText('2/2');
  await expect(page.getByTestId('answer-text')).not.toBeEmpty({ timeout: 30_000 });
  // The other tab has the branch as it is written, and may not write there now.
  await other.getByTestId('branch-next').first().click();
  await expect(other.getByTestId('answer-text')).not.toBeEmpty();
  await expect(other.locator('.composer-obstacle')).toContainText('Another tab is answering');

  await page.reload();
  await expect(page.getByTestId('answer-interrupted')).toBeVisible();
  await expect(page.getByTestId('answer-text')).not.toBeEmpty();
  await expect(other.getByTestId('answer-interrupted')).toBeVisible();
  await page.getByTestId('branch-previous').first().click();
  await expect(page.locator('.turn-user')).toHaveText('Why is the sky blue?');
});

test('on a full disk a conversation goes on, is told of, and is kept when there is room', async ({
  relay,
  newContext,
  newTab,
}) => {
  await (await newTab()).volunteer(relay.pipRoot, WHOLE);
  const page = await (await newContext({ viewport: { width: 360, height: 740 } })).newPage();
  const devtools = await page.context().newCDPSession(page);
  const limit = (quotaSize?: number) =>
    devtools.send('Storage.overrideQuotaForOrigin', {
      origin: relay.url,
      ...(quotaSize !== undefined && { quotaSize }),
    });
  // Before the page is there: Chromium remembers for a while how much room it found.
  await limit(1);
  await openChat(page, relay.url);
  await ask(page, 'Why is the sky blue?');
  const trouble = page.getByTestId('storage-trouble');
  await expect(trouble).toHaveAttribute('data-trouble', 'full');
  await expect(trouble.getByTestId('storage-export')).toBeVisible();
  await limit();
  await ask(page, 'Tell me a riddle.');
  await expect(page.getByTestId('answer-text')).toHaveCount(2);
  await expect(trouble).toHaveCount(0);

  await page.getByTestId('history-button').click();
  await expect(page.getByTestId('history-drawer')).toBeVisible();
  await expect(items(page)).toHaveText(['Why is the sky blue?']);
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('history-drawer')).toBeHidden();
  await expect(page.getByTestId('history-button')).toBeFocused();
});
