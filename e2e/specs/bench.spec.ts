import { openPage } from '../fixtures/site.ts';
import { expect, test } from '../fixtures/test.ts';

/** Two types on both backends, one of them a software adapter. */
const RUN_TIMEOUT_MS = 80_000;

test('the bench page measures both backends, fetches no weights, and gives the result to copy', async ({
  wire,
  newContext,
}) => {
  test.setTimeout(120_000);
  const context = await newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  await page.goto(`${wire.origin}/bench/`);
  await expect(page).toHaveURL(/#\/bench$/);
  await expect(page.getByTestId('bench-phase')).toContainText('Nothing is computed');
  await page.getByTestId('bench-run').click();
  await expect(page.getByTestId('bench-phase')).toContainText(/^\d of 4: SmolLM2-135M/);
  await expect(page.getByTestId('bench-phase')).toHaveAttribute('data-phase', 'done', {
    timeout: RUN_TIMEOUT_MS,
  });
  await expect(page.locator('[data-testid="bench-row"][data-failed="false"]')).toHaveCount(4);
  expect(wire.requests.filter(({ path }) => path.startsWith('/models/'))).toEqual([]);

  await page.getByRole('button', { name: 'Copy the result' }).click();
  await expect(page.getByText('Copied')).toBeVisible();
  const result = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  expect(result.format).toBe('manyhands-bench-1');
  for (const { figures } of result.rows) expect(figures.decodeMsPerBlock).toBeGreaterThan(0);
});

test('the benchmark stops at once and can start again', async ({ relay, newContext }) => {
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'bench');
  await page.getByTestId('bench-run').click();
  await expect(page.getByTestId('bench-phase')).toContainText('1 of 4');
  await page.getByTestId('bench-stop').click();
  await expect(page.getByTestId('bench-phase')).toHaveAttribute('data-phase', 'stopped');
  await expect
    .poll(() => page.workers().filter((worker) => worker.url().includes('bench-worker')).length)
    .toBe(0);
  await expect(page.getByTestId('bench-run')).toBeEnabled();
});
