import { contribute, openPage } from '../fixtures/site.ts';
import { expect, type Page, test } from '../fixtures/test.ts';

const MODEL_FILE = /\/model\.gguf$/;
/** Of nothing in the catalogue; used before anything else was. */
const OLD_ROOT = 'f'.repeat(64);

test('a model is deleted when no tab uses it, and then downloaded again', async ({
  wire,
  newContext,
}) => {
  const context = await newContext();
  const serving = await context.newPage();
  await openPage(serving, wire.origin, 'contribute');
  await contribute(serving);
  const firstBytes = wire.bodyBytes(MODEL_FILE);

  const page = await context.newPage();
  await openPage(page, wire.origin, 'storage');
  const model = page.getByTestId('kept-model');
  await expect(model).toContainText('Pip 7M');
  await expect(model).toContainText('Another tab uses it');
  await expect(page.getByTestId('delete-model')).toHaveCount(0);
  const usedBefore = await usedBytes(page);

  await serving.getByTestId('contribute-stop').click();
  await expect(serving.getByTestId('volunteer-phase')).toHaveText('stopped');
  await page.reload();
  await page.getByTestId('delete-model').click();
  await page.getByTestId('delete-model-confirm').click();
  await expect(page.getByTestId('storage-outcome')).toContainText('Pip 7M is deleted');
  await expect(model).toHaveCount(0);
  expect(usedBefore - (await usedBytes(page))).toBeGreaterThan(1_000_000);

  await clearHttpCache(serving);
  await contribute(serving);
  expect(wire.bodyBytes(MODEL_FILE)).toBe(2 * firstBytes);
});

test('a bound lets go of what was unused for longest before a download', async ({
  relay,
  newContext,
}) => {
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'storage');
  await page.evaluate(plantModel, OLD_ROOT);
  await page.getByTestId('keep-limit').fill('0,01');
  await page.getByTestId('keep-limit-apply').click();
  await expect(page.getByTestId('storage-outcome')).toContainText('from now on');
  const kept = page.getByTestId('kept-model');
  // It fits until something else has to.
  await expect(kept).toHaveAttribute('data-model-root', OLD_ROOT);

  await openPage(page, relay.url, 'contribute');
  await contribute(page);
  await openPage(page, relay.url, 'storage');
  await expect(kept).toHaveAttribute('data-model-root', relay.pipRoot);
});

test('deleting everything leaves nothing, in any tab', async ({ relay, newContext }) => {
  const context = await newContext();
  const other = await context.newPage();
  await openPage(other, relay.url, 'contribute');
  await contribute(other);
  const page = await context.newPage();
  await openPage(page, relay.url, 'storage');
  await expect(page.locator('[data-kept="identity"]')).toContainText('kept');
  expect((await listKept(page)).length).toBeGreaterThan(2);

  await page.getByTestId('erase-everything').click();
  await page.getByTestId('erase-confirm').click();
  await expect(page.getByTestId('erase-state')).toHaveAttribute('data-state', 'done');
  await expect(other.getByTestId('erase-state')).toHaveAttribute('data-state', 'elsewhere');
  expect([...(await listKept(page)), ...(await listKept(other))]).toEqual([]);
  await expect.poll(() => relay.peerCount).toBe(0);

  await page.getByRole('link', { name: 'Begin anew' }).click();
  await expect(page.getByRole('navigation', { name: 'Pages' })).toBeVisible();
});

async function usedBytes(page: Page): Promise<number> {
  return page.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0);
}

async function clearHttpCache(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.clearBrowserCache');
  await session.detach();
}

/** Runs in the page: 9 MB of a model that a tab used long ago. */
async function plantModel(modelRoot: string): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle('manyhands-weights', { create: true });
  const directory = await folder.getDirectoryHandle(modelRoot, { create: true });
  const write = async (name: string, content: string | Uint8Array<ArrayBuffer>) => {
    const stream = await (await directory.getFileHandle(name, { create: true })).createWritable();
    await stream.write(content);
    await stream.close();
  };
  await write('last-used', '1');
  await write('manifest.json', '{}');
  await write('0.piece', new Uint8Array(9_000_000));
}

/** Names of everything that this origin keeps in the browser. */
async function listKept(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const names: string[] = [];
    const root = await navigator.storage.getDirectory();
    for await (const name of root.keys()) names.push(`file ${name}`);
    for (const { name } of await indexedDB.databases()) names.push(`database ${name}`);
    for (const name of await caches.keys()) names.push(`cache ${name}`);
    for (const storage of [localStorage, sessionStorage]) names.push(...Object.keys(storage));
    const workers = await navigator.serviceWorker.getRegistrations();
    return [...names, ...workers.map(({ scope }) => `worker ${scope}`)];
  });
}
