import { PLAIN_HTTP_HOST } from '../fixtures/chromium-args.ts';
import { runDoctor, startManyhands } from '../fixtures/manyhands.ts';
import { startRelay } from '../fixtures/relay.ts';
import { startStaticHost } from '../fixtures/static-host.ts';
import { expect, test } from '../fixtures/test.ts';
import { hasTurnServer, startTurnServer } from '../fixtures/turn-server.ts';

test('--lan gives a device that passed the warning a secure page with its relay', async ({
  newContext,
}) => {
  const served = await startManyhands(['--lan']);
  try {
    const page = await (await newContext({ ignoreHTTPSErrors: true })).newPage();
    // Over http this name is no secure context, as the address of a home network is none.
    await page.goto(`https://${PLAIN_HTTP_HOST}:${served.port}/#/contribute`);
    await expect(page.locator('.relay-dot')).toHaveAttribute('data-state', 'open');
    const offered = await page.evaluate(() => [isSecureContext, 'gpu' in navigator]);
    expect(offered).toEqual([true, true]);
    await expect(page.getByTestId('contribute-start')).toBeEnabled();
  } finally {
    await served.stop();
  }
});

test('the site works from a folder of a host of files, with relay and models elsewhere', async ({
  newContext,
}) => {
  const host = await startStaticHost();
  const relay = await startRelay({ origins: [host.origin] });
  try {
    const operator = { name: 'A club', contact: 'mailto:us@example.org' };
    host.setFacts({ relay: relay.url, operator });
    const page = await (await newContext()).newPage();
    await page.goto(`${host.url}#/contribute`);
    await expect(page.locator('.relay-dot')).toHaveAttribute('data-state', 'open');
    await expect(page.getByTestId('contribute-start')).toBeEnabled();
    await expect(page.getByTestId('operator')).toHaveText('Run by A club');
    await page.getByTestId('contribute-start').click();
    await expect.poll(() => relay.volunteerCount).toBe(1);
    // Its worker keeps it in this browser, words that were not loaded yet among them.
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await host.stop();
    await page.getByTestId('language').selectOption('de');
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  } finally {
    await relay.stop();
    await host.stop();
  }
});

test('the doctor tells a TURN server that takes its user names from one that does not', async () => {
  test.skip(!hasTurnServer(), 'coturn is not installed');
  const turn = await startTurnServer();
  try {
    const TURN_URLS = `${turn.url},${turn.url.replace('udp', 'tcp')}`;
    const ICE_SERVERS = JSON.stringify([{ urls: `stun:127.0.0.1:${turn.port}` }]);
    const right = { TURN_URLS, ICE_SERVERS, TURN_SECRET: turn.secret };
    const wrong = { ...right, TURN_SECRET: 'of another server' };
    const [good, bad] = await Promise.all([runDoctor(right), runDoctor(wrong)]);
    expect(good).toMatchObject({ stun: 'ok', turn: 'ok' });
    expect(bad).toMatchObject({ stun: 'ok', turn: 'problem' });
  } finally {
    await turn.stop();
  }
});
