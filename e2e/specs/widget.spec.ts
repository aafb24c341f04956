import type { ManyhandsWidget } from '@manyhands/widget/element';
import { expect, type Frame, test } from '@playwright/test';
import { PLAIN_HTTP_HOST } from '../fixtures/chromium-args.ts';
import {
  BLOCKED,
  consent,
  cover,
  type Embedding,
  engineWorkers,
  frameOf,
  heardBy,
  namesHeardBy,
  phaseOf,
  pressInVain,
  SITE_KEY,
  startEmbedding,
  startOf,
  stateOf,
  uncover,
} from '../fixtures/embedding.ts';
import { greedyRequest } from '../fixtures/requests.ts';
import { openTab } from '../fixtures/tab.ts';

/** Pages of other sites, with the real partitions of a browser. One relay and one browser for all of it. */
let embedding: Embedding;
const SITES = ['a', 'b', 'granted', BLOCKED, 'strict', 'again'];
const siteEntry = (more: object = {}) => ({
  key: SITE_KEY,
  origins: SITES.map((name) => embedding.originOf(name)),
  ...more,
});

test.beforeAll(async () => {
  embedding = await startEmbedding();
  await embedding.listSites([siteEntry()]);
});
test.afterAll(() => embedding.dispose());
test.afterEach(async () => {
  for (const page of embedding.context.pages()) await page.close();
});

test('nothing is fetched or computed before the press, and taking it back ends it within a second', async () => {
  const { relay, context } = embedding;
  const requests: string[] = [];
  context.on('request', (request) => requests.push(new URL(request.url()).pathname));
  const page = await embedding.open('a');
  const frame = await frameOf(page);
  await expect(startOf(frame)).toBeEnabled();
  await expect(frame.getByTestId('embed-site')).toContainText(
    new URL(embedding.originOf('a')).host,
  );
  for (const word of ['Electricity', 'Data', 'address', 'text']) {
    await expect(frame.locator('.embed-points')).toContainText(word);
  }
  const isHeavy = (path: string) => /^\/models\/|worker/.test(path);
  expect(requests.filter(isHeavy)).toEqual([]);
  expect(page.workers()).toEqual([]);
  expect(relay.peerCount).toBe(0);

  await consent(frame);
  await expect(phaseOf(frame)).toHaveText('serving', { timeout: 60_000 });
  await expect.poll(() => relay.volunteerCount).toBe(1);
  expect(requests.filter(isHeavy).length).toBeGreaterThan(1);
  expect(await namesHeardBy(page)).toEqual(['ready', 'consented']);

  const asker = await openTab(context, { origin: relay.url, identity: 'memory' });
  await page.bringToFront();
  await asker.awaitVolunteers(relay.pipRoot, 1);
  await asker.answer(greedyRequest(relay.pipRoot, 'What is Manyhands?', { tokensMax: 4 }));
  await expect.poll(() => namesHeardBy(page)).toContain('served');
  const served = (await heardBy(page)).find(({ name }) => name === 'served');
  expect(Object.keys(served?.detail as object).sort()).toEqual(['texts', 'tokens']);

  await cover(page);
  await expect(phaseOf(frame)).toHaveText('paused');
  await expect(frame.getByTestId('embed-sentence')).toContainText('covered or out of view');
  await expect.poll(() => relay.volunteerCount).toBe(0);
  await uncover(page);
  await expect(phaseOf(frame)).toHaveText('serving');
  await expect.poll(() => relay.volunteerCount).toBe(1);

  await frame.getByTestId('embed-revoke').click();
  const pressedMs = performance.now();
  await expect.poll(() => relay.volunteerCount, { intervals: [5] }).toBe(0);
  await expect.poll(() => engineWorkers(page).length, { intervals: [5] }).toBe(0);
  expect(performance.now() - pressedMs).toBeLessThan(1_000);
  await expect.poll(() => namesHeardBy(page)).toContain('stopped');
  await expect(startOf(frame)).toBeVisible();
});

test('a page cannot make it look as if the frame was seen', async () => {
  const page = await embedding.open('a');
  const frame = await frameOf(page);
  await expect(startOf(frame)).toBeEnabled();
  const widget = page.locator('manyhands-widget');
  const style = (css: string) =>
    widget.evaluate((each, text) => each.setAttribute('style', text), css);
  const press = async () => {
    const outside = await widget.evaluate((each: HTMLElement) => {
      const { left, top, width } = each.getBoundingClientRect();
      return { left, top, scale: width / each.offsetWidth };
    });
    const inside = await startOf(frame).evaluate((button) => {
      const { left, top, width, height } = button.getBoundingClientRect();
      return { x: left + width / 2, y: top + height / 2 };
    });
    const { left, top, scale } = outside;
    await page.mouse.click(left + inside.x * scale, top + inside.y * scale);
  };
  const unseen = /covers this frame/;

  // A corner is enough, and what lies over it lets presses through.
  await cover(page);
  await pressInVain(page, frame, unseen, press);
  await uncover(page);
  await style('opacity:0.01');
  await pressInVain(page, frame, unseen, press);
  await style('transform:scale(0.5);transform-origin:0 0');
  await pressInVain(page, frame, unseen, press);
  await style('filter:blur(1px)');
  await pressInVain(page, frame, unseen, press);
  await style('width:200px;height:700px');
  await pressInVain(page, frame, /too small/, () => startOf(frame).click({ timeout: 1_000 }));
  expect(await namesHeardBy(page)).toEqual(['ready']);
});

test('a frame that jumps under the pointer gets no consent', async () => {
  const page = await embedding.open('a');
  const frame = await frameOf(page);
  await expect(startOf(frame)).toBeEnabled();
  const widget = page.locator('manyhands-widget');
  await widget.evaluate((each) => {
    each.style.cssText = 'position:absolute;left:0;top:0;width:420px;height:760px';
  });
  await expect(startOf(frame)).toBeInViewport({ ratio: 1 });
  const box = await startOf(frame).boundingBox();
  // Beside the frame, which then comes, and goes on a little.
  await page.mouse.move((box?.x ?? 0) + 440, (box?.y ?? 0) + 20);
  for (const left of ['425px', '440px']) {
    await widget.evaluate((each, to) => {
      each.style.left = to;
    }, left);
    await pressInVain(page, frame, /did not count/, async () => {
      await page.mouse.down();
      await page.mouse.up();
    });
  }
  // And where nothing moves any more, the same press counts.
  await consent(frame);
  expect(await stateOf(page)).toBe('consented');
});

test('a page that shows nothing but the button gets no consent', async () => {
  const page = await embedding.open('a', { mainStyle: 'height:80px;overflow:hidden' });
  const frame = await frameOf(page);
  const top = await startOf(frame).evaluate((button) => button.getBoundingClientRect().top);
  const hole = page.locator('main');
  await hole.evaluate((main, to) => main.scrollTo(0, to), top - 12);
  const press = () => startOf(frame).click({ timeout: 1_000 });
  await pressInVain(page, frame, /not been in view/, press);
});

test('a page can neither start, read nor restyle what is inside, but it can stop it', async () => {
  const page = await embedding.open('a', { attributes: `key="${SITE_KEY}" mode="both"` });
  const frame = await frameOf(page);
  await frame.getByTestId('embed-tab-contribute').click();
  await expect(startOf(frame)).toBeEnabled();
  const reached = await page.evaluate(() => {
    const widget = document.querySelector('manyhands-widget');
    const inside = Reflect.get(window, 'inside') as Window | undefined;
    const byIndex = String(window.frames[0]);
    const tryTo = (read: () => unknown) => {
      try {
        return String(read());
      } catch (error) {
        return (error as Error).name;
      }
    };
    const wishes = { mode: 'contribute', theme: 'dark', lang: 'en', model: null };
    for (const message of [
      { manyhands: 1, type: 'start' },
      { manyhands: 1, type: 'consented' },
      { manyhands: 1, type: 'configure', ...wishes, autostart: true },
      { manyhands: 1, type: 'configure', ...wishes, style: 'body{display:none}' },
      { manyhandsConfirm: '', isYes: true, isRemembered: true },
    ]) {
      inside?.postMessage(message, '*');
    }
    return {
      byIndex,
      root: String(widget?.shadowRoot),
      document: tryTo(() => inside?.document.body.textContent),
      start: typeof Reflect.get(widget ?? {}, 'start'),
      click: tryTo(() => (widget as unknown as { click(): void }).click()),
    };
  });
  expect(reached).toEqual({
    byIndex: 'undefined',
    root: 'null',
    document: 'SecurityError',
    start: 'undefined',
    click: 'undefined',
  });
  // Light and dark it may choose; the messages above arrived before this one.
  await page.locator('manyhands-widget').evaluate((each) => each.setAttribute('theme', 'dark'));
  await expect(frame.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(startOf(frame)).toBeVisible();
  expect(await stateOf(page)).toBe('ready');
  expect(await namesHeardBy(page)).toEqual(['ready']);

  await consent(frame);
  await page.evaluate(() => document.querySelector<ManyhandsWidget>('manyhands-widget')?.stop());
  await expect(startOf(frame)).toBeVisible();
  await expect.poll(() => namesHeardBy(page)).toEqual(['ready', 'consented', 'stopped']);
});

test('pages with strict policies and isolated ones can show it', async () => {
  const { url } = embedding.relay;
  const policy = `default-src 'none'; script-src ${url}; frame-src ${url}`;
  const trusted = "require-trusted-types-for 'script'; trusted-types 'none'";
  const hosts = [
    { 'Content-Security-Policy': `${policy}; ${trusted}` },
    {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    },
  ];
  for (const headers of hosts) {
    const page = await embedding.open('strict', { headers });
    const violations: string[] = [];
    page.on('console', (message) => {
      if (/policy|trusted/i.test(message.text())) violations.push(message.text());
    });
    const frame = await frameOf(page);
    const isIsolated = await page.evaluate(() => crossOriginIsolated);
    expect(isIsolated).toBe('Cross-Origin-Opener-Policy' in headers);
    // Only an isolated page changes what a frame may load: its workers' scripts.
    expect(violations).toEqual([]);
    if (!isIsolated) continue;
    await consent(frame);
    await expect(phaseOf(frame)).toHaveText(/choosing|loading|serving/, { timeout: 20_000 });
  }
});

test('what cannot work says why', async () => {
  const { url } = embedding.relay;
  const cases = [
    { name: 'a', page: { relay: 'relay.example' }, says: /https:\/\/relay\.example/ },
    { name: 'a', page: { attributes: 'key="No Key"' }, says: /key/ },
    {
      name: 'a',
      page: { headers: { 'Content-Security-Policy': `script-src ${url}; frame-src 'none'` } },
      says: /frame-src/,
    },
    { name: PLAIN_HTTP_HOST, page: {}, says: /https/ },
    { name: 'unlisted', page: {}, says: /may not allow this site/ },
  ];
  const pages = await Promise.all(
    cases.map(async ({ name, page, says }) => ({ opened: await embedding.open(name, page), says })),
  );
  for (const { opened, says } of pages) {
    await expect.poll(() => stateOf(opened)).toBe('failed');
    const [failed] = await heardBy(opened);
    expect(failed).toMatchObject({
      name: 'failed',
      detail: { message: expect.stringMatching(says) },
    });
    expect((await opened.locator('manyhands-widget').boundingBox())?.height).toBeGreaterThan(60);
  }
});

test('a consent that is remembered counts on this site alone, and until it is taken back', async () => {
  const page = await embedding.open('again');
  const first = await frameOf(page);
  await first.getByTestId('embed-remember').check();
  await consent(first);
  await page.reload();
  const second = await frameOf(page);
  await expect(phaseOf(second)).toBeVisible();
  expect(await namesHeardBy(page)).toContain('consented');

  const other = await embedding.open('b');
  const elsewhere = await frameOf(other);
  await expect(elsewhere.getByTestId('embed-remember')).not.toBeChecked();
  await expect(startOf(elsewhere)).toBeEnabled();

  await page.bringToFront();
  await second.getByTestId('embed-revoke').click();
  await expect(startOf(second)).toBeVisible();
  await page.reload();
  const third = await frameOf(page);
  await expect(third.getByTestId('embed-remember')).toBeVisible();
  expect(await namesHeardBy(page)).not.toContain('consented');
});

test('storage that is blocked, partitioned or granted', async () => {
  const { relay, context } = embedding;
  const idOf = async (frame: Frame, testId: string) => {
    await expect(frame.getByTestId(testId)).toHaveAttribute('data-peer-id', /./);
    return (await frame.getByTestId(testId).getAttribute('data-peer-id'))?.split('.')[0];
  };
  const chatOn = async (name: string) => {
    const page = await embedding.open(name, { attributes: `key="${SITE_KEY}" mode="chat"` });
    return { page, frame: await frameOf(page) };
  };
  const blocked = await embedding.open(BLOCKED);
  const asked = await frameOf(blocked);
  await expect(asked.getByTestId('embed-storage')).toHaveAttribute('data-state', 'blocked');
  await expect(asked.getByTestId('embed-remember')).toHaveCount(0);
  await consent(asked);
  await expect(phaseOf(asked)).toHaveText(/loading|serving/, { timeout: 20_000 });
  await blocked.reload();
  await expect(startOf(await frameOf(blocked))).toBeVisible();

  const [a, b] = [await chatOn('a'), await chatOn('b')];
  const idOnA = await idOf(a.frame, 'embed-identity');
  expect(await idOf(b.frame, 'embed-identity')).not.toBe(idOnA);
  await a.page.reload();
  a.frame = await frameOf(a.page);
  expect(await idOf(a.frame, 'embed-identity')).toBe(idOnA);

  // The visitor knows the operator's site, and takes the identity from there along.
  const own = await context.newPage();
  await own.goto(`${relay.url}/#/contribute`);
  const granted = await embedding.open('granted');
  let frame = await frameOf(granted);
  await frame.getByTestId('embed-use-identity').click();
  await expect(frame.getByTestId('embed-storage')).toHaveAttribute('data-state', 'granted');
  await frame.getByTestId('embed-remember').check();
  await consent(frame);
  const shared = await idOf(frame, 'embed-storage');
  expect(shared).not.toBe(idOnA);
  await granted.reload();
  frame = await frameOf(granted);
  await expect(phaseOf(frame)).toBeVisible();
  expect(await idOf(frame, 'embed-storage')).toBe(shared);

  // There the site is listed, and taking it back stops the frame here.
  await own.reload();
  await own.getByTestId('embed-sites').getByRole('button').click();
  const isTold = () => namesHeardBy(granted);
  await expect.poll(isTold, { intervals: [20], timeout: 3_000 }).toContain('stopped');
});

test('a site has so many helpers, and a key that is withdrawn ends what it began', async () => {
  const { relay } = embedding;
  await embedding.listSites([siteEntry({ volunteersMax: 0 })]);
  const full = await embedding.open('a');
  const refused = await frameOf(full);
  await consent(refused);
  await expect(refused.getByTestId('error-notice')).toHaveAttribute('data-code', 'embed-full');
  // What was begun ends with the refusal; that it did is heard a moment later.
  await expect.poll(() => engineWorkers(full)).toEqual([]);
  await embedding.listSites([siteEntry()]);
  const page = await embedding.open('b');
  const frame = await frameOf(page);
  await consent(frame);
  await expect.poll(() => relay.peerCount).toBe(2);
  await embedding.listSites([siteEntry({ isRevoked: true })]);
  const notice = frame.locator('[data-testid="error-notice"][data-code="embed-refused"]').first();
  await expect(notice).toBeVisible();
  await expect.poll(() => namesHeardBy(page)).toEqual(['ready', 'consented', 'stopped']);
  await expect.poll(() => relay.peerCount).toBe(0);
  await embedding.listSites([siteEntry()]);
});

test('where a browser cannot tell what is seen, a window of the operator asks', async () => {
  const page = await embedding.open('a');
  await page.addInitScript(() => {
    Reflect.deleteProperty(IntersectionObserverEntry.prototype, 'isVisible');
  });
  await page.reload();
  const frame = await frameOf(page);
  await startOf(frame).hover();
  const opened = page.waitForEvent('popup');
  await expect(async () => {
    await startOf(frame).click({ timeout: 1_000 });
    await expect.poll(() => embedding.context.pages().length, { timeout: 600 }).toBe(2);
  }).toPass({ intervals: [100] });
  expect(await stateOf(page)).toBe('ready');
  const question = await opened;
  await expect(question.locator('h1')).toContainText(new URL(embedding.originOf('a')).host);
  expect(await question.evaluate(() => location.origin)).toBe(embedding.relay.url);
  // It closes under the click.
  await question
    .getByTestId('confirm-yes')
    .click()
    .catch(() => expect(question.isClosed()).toBe(true));
  await expect(phaseOf(frame)).toBeVisible();
  expect(await stateOf(page)).toBe('consented');
});
