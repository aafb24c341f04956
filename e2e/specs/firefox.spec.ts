import type { Page } from 'puppeteer-core';
import { type Firefox, launchFirefox, noFirefox } from '../fixtures/firefox.ts';
import { certainIds, goldenCases } from '../fixtures/golden.ts';
import { meetDirectly } from '../fixtures/meet-directly.ts';
import { greedyRequest, THIRDS } from '../fixtures/requests.ts';
import { test as base, expect } from '../fixtures/test.ts';

/*
 * Nothing here is emulated: a Firefox as people have it, and the Chromium of the other tests. It has no
 * WebGPU on Linux, so its tabs compute with the processor.
 */
const test = base.extend<{ readonly firefox: Firefox }>({
  firefox: async ({ misdeeds }, use) => {
    const firefox = await launchFirefox(misdeeds);
    await use(firefox);
    await firefox.close();
  },
});

const QUESTION = 'Tell me a story about a robot named Max.';

const byTestId = (id: string): string => `[data-testid="${id}"]`;
const textOf = (page: Page, id: string): Promise<string> =>
  page.$eval(byTestId(id), (element) => element.textContent ?? '');

test.skip(noFirefox !== undefined, noFirefox);

test('a tab of Firefox contributes with two threads and answers itself', async ({
  relay,
  firefox,
}) => {
  const page = await firefox.newPage();
  await page.goto(`${relay.url}/#/contribute`);
  await page.locator(byTestId('limits-details')).click();
  await page.waitForSelector(byTestId('contribute-threads'), { visible: true });
  await page.select(byTestId('contribute-threads'), '2');
  await page.locator(byTestId('contribute-start')).click();
  await page.waitForFunction(() => {
    const phase = document.querySelector('[data-testid="volunteer-phase"]')?.textContent ?? '';
    return /serving|failed/.test(phase);
  });
  expect(await textOf(page, 'volunteer-phase')).toBe('serving');
  expect(await textOf(page, 'volunteer-device')).toContain('Processor, 2 threads');
  expect(relay.volunteerCount).toBe(1);

  await page.goto(`${relay.url}/#/chat`);
  await page.locator(byTestId('chat-input')).fill(QUESTION);
  await page.locator(`${byTestId('chat-send')}:not(:disabled)`).click();
  await page.waitForSelector(`${byTestId('answer-text')}[data-finish]:not([data-finish=""])`);
  expect((await textOf(page, 'answer-text')).length).toBeGreaterThan(40);

  await page.goto(`${relay.url}/#/contribute`);
  await page.locator('button::-p-text(Stop)').click();
  await expect.poll(() => relay.volunteerCount).toBe(0);
});

test('a chain of Firefox and Chromium answers both like llama.cpp', async ({
  relay,
  firefox,
  newTab,
}) => {
  const inFirefox = () => firefox.newTab(relay.url);
  const tabs = [await inFirefox(), await newTab(), await inFirefox()] as const;
  const [{ page: first }, { page: second }, { page: third }] = tabs;
  const meet = (await meetDirectly(first, second)) && (await meetDirectly(first, third));
  await Promise.all(THIRDS.map((range, index) => tabs[index]?.volunteer(relay.pipRoot, range)));
  const golden = goldenCases('pip', 'pip-7m-q8_0.gguf')?.[0];
  const input = golden ? { tokenIds: golden.tokens } : QUESTION;
  const expected = golden ? certainIds(golden) : undefined;
  const request = greedyRequest(relay.pipRoot, input, {
    tokensMax: expected?.length ?? 24,
    ignoresEnd: true,
  });
  const answers = [];
  for (const requester of [await inFirefox(), await newTab()]) {
    await requester.awaitVolunteers(relay.pipRoot, 3);
    const answer = await requester.answer(request);
    expect(answer.error).toBeUndefined();
    expect(answer.chain.map(({ peerId }) => peerId)).toEqual(tabs.map(({ peerId }) => peerId));
    if (meet) expect(answer.links.every(({ direct }) => direct)).toBe(true);
    if (expected) expect(answer.tokenIds).toEqual(expected);
    answers.push(answer.tokenIds);
  }
  expect(answers[1]).toEqual(answers[0]);
});

test('an answer goes on in Chromium where a tab of Firefox was closed in its middle', async ({
  relay,
  firefox,
  newTab,
}) => {
  const leaving = await firefox.newTab(relay.url);
  const tabs = [leaving, await newTab(), await newTab()] as const;
  await Promise.all(THIRDS.map((range, index) => tabs[index]?.volunteer(relay.pipRoot, range)));
  const [requester, spare] = [await newTab(), await newTab()];
  await requester.awaitVolunteers(relay.pipRoot, 3);
  const request = greedyRequest(relay.pipRoot, QUESTION, { tokensMax: 64, ignoresEnd: true });
  const undisturbed = await requester.answer(request);
  expect(undisturbed.error).toBeUndefined();
  let tokenCount = 0;
  let replaced: Promise<void> | undefined;
  const answer = await requester.answer(request, (event) => {
    if (event.type === 'token') tokenCount += 1;
    if (tokenCount < 8 || replaced !== undefined) return;
    replaced = leaving.page.close().then(() => spare.volunteer(relay.pipRoot, THIRDS[0]));
  });
  await replaced;
  expect(answer.error).toBeUndefined();
  expect(answer.stats.repairs).toBeGreaterThan(0);
  expect(answer.tokenIds).toEqual(undisturbed.tokenIds);
});
