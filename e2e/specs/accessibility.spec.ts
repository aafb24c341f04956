import { expectAccessible } from '../fixtures/accessibility.ts';
import {
  consent,
  frameOf,
  phaseOf,
  SITE_KEY,
  startEmbedding,
  startOf,
} from '../fixtures/embedding.ts';
import { WHOLE } from '../fixtures/requests.ts';
import {
  ask,
  changeSettings,
  contribute,
  expectNotice,
  GREEDY_SETTINGS,
  openPage,
  visitPages,
} from '../fixtures/site.ts';
import { expect, test } from '../fixtures/test.ts';

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };

test('every page can be read and used by everybody, wide and narrow, light and dark', async ({
  relay,
  newContext,
  newTab,
}) => {
  // So that there is something on the page about the network.
  await (await newTab()).volunteer(relay.pipRoot, WHOLE);
  const page = await (await newContext({ viewport: DESKTOP })).newPage();
  const visited = await visitPages(page, relay.url, async (name) => {
    await page.setViewportSize(DESKTOP);
    await expectAccessible(page, `${name}, wide`);
    await page.setViewportSize(PHONE);
    await expectAccessible(page, `${name}, narrow`, ['light']);
  });
  for (const name of ['#/', '#/chat', '#/contribute', '#/network', '#/privacy']) {
    expect(visited).toContain(name);
  }
});

test('what pages show while they are used is as accessible', async ({
  relay,
  newContext,
  newTab,
}) => {
  const volunteer = await newTab();
  await volunteer.volunteer(relay.pipRoot, WHOLE);
  const page = await (await newContext({ viewport: PHONE })).newPage();
  await openPage(page, relay.url, 'chat');
  await changeSettings(page, { ...GREEDY_SETTINGS, tokensMax: '12' });
  expect((await ask(page, 'Who are you?')).finish).toMatch(/stop|length/);
  for (const details of await page.locator('details:not([open]) > summary').all()) {
    if (await details.isVisible()) await details.click();
  }
  await page.getByTestId('chat-advanced').click();
  await page.locator('#chat-temperature').fill('hot');
  await expect(page.locator('#hint-temperature')).toBeVisible();
  await expectAccessible(page, 'an answer with its details and a wrong setting');
  await page.locator('#chat-temperature').fill('0');

  await volunteer.stopVolunteering();
  await expect.poll(() => relay.volunteerCount).toBe(0);
  expect((await ask(page, 'Is anybody there?')).finish).toBe('failed');
  await expectNotice(page, 'no-volunteers');
  await expectAccessible(page, 'an answer that failed');

  await page.getByTestId('tier-circle').check({ force: true });
  await page.getByTestId('circle-name').fill('Book club');
  await expectAccessible(page, 'the dialog in which a circle is made');
  await page.getByTestId('circle-create').click();
  await expect(page.getByTestId('invite-link')).toBeVisible();
  await expectAccessible(page, 'the dialog with an invitation');
  await page.getByTestId('circle-close').click();
  await page.getByTestId('circle-open').click();
  await page.getByTestId('circle-leave').click();
  await expectAccessible(page, 'the dialog in which a circle is left');
  await page.keyboard.press('Escape');

  await page.setViewportSize(DESKTOP);
  await page.getByTestId('tier-public').check({ force: true });
  await openPage(page, relay.url, 'contribute');
  await contribute(page);
  await expectAccessible(page, 'a tab that serves');
});

test('so is the frame on pages of other sites', async () => {
  const embedding = await startEmbedding();
  try {
    await embedding.listSites([{ key: SITE_KEY, origins: [embedding.originOf('a')] }]);
    const page = await embedding.open('a', { attributes: `key="${SITE_KEY}" mode="both"` });
    const frame = await frameOf(page);
    await frame.getByTestId('embed-tab-contribute').click();
    await expect(startOf(frame)).toBeEnabled();
    await expectAccessible(frame, 'the frame that asks');
    await page.emulateMedia({ colorScheme: 'light' });
    await consent(frame);
    await expect(phaseOf(frame)).toHaveText('serving', { timeout: 60_000 });
    await expectAccessible(frame, 'the frame that serves');
    await frame.getByTestId('embed-tab-chat').click();
    await expect(frame.getByTestId('chat-input')).toBeVisible();
    await expectAccessible(frame, 'the chat in a frame');
  } finally {
    await embedding.dispose();
  }
});
