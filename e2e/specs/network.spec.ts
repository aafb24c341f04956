import { contribute, openPage } from '../fixtures/site.ts';
import { expect, test } from '../fixtures/test.ts';

test.describe('a relay that counts', () => {
  test.use({ relayOptions: { historyEveryS: 1 } });

  test('shows volunteers over time, as a line, a sentence and a table', async ({
    relay,
    newContext,
  }) => {
    const serving = await (await newContext()).newPage();
    await openPage(serving, relay.url, 'contribute');
    await contribute(serving);
    const page = await (await newContext()).newPage();
    await openPage(page, relay.url, 'network');
    const chart = page.locator('[data-testid="time-chart"][data-quantity="volunteers"]');
    // The page reads again once a minute; a person who does not wait opens it again.
    await expect(async () => {
      await page.reload();
      await expect(chart.locator('canvas')).toBeVisible({ timeout: 2_000 });
      await expect(chart).toContainText('1 at the end', { timeout: 1_000 });
    }).toPass();
    const line = chart.getByRole('slider');
    await line.press('End');
    await expect(line).toHaveAttribute('aria-valuetext', /: 1 volunteers?$/);
    await chart.getByText('As a table').click();
    await expect(chart.getByRole('row').last()).toContainText('1');
    await expect(page.getByTestId('capabilities')).toContainText('ms a block');

    // Nobody else holds the model: whoever looks sees its blocks go.
    await serving.getByTestId('contribute-stop').click();
    await expect(page.locator('.event-uncovered')).toContainText('blocks 0–7 of Pip 7M');
  });
});

test('a relay of an earlier version is said to keep no history', async ({ relay, newContext }) => {
  const context = await newContext();
  await context.route('**/api/history', (route) => route.fulfill({ status: 404 }));
  const page = await context.newPage();
  await openPage(page, relay.url, 'network');
  await expect(page.getByTestId('network-history')).toContainText('keeps no history');
});
