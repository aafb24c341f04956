import { type Manifest, verifyManifest } from '@manyhands/model/manifest';
import { stageBytes } from '@manyhands/model/stage-tensors';
import { greedyRequest, THIRDS, WHOLE } from '../fixtures/requests.ts';
import { contribute, expectNotice, openPage } from '../fixtures/site.ts';
import { expect, type Page, test } from '../fixtures/test.ts';

const MODEL_FILE = /\/model\.gguf$/;
const MANIFEST = /\/manifest\.json$/;

test('a second visit takes no weights from the network', async ({ wire, newContext }) => {
  const context = await newContext();
  const first = await context.newPage();
  await openPage(first, wire.origin, 'contribute');
  await contribute(first);
  const firstBytes = wire.bodyBytes(MODEL_FILE);
  expect(firstBytes).toBeGreaterThan(1_000_000);
  await first.close();

  const second = await context.newPage();
  await forgetHttpCache(second);
  await openPage(second, wire.origin, 'contribute');
  await contribute(second);
  expect(wire.bodyBytes(MODEL_FILE)).toBe(firstBytes);
});

test('a damaged piece in the cache is fetched again and nothing else', async ({
  relay,
  wire,
  newContext,
  newTab,
}) => {
  const context = await newContext();
  const open = () => newTab({ context, origin: wire.origin, identity: 'profile' });
  const requester = await newTab();
  const before = await open();
  await before.volunteer(relay.pipRoot, WHOLE);
  await requester.awaitVolunteers(relay.pipRoot, 1);
  const request = greedyRequest(relay.pipRoot, 'Who are you?');
  const expected = await requester.answer(request);
  expect(expected.error).toBeUndefined();
  await before.stopVolunteering();
  const damaged = await before.page.evaluate(damagePiece, relay.pipRoot);
  expect(damaged.bytes).toBeGreaterThan(100_000);
  await before.page.close();

  const after = await open();
  await forgetHttpCache(after.page);
  const networkBytes = wire.bodyBytes(MODEL_FILE);
  await after.volunteer(relay.pipRoot, WHOLE);
  expect((await after.volunteerState()).progress?.repairedPieces).toBe(1);
  expect(wire.bodyBytes(MODEL_FILE) - networkBytes).toBe(damaged.bytes);
  await requester.awaitVolunteers(relay.pipRoot, 1);
  expect((await requester.answer(request)).tokenIds).toEqual(expected.tokenIds);
  await after.stopVolunteering();

  // The repaired piece was kept.
  const again = await open();
  await forgetHttpCache(again.page);
  await again.volunteer(relay.pipRoot, WHOLE);
  expect((await again.volunteerState()).progress?.repairedPieces).toBe(0);
  expect(wire.bodyBytes(MODEL_FILE) - networkBytes).toBe(damaged.bytes);
});

test('a corrupted file on the server is refused with its remedy', async ({
  wire,
  relay,
  newContext,
}) => {
  wire.tamper = (path, body, offset) => {
    if (!MODEL_FILE.test(path)) return body;
    // One bit in each mebibyte of the file.
    for (let index = 0; index < body.length; index += 1) {
      if ((offset + index) % 1_048_576 === 777_777) body[index] = (body[index] ?? 0) ^ 1;
    }
    return body;
  };
  const page = await (await newContext()).newPage();
  await openPage(page, wire.origin, 'contribute');
  await page.getByTestId('contribute-start').click();
  const notice = await expectNotice(page, 'hash-mismatch');
  await expect(notice).toContainText('not the real one');
  await expect(page.getByTestId('volunteer-phase')).toHaveText('failed');
  expect(relay.volunteerCount).toBe(0);

  // The operator repairs the file; the person tries again.
  wire.tamper = undefined;
  await notice.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByTestId('volunteer-phase')).toHaveText('serving', { timeout: 60_000 });
});

test('a manifest of another model is refused', async ({ wire, relay, newContext }) => {
  wire.tamper = (path, body) =>
    MANIFEST.test(path) ? Buffer.from(String(body).replace(/[0-9a-f]{64}/, '0'.repeat(64))) : body;
  const page = await (await newContext()).newPage();
  await openPage(page, wire.origin, 'contribute');
  await page.getByTestId('contribute-start').click();
  await expectNotice(page, 'hash-mismatch');
  expect(wire.bodyBytes(MODEL_FILE)).toBe(0);
  expect(relay.volunteerCount).toBe(0);
});

test('a stage downloads its own tensors and hardly anything more', async ({
  wire,
  relay,
  newTab,
}) => {
  const manifest = await readManifest(relay.url, relay.pipRoot);
  for (const range of THIRDS) {
    const before = wire.bodyBytes(MODEL_FILE);
    const tab = await newTab({ origin: wire.origin });
    await tab.volunteer(relay.pipRoot, range);
    const downloaded = wire.bodyBytes(MODEL_FILE) - before;
    const own = stageBytes(manifest.config, manifest.tensors, range);
    expect(downloaded).toBeGreaterThanOrEqual(own);
    expect(downloaded).toBeLessThanOrEqual(own * 1.1);
    await tab.page.context().close();
  }
  const parts = THIRDS.map((range) => stageBytes(manifest.config, manifest.tensors, range));
  expect(Math.max(...parts)).toBeLessThan(manifest.fileBytes * 0.6);
});

async function readManifest(origin: string, modelRoot: string): Promise<Manifest> {
  const response = await fetch(`${origin}/models/${modelRoot}/manifest.json`);
  return verifyManifest(await response.json(), modelRoot);
}

/** Answers the relay marks as immutable would come from there and prove nothing about OPFS. */
async function forgetHttpCache(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.clearBrowserCache');
  await session.detach();
}

/** Runs in the page: flips a bit in the largest cached piece. */
async function damagePiece(modelRoot: string): Promise<{ bytes: number }> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle('manyhands-weights');
  const directory = await folder.getDirectoryHandle(modelRoot);
  let largest: { handle: FileSystemFileHandle; bytes: number } | undefined;
  for await (const handle of directory.values()) {
    if (!handle.name.endsWith('.piece')) continue;
    const file = handle as FileSystemFileHandle;
    const bytes = (await file.getFile()).size;
    if (bytes > (largest?.bytes ?? 0)) largest = { handle: file, bytes };
  }
  if (largest === undefined) throw new Error('Nothing is cached.');
  const content = new Uint8Array(await (await largest.handle.getFile()).arrayBuffer());
  content[1_000] = (content[1_000] ?? 0) ^ 1;
  const stream = await largest.handle.createWritable();
  await stream.write(content);
  await stream.close();
  return { bytes: largest.bytes };
}
