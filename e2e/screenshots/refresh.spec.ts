import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '../fixtures/repository.ts';
import { greedyRequest, THIRDS, WHOLE } from '../fixtures/requests.ts';
import { ask, changeSettings, contribute, GREEDY_SETTINGS, openPage } from '../fixtures/site.ts';
import { expect, type Page, test } from '../fixtures/test.ts';

const FOLDER = join(repositoryRoot, 'docs/screenshots');
const DEVICES = {
  desktop: { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 },
  phone: {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
  },
} as const;

test('pictures of the pages, with tabs that really work', async ({ relay, newContext, newTab }) => {
  test.setTimeout(300_000);
  await mkdir(FOLDER, { recursive: true });
  const tabs = await Promise.all(THIRDS.map(() => newTab()));
  await Promise.all(tabs.map((tab, index) => tab.volunteer(relay.pipRoot, THIRDS[index] ?? WHOLE)));
  const requester = await newTab();
  await requester.awaitVolunteers(relay.pipRoot, 3);

  for (const [device, options] of Object.entries(DEVICES)) {
    const take = async (page: Page, name: string): Promise<void> => {
      await page.evaluate(() => {
        if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
        scrollTo({ top: 0, behavior: 'instant' });
      });
      await page.screenshot({
        path: join(FOLDER, `${name}-${device}.png`),
        animations: 'disabled',
      });
    };
    const helper = await (await newContext(options)).newPage();
    await openPage(helper, relay.url, 'contribute');
    await contribute(helper);
    const request = greedyRequest(relay.pipRoot, 'Is my prompt private?', { tokensMax: 40 });
    expect((await requester.answer(request)).error).toBeUndefined();
    const served = helper.getByTestId('tokens-served');
    await expect
      .poll(async () => Number(await served.getAttribute('data-value')))
      .toBeGreaterThan(20);
    await take(helper, 'contribute');

    const asker = await (await newContext(options)).newPage();
    await openPage(asker, relay.url, 'chat');
    await changeSettings(asker, { ...GREEDY_SETTINGS, stagesMin: '3' });
    await ask(asker, 'How does my prompt travel through the network?');
    await take(asker, 'chat');

    await asker.getByRole('link', { name: 'Network', exact: true }).click();
    await expect(asker.getByTestId('network-model')).toContainText('4 volunteers');
    await take(asker, 'network');
    await helper.close();

    await asker.getByRole('link', { name: 'Bench', exact: true }).click();
    await asker.getByTestId('bench-run').click();
    await expect(asker.getByTestId('bench-phase')).toHaveAttribute('data-phase', 'done', {
      timeout: 120_000,
    });
    await take(asker, 'bench');
    await expect.poll(() => relay.volunteerCount).toBe(3);
  }
});
