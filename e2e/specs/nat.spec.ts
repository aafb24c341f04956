import { startRelay } from '../fixtures/relay.ts';
import { openPage } from '../fixtures/site.ts';
import { type Mapping, startStunServers } from '../fixtures/stun-servers.ts';
import { expect, test } from '../fixtures/test.ts';

const seenAt =
  (port: number): Mapping =>
  () => ({ address: '203.0.113.7', port });
const silent: Mapping = () => undefined;

test('the preflight tells how the router treats tabs, and what to do about it', async ({
  newContext,
}) => {
  const servers = await startStunServers();
  const relay = await startRelay({ iceServers: servers.urls.map((urls) => ({ urls })) });
  try {
    const page = await (await newContext()).newPage();
    await openPage(page, relay.url, 'contribute');
    await page.getByTestId('preflight').locator('summary').click();
    const router = page.locator('[data-testid="check"][data-check="nat"]');
    await expect(router).toContainText('asked of the relay’s STUN servers when you want it');
    const check = async (...mappings: readonly [Mapping, Mapping]): Promise<void> => {
      servers.say(...mappings);
      await page.getByTestId('preflight-run').click();
      await expect(page.getByTestId('preflight-run')).toBeDisabled();
      await expect(page.getByTestId('preflight-run')).toBeEnabled({ timeout: 20_000 });
    };

    // One port for everybody.
    await check(seenAt(40_000), seenAt(40_000));
    await expect(router).toHaveAttribute('data-level', 'ok');
    await expect(router).toContainText('lets tabs elsewhere reach this one');
    // No router: the servers see what the device has.
    await check(
      (from) => from,
      (from) => from,
    );
    await expect(router).toHaveAttribute('data-level', 'ok');

    // A port for each.
    await check(seenAt(40_000), seenAt(40_001));
    await expect(router).toHaveAttribute('data-level', 'warning');
    await expect(router).toContainText('symmetric NAT');
    await expect(router.locator('.check-remedy')).toContainText('Another network helps');

    // A network that lets no UDP through.
    await check(silent, silent);
    await expect(router).toHaveAttribute('data-level', 'warning');
    await expect(router).toContainText('seems to block UDP');
    await expect(router.locator('.check-remedy')).toContainText('Try another network');
  } finally {
    await relay.stop();
    await servers.stop();
  }
});
