import { WHOLE } from '../fixtures/requests.ts';
import { ask, openPage } from '../fixtures/site.ts';
import { expect, type Page, test } from '../fixtures/test.ts';

/** As dropped from a file manager: somewhere on the page. */
async function drop(page: Page, name: string, bytes: readonly number[]): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    ([called, content]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(content)], called));
      return transfer;
    },
    [name, bytes] as const,
  );
  for (const type of ['dragenter', 'dragover', 'drop']) {
    await page.locator('main').dispatchEvent(type, { dataTransfer });
  }
}

test('a dropped file goes with the question, and a picture says why it does not', async ({
  relay,
  newContext,
  newTab,
}) => {
  const volunteer = await newTab();
  await volunteer.volunteer(relay.pipRoot, WHOLE);
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'chat');
  await expect(page.getByTestId('model-picker')).toBeEnabled();
  await drop(page, 'photo.png', [0x89, 0x50, 0x4e, 0x47, 0, 0]);
  await expect(page.getByTestId('chat-file-problem')).toContainText('is not a text file');
  await drop(page, 'hands.txt', [...new TextEncoder().encode('Many hands.')]);
  await expect(page.getByTestId('chat-file-problem')).toHaveCount(0);
  await expect(page.getByTestId('chat-file')).toContainText('hands.txt');
  await expect(page.getByTestId('chat-length')).toContainText('of 32,000 characters');

  // What is known of the model before anybody is asked is a figure, not a promise.
  await page.getByTestId('model-details').locator('summary').click();
  await expect(page.getByTestId('model-card').first()).toContainText(/about [\d.]+ tokens\/s/);
  await page.getByTestId('chat-advanced').click();
  await page.getByTestId('preset-precise').check();
  await expect(page.locator('#chat-temperature')).toHaveValue('0.2');
  await page.locator('#chat-tokensMax').fill('8');

  await ask(page, 'What is this?');
  await expect(page.locator('.turn-user')).toContainText('hands.txt:\n```txt\nMany hands.\n```');
  await expect(page.getByTestId('chat-file')).toHaveCount(0);
});

test('code in an answer is coloured, and the policy is kept', async ({ relay, newContext }) => {
  const context = await newContext();
  await context.addInitScript(() => {
    // The empty page before the first one has no storage.
    if (location.protocol !== 'http:') return;
    const text = '```js\nconst answer = 42; // why\n```\n\n```html\n<b onclick="x()">y</b>\n```';
    const view = { phase: 'done', text, tokenCount: 3, chain: [], links: [], repairs: [] };
    const answer = { ...view, finishReason: 'stop' };
    const turns = [
      { role: 'user', id: 1, text: 'Code?' },
      { role: 'assistant', id: 2, modelName: 'A model', answer },
    ];
    sessionStorage.setItem('manyhands.conversation', JSON.stringify(turns));
  });
  const page = await context.newPage();
  await openPage(page, relay.url, 'chat');
  const blocks = page.locator('.code-block');
  await expect(blocks.nth(0).locator('.code-keyword')).toHaveText('const');
  await expect(blocks.nth(0)).toContainText('JavaScript');
  await expect(blocks.nth(1).locator('.code-string')).toHaveText('"x()"');
  await expect(blocks.nth(1).locator('pre')).toHaveText('<b onclick="x()">y</b>');
  expect(await blocks.locator('b').count()).toBe(0);
});
