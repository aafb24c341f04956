import { WHOLE } from '../fixtures/requests.ts';
import { changeSettings, finished, GREEDY_SETTINGS, openPage } from '../fixtures/site.ts';
import { expect, type Page, test } from '../fixtures/test.ts';

test('the chat works from the keyboard', async ({ relay, newContext, newTab }) => {
  const volunteer = await newTab();
  // Slow enough that Escape finds an answer under way.
  await volunteer.volunteer(relay.pipRoot, WHOLE, { gpuShare: 0.05 });
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'chat');
  await changeSettings(page, { ...GREEDY_SETTINGS, tokensMax: '300' });
  const input = page.getByTestId('chat-input');
  await expect(page.getByTestId('model-picker')).toBeEnabled();
  await input.focus();
  await page.keyboard.type('Tell me a story');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('about a robot named Max.');
  await expect(input).toHaveValue('Tell me a story\nabout a robot named Max.');
  await expect(page.getByTestId('answer-text')).toHaveCount(0);
  await page.keyboard.press('Enter');
  await expect(input).toHaveValue('');
  const answer = page.getByTestId('answer-text').last();
  await expect(answer).not.toBeEmpty({ timeout: 30_000 });
  await page.keyboard.press('Escape');
  await expect(answer).toHaveAttribute('data-finish', 'aborted', { timeout: 3_000 });
  await expect(input).toBeFocused();

  await page.getByTestId('chat-new').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('answer-text')).toHaveCount(0);
});

test('an answer survives a walk through the site and a reload', async ({
  relay,
  newContext,
  newTab,
}) => {
  const volunteer = await newTab();
  await volunteer.volunteer(relay.pipRoot, WHOLE);
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'chat');
  await changeSettings(page, { ...GREEDY_SETTINGS, tokensMax: '20' });
  await page.getByTestId('chat-input').fill('Who are you?');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Network', exact: true }).click();
  await page.getByRole('link', { name: 'Chat', exact: true }).click();
  const answer = page.getByTestId('answer-text').last();
  const { text } = await finished(answer);
  expect(text).not.toBe('');
  await page.reload();
  expect((await finished(page.getByTestId('answer-text').last())).text).toBe(text);
});

const HOSTILE = [
  'Look: <img src="https://evil.example/a.png" onerror="window.hacked = 1"><script>window.hacked = 1</script>',
  '![picture](https://evil.example/b.png) and [a link](javascript:window.hacked=1)',
  '[fine](https://example.org/) <iframe src="https://evil.example/"></iframe>',
].join('\n\n');

test('what a model writes is text: no HTML, no images, only safe links', async ({
  relay,
  newContext,
}) => {
  const context = await newContext();
  await context.addInitScript((text) => {
    // The empty page before the first one has no storage.
    if (location.protocol !== 'http:') return;
    const answer = { phase: 'done', text, tokenCount: 3, chain: [], links: [], repairs: [] };
    const turns = [
      { role: 'user', id: 1, text: '<b>hello</b>' },
      {
        role: 'assistant',
        id: 2,
        modelName: 'A model',
        answer: { ...answer, finishReason: 'stop' },
      },
    ];
    sessionStorage.setItem('manyhands.conversation', JSON.stringify(turns));
  }, HOSTILE);
  const page = await context.newPage();
  await openPage(page, relay.url, 'chat');
  const conversation = page.locator('.conversation');
  await expect(conversation).toContainText('<img src=');
  await expect(conversation).toContainText('<b>hello</b>');
  // The parser comes with the first answer; until then its text stands there as it is.
  await expect(conversation.locator('.answer-text a')).not.toHaveCount(0);
  await expect(conversation.locator('img, iframe, script, b')).toHaveCount(0);
  const links = await conversation.locator('.answer-text a').all();
  const targets = await Promise.all(links.map((link) => link.getAttribute('href')));
  expect(targets).toContain('https://example.org/');
  expect(targets.filter((target) => !/^https:\/\//.test(target ?? ''))).toEqual([]);
  expect(await page.evaluate(() => Reflect.get(window, 'hacked'))).toBeUndefined();
});

test('the policy allows scripts of this origin only, and the pages obey it', async ({
  relay,
  newContext,
  misdeeds,
}) => {
  const page = await (await newContext()).newPage();
  const response = await page.goto(`${relay.url}/`);
  const policy = (await response?.headerValue('content-security-policy')) ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toMatch(/script-src 'self'( 'wasm-unsafe-eval')?;/);
  expect(policy).not.toMatch(/'unsafe-(inline|eval)'|script-src[^;]*\*/);
  // A violation in any test fails it: see `misdeeds`. That the policy is enforced is seen here.
  const isEvaluated = await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.inlineRan = true';
    document.head.append(script);
    return Reflect.get(window, 'inlineRan') === true;
  });
  expect(isEvaluated).toBe(false);
  await expect.poll(() => [...misdeeds].join()).toContain('inline script violates');
  misdeeds.clear();
});

test('pages are light or dark as the system is, until a person chooses', async ({
  relay,
  newContext,
}) => {
  const page = await (await newContext({ colorScheme: 'light' })).newPage();
  await openPage(page, relay.url, 'contribute');
  const light = await brightness(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await brightness(page);
  expect(light).toBeGreaterThan(0.8);
  expect(dark).toBeLessThan(0.2);
  // The button goes round; one of its steps is the opposite of the system, and stays after a reload.
  const button = page.locator('.site-tools button').last();
  for (let step = 0; step < 3 && (await brightness(page)) < 0.5; step += 1) await button.click();
  expect(await brightness(page)).toBeGreaterThan(0.8);
  await page.reload();
  expect(await brightness(page)).toBeGreaterThan(0.8);
});

for (const [device, viewport] of Object.entries({
  phone: { width: 360, height: 740 },
  desktop: { width: 1280, height: 800 },
})) {
  test(`nothing sticks out of the page on a ${device}`, async ({ relay, newContext, newTab }) => {
    const volunteer = await newTab();
    await volunteer.volunteer(relay.pipRoot, WHOLE);
    const page = await (await newContext({ viewport })).newPage();
    for (const name of ['', 'contribute', 'chat', 'network']) {
      await page.goto(`${relay.url}/#/${name}`);
      await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
      const excess = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(excess, name).toBeLessThanOrEqual(0);
    }
  });
}

/** Of the page's background, from 0 to 1. */
async function brightness(page: Page): Promise<number> {
  const colour = await page.evaluate(() => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d');
    if (canvas === null) throw new Error('No canvas.');
    for (const element of [document.documentElement, document.body]) {
      canvas.fillStyle = getComputedStyle(element).backgroundColor;
      canvas.fillRect(0, 0, 1, 1);
    }
    return [...canvas.getImageData(0, 0, 1, 1).data];
  });
  return colour.slice(0, 3).reduce((sum, value) => sum + value / 255 / 3, 0);
}
