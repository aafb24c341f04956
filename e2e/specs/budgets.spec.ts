import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Browser } from '@playwright/test';
import { firstScripts } from '../fixtures/first-load.ts';
import {
  LARGE_VOCABULARY,
  LARGE_VOCABULARY_BLOCKS,
  writeLargeVocabulary,
} from '../fixtures/large-vocabulary.ts';
import { takeLayoutShifts, watchLayoutShifts } from '../fixtures/layout-shifts.ts';
import { recordTasks } from '../fixtures/main-thread.ts';
import { RICH_ANSWER, tokensOf } from '../fixtures/recital.ts';
import { greedyRequest, WHOLE } from '../fixtures/requests.ts';
import { ask, changeSettings, contribute, GREEDY_SETTINGS, openPage } from '../fixtures/site.ts';
import { expect, MOTION, type Page, test } from '../fixtures/test.ts';

const FIRST_LOAD_BYTES_MAX = 120_000;
/** Longer, and a person notices that nothing happens: https://web.dev/articles/rail */
const TASK_MS_MAX = 50;
/** A tenth of what passes for good. Not zero: a line may become another kind of thing as it ends. */
const SHIFT_MAX = 0.01;
const WORDS = 'Tell me a story about a robot named Max.';

// The time of a processor that other machines use too is two or three times what it is alone, and no trace says
// so. What a page really does for too long, it does at every try.
test.describe.configure({ retries: 3 });

test('what the first page needs before it is drawn stays small', async ({ relay }) => {
  const scripts = await firstScripts(relay.url, '/');
  expect(scripts.length).toBeGreaterThan(0);
  const gzipBytes = scripts.reduce((sum, script) => sum + script.gzipBytes, 0);
  expect(gzipBytes, JSON.stringify(scripts)).toBeLessThan(FIRST_LOAD_BYTES_MAX);
  // The measure itself: a page of a framework and nothing else is larger than this.
  expect(gzipBytes).toBeGreaterThan(10_000);
});

test('nothing on the page jumps while an answer is written', async ({
  relay,
  newContext,
  newTab,
}) => {
  const volunteer = await newTab({ recites: await tokensOf(RICH_ANSWER) });
  await volunteer.volunteer(relay.pipRoot, WHOLE);
  for (const width of [360, 1280]) {
    const context = await newContext({ ...MOTION, viewport: { width, height: 740 } });
    await watchLayoutShifts(context);
    const page = await context.newPage();
    await openPage(page, relay.url, 'chat');
    await changeSettings(page, { ...GREEDY_SETTINGS, tokensMax: '400' });
    // The answer before is what would be pushed around.
    for (const question of ['Who are you?', 'How do I count to three?']) {
      await takeLayoutShifts(page);
      expect((await ask(page, question)).text).toContain('stage.firstBlock');
      const shifts = await takeLayoutShifts(page);
      const sum = shifts.reduce((total, { value }) => total + value, 0);
      expect(sum, `${width} px: ${JSON.stringify(shifts)}`).toBeLessThan(SHIFT_MAX);
    }
  }
});

test('a page that serves and asks is never busy for longer than a blink', async ({
  relay,
  newContext,
  newTab,
  browser,
}) => {
  const page = await (await newContext(MOTION)).newPage();
  const other = await newTab();
  await openPage(page, relay.url, 'contribute');
  const tasks = await recordTasks(browser, page, async () => {
    await contribute(page);
    const answer = await other.answer(greedyRequest(relay.pipRoot, WORDS, { tokensMax: 60 }));
    expect(answer.error).toBeUndefined();
    await page.getByRole('link', { name: 'Chat', exact: true }).click();
    await changeSettings(page, { ...GREEDY_SETTINGS, tokensMax: '60' });
    expect((await ask(page, WORDS)).finish).toMatch(/stop|length/);
  });
  expect(tasks.length).toBeGreaterThan(50);
  expect(tasks.filter(({ cpuMs }) => cpuMs > TASK_MS_MAX)).toEqual([]);
  await expectSeen(browser, page);
});

test.describe('a model of 150,000 tokens', () => {
  // Its longest task is 20 ms where a machine is quiet; where it is not, more than half of all tries were too long.
  test.describe.configure({ retries: 7 });
  const file = writeLargeVocabulary();
  test.use({ relayOptions: { modelFiles: [file] } });
  test.afterAll(() => rmSync(dirname(file), { recursive: true }));

  test('is made ready for a question without a page that stands still', async ({
    relay,
    newContext,
    newTab,
    browser,
  }) => {
    const ready = () => relay.models.view().entries.find(({ id }) => id === LARGE_VOCABULARY);
    await expect.poll(() => ready()?.modelRoot).toBeDefined();
    const volunteer = await newTab();
    await volunteer.volunteer(ready()?.modelRoot ?? '', {
      ...WHOLE,
      endBlock: LARGE_VOCABULARY_BLOCKS,
    });
    const page = await (await newContext(MOTION)).newPage();
    await openPage(page, relay.url, 'chat');
    await page.getByTestId('model-picker').selectOption(LARGE_VOCABULARY);
    await changeSettings(page, { ...GREEDY_SETTINGS, tokensMax: '8' });
    const tasks = await recordTasks(browser, page, async () => {
      expect((await ask(page, WORDS)).finish).toMatch(/stop|length/);
    });
    expect(tasks.length).toBeGreaterThan(10);
    expect(tasks.filter(({ cpuMs }) => cpuMs > TASK_MS_MAX)).toEqual([]);
    await expectSeen(browser, page);
  });
});

/** Work that takes too long would be seen, also where a busy machine gives the page a tenth of that time. */
async function expectSeen(browser: Browser, page: Page): Promise<void> {
  const [longest] = await recordTasks(browser, page, () =>
    page.evaluate((durationMs) => {
      const endMs = performance.now() + durationMs;
      while (performance.now() < endMs);
    }, 16 * TASK_MS_MAX),
  );
  expect(longest?.cpuMs).toBeGreaterThan(TASK_MS_MAX);
}
