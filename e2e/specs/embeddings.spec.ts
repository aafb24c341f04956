import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { contribute, expectNotice, openLimits, openPage } from '../fixtures/site.ts';
import type { Tab } from '../fixtures/tab.ts';
import { expect, type Page, test } from '../fixtures/test.ts';
import {
  differenceFrom,
  TINY_DIMENSION,
  TINY_TOKENS_MAX,
  tinyRoot,
  writeTinyEmbedding,
} from '../fixtures/tiny-embedding.ts';

const file = writeTinyEmbedding();
test.use({ relayOptions: { modelFiles: [file] } });
test.afterAll(() => rmSync(dirname(file), { recursive: true }));

const TEXTS = ['Many hands make light work.', 'A cat', 'Paris is the capital of France.'];
/** f32 against double precision. */
const TOLERANCE = 2e-6;

function embeddingWorkers(page: Page): string[] {
  return page
    .workers()
    .map((worker) => worker.url())
    .filter((url) => url.includes('embedding-worker'));
}

async function chooseTiny(page: Page): Promise<void> {
  await openLimits(page);
  const select = page.getByTestId('contribute-model');
  await expect(select.locator('option', { hasText: 'Tiny embedding' })).toContainText('embeddings');
  await select.selectOption('tiny-embedding');
}

test('a tab that chose an embedding model serves it, and nothing is fetched before its consent', async ({
  relay,
  wire,
  newContext,
  newTab,
}) => {
  const page = await (await newContext()).newPage();
  await openPage(page, wire.origin, 'contribute');
  await chooseTiny(page);
  const fetched = (path: RegExp) => wire.requests.filter((each) => path.test(each.path)).length;
  await expect.poll(() => relay.peerCount).toBe(1);
  expect(embeddingWorkers(page)).toEqual([]);
  expect(fetched(/^\/models\/|ort[-.]|\.wasm$/)).toBe(0);

  await contribute(page);
  expect(embeddingWorkers(page)).toHaveLength(1);
  // The worker of stages is gone, and so is its GPU device.
  expect(page.workers().filter((each) => each.url().includes('engine-worker'))).toEqual([]);
  expect(fetched(/\/model\.onnx$/)).toBeGreaterThan(0);
  expect(fetched(/\/tokenizer\.json$/)).toBeGreaterThan(0);
  await expect(page.locator('.holding')).toContainText('the whole model, for embeddings');
  await expect(page.locator('.contribution')).toContainText(/Computed by the (processor|GPU)/);

  const requester = await newTab();
  const { vectors, dimension, provenance } = await requester.embed(TEXTS, {
    modelRoot: tinyRoot(relay),
  });
  expect(dimension).toBe(TINY_DIMENSION);
  for (const [index, text] of TEXTS.entries()) {
    expect(differenceFrom(text, vectors[index] ?? []), text).toBeLessThan(TOLERANCE);
  }
  expect(provenance).toHaveLength(1);
  expect(provenance[0]).toMatchObject({ isDirect: true, failedPeerIds: [], endText: 3 });
  await expect(page.getByTestId('texts-served')).toHaveAttribute('data-value', '3');

  const watcher = await (await newContext()).newPage();
  await openPage(watcher, relay.url, 'network');
  const model = watcher.getByTestId('network-model');
  await expect(model).toContainText('embeddings');
  await expect(model).toContainText('1 volunteer');
  // Nothing that could answer a question is here.
  await openPage(watcher, relay.url, 'chat');
  await expect(watcher.getByTestId('model-picker')).not.toContainText('Tiny embedding');

  await page.getByTestId('contribute-stop').click();
  await expect.poll(() => relay.volunteerCount, { intervals: [5] }).toBe(0);
  await expect.poll(() => embeddingWorkers(page)).toEqual([]);
  // No text ever passed the relay.
  const traffic = wire.traffic.map(({ text }) => text).join('\n');
  for (const text of TEXTS) expect(traffic).not.toContain(text);
});

test('a second visit takes the model from the cache', async ({ wire, newContext, relay }) => {
  const context = await newContext();
  for (const visit of [1, 2]) {
    const page = await context.newPage();
    await openPage(page, wire.origin, 'contribute');
    await chooseTiny(page);
    await contribute(page);
    const requests = wire.requests.filter(({ path }) => /model\.onnx$|tokenizer/.test(path));
    expect(
      requests.map(({ status }) => status),
      `visit ${visit}`,
    ).toEqual([206, 206]);
    await page.close();
    await expect.poll(() => relay.volunteerCount).toBe(0);
  }
});

test('a changed byte of the model or of its tokenizer never reaches the runtime', async ({
  wire,
  newContext,
}) => {
  for (const pattern of [/\/model\.onnx$/, /\/tokenizer\.json$/]) {
    wire.tamper = (path, body) => {
      if (pattern.test(path)) body[1_000] = (body[1_000] ?? 0) ^ 1;
      return body;
    };
    const page = await (await newContext()).newPage();
    await openPage(page, wire.origin, 'contribute');
    await chooseTiny(page);
    await page.getByTestId('contribute-start').click();
    await expectNotice(page, 'hash-mismatch');
    expect(embeddingWorkers(page)).toEqual([]);
    await page.close();
  }
  expect(wire.requests.filter(({ path }) => /\.wasm$/.test(path))).toEqual([]);
});

test('vectors survive a volunteer that is lost in their middle', async ({ relay, newTab }) => {
  test.setTimeout(150_000);
  const modelRoot = tinyRoot(relay);
  const requester = await newTab();
  const [first, second] = await Promise.all([newTab(), newTab()]);
  // Slow, so that there is a middle.
  await first.volunteerWhole(modelRoot, { gpuShare: 0.2 });
  await requester.awaitVolunteers(modelRoot, 1);
  const texts = Array.from({ length: 640 }, (_, index) => `hands ${index} and the work they share`);
  const served = async (tab: Tab) => (await tab.volunteerState()).textsServed ?? 0;

  const call = requester.embed(texts, { modelRoot });
  call.catch(() => undefined);
  await expect.poll(() => served(first), { intervals: [20] }).toBeGreaterThan(0);
  // Nobody else is there yet, so whatever is not answered was asked of this one.
  expect(await served(first)).toBeLessThan(texts.length);
  await first.page.close();
  await second.volunteerWhole(modelRoot);
  const { vectors, provenance } = await call;
  expect(vectors).toHaveLength(texts.length);
  for (const index of [0, 31, 32, 333, 639]) {
    const text = texts[index] ?? '';
    expect(differenceFrom(text, vectors[index] ?? []), text).toBeLessThan(TOLERANCE);
  }
  expect(new Set(provenance.map(({ peerId }) => peerId))).toContain(second.peerId);
  expect(provenance.some((each) => each.failedPeerIds.includes(first.peerId))).toBe(true);
});

test('a volunteer whose GPU is taken away goes on with its processor', async ({
  relay,
  newTab,
  browser,
}) => {
  const modelRoot = tinyRoot(relay);
  const [volunteer, requester] = await Promise.all([newTab(), newTab()]);
  await volunteer.volunteerWhole(modelRoot, { backend: 'webgpu' });
  await requester.awaitVolunteers(modelRoot, 1);
  const before = await requester.embed(TEXTS, { modelRoot });
  expect(before.provenance[0]?.numericClass).toBe('onnx-webgpu');

  const session = await browser.newBrowserCDPSession();
  session.send('Browser.crashGpuProcess').catch(() => undefined);
  const standing = async () => {
    const { phase, numericClass } = await volunteer.volunteerState();
    return `${phase} ${numericClass}`;
  };
  await expect.poll(standing, { timeout: 30_000 }).toBe('serving onnx-wasm');
  expect((await volunteer.volunteerState()).setback?.code).toBe('gpu-gone');
  const after = await requester.embed(TEXTS, { modelRoot });
  expect(after.provenance[0]?.numericClass).toBe('onnx-wasm');
  for (const [index, text] of TEXTS.entries()) {
    expect(differenceFrom(text, before.vectors[index] ?? []), text).toBeLessThan(TOLERANCE);
    expect(differenceFrom(text, after.vectors[index] ?? []), text).toBeLessThan(TOLERANCE);
  }
});

test('texts that are too long, too many or empty are refused with a code', async ({
  relay,
  newTab,
}) => {
  const modelRoot = tinyRoot(relay);
  const [volunteer, requester] = await Promise.all([newTab(), newTab()]);
  const codeOf = (texts: string[]) =>
    requester.embed(texts, { modelRoot }).then(
      () => 'no error',
      ({ code }) => code,
    );
  expect(await codeOf(TEXTS)).toBe('no-volunteers');
  await volunteer.volunteerWhole(modelRoot);
  await requester.awaitVolunteers(modelRoot, 1);
  expect(await codeOf(TEXTS)).toBe('no error');
  expect(await codeOf(['word '.repeat(TINY_TOKENS_MAX)])).toBe('text-too-long');
  expect(await codeOf(['x'.repeat(20_000)])).toBe('text-too-long');
  expect(await codeOf(new Array(3_000).fill('a'))).toBe('too-many-texts');
  expect(await codeOf(['a', ''])).toBe('no-texts');
  expect((await volunteer.volunteerState()).phase).toBe('serving');
  expect(await codeOf(TEXTS)).toBe('no error');
});
