import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ChatCompletion } from '@manyhands/sdk';
import { buildPage } from '../fixtures/build-page.ts';
import { type OtherSite, startOtherSite } from '../fixtures/other-site.ts';
import { repositoryRoot } from '../fixtures/repository.ts';
import { PIP_BLOCK_COUNT, WHOLE } from '../fixtures/requests.ts';
import { readText } from '../fixtures/site.ts';
import { expect, type Page, test } from '../fixtures/test.ts';
import { differenceFrom, tinyRoot, writeTinyEmbedding } from '../fixtures/tiny-embedding.ts';

const file = writeTinyEmbedding();
test.use({ relayOptions: { modelFiles: [file] } });

const SDK = join(repositoryRoot, 'packages/sdk');
/** Where the examples look for a relay. */
const EXAMPLE_RELAY = 'http://localhost:8787';
/** f32 against double precision. */
const TOLERANCE = 2e-6;
const GREEDY = {
  model: 'pip-7m',
  messages: [{ role: 'user' as const, content: 'What is Manyhands?' }],
  temperature: 0,
  max_tokens: 40,
};

/** Uses up its length: seconds of a volunteer that computes a tenth of the time. */
const RAMBLING = { ...GREEDY, temperature: 9, seed: 3, max_tokens: 200 };

let places: Record<string, string>;
let site: OtherSite;

test.beforeAll(async () => {
  const [vite, react, openai] = await Promise.all([
    buildPage('packages/sdk/examples/vite'),
    buildPage('packages/sdk/examples/react'),
    buildPage('e2e/fixtures/openai-page'),
  ]);
  places = {
    '/plain/': join(SDK, 'examples/plain'),
    '/vite/': vite,
    '/react/': react,
    '/openai/': openai,
    '/manyhands-sw.js': join(SDK, 'dist/manyhands-sw.js'),
  };
});
test.beforeEach(async ({ relay }) => {
  site = await startOtherSite(places, (_, text) => text.replaceAll(EXAMPLE_RELAY, relay.url));
});
test.afterEach(() => site.close());
test.afterAll(() => rmSync(dirname(file), { recursive: true }));

async function openAiPage(page: Page, relay: string): Promise<void> {
  await page.goto(`${site.origin}/openai/?relay=${encodeURIComponent(relay)}`);
  await page.waitForFunction(() => window.openAiPage !== undefined);
}

/** Who asked, as the answer's links tell: an answer that came through the service worker. */
async function requesterOf(page: Page): Promise<string | undefined> {
  await page.waitForFunction(() => window.openAiPage !== undefined);
  await page.evaluate(() => window.openAiPage?.serve());
  return page.evaluate(async (body) => {
    const answer = await window.openAiPage?.routed?.chat.completions.create({
      ...body,
      max_tokens: 2,
    });
    const { volunteers, links } = (answer as ChatCompletion | undefined)?.manyhands ?? {};
    const served = volunteers?.map(({ peer_id: peerId }) => peerId) ?? [];
    return links?.flatMap(({ from, to }) => [from, to]).find((each) => !served.includes(each));
  }, GREEDY);
}

test('the examples answer from volunteers of a relay on another origin', async ({
  relay,
  newContext,
  newTab,
  misdeeds,
}) => {
  const volunteer = await newTab();
  await volunteer.volunteer(relay.pipRoot, WHOLE, { backend: 'wasm' });
  for (const example of ['plain', 'vite', 'react']) {
    const page = await (await newContext()).newPage();
    await page.goto(`${site.origin}/${example}/`);
    const model = page.getByLabel('Model');
    if (example === 'vite') await expect(model.locator('option')).toHaveText(['Pip 7M']);
    await page.getByLabel('Question').fill('What is Manyhands?');
    await page.getByRole('button', { name: 'Ask' }).click();
    const output = page.locator('output');
    await expect(output, example).toHaveAttribute('data-state', 'done');
    expect((await readText(output)).length, example).toBeGreaterThan(20);
    // Nothing that could compute, and no worker of the relay's origin.
    const workers = page.workers().map((each) => each.url());
    expect(workers.length).toBeGreaterThan(0);
    expect(workers.filter((url) => !url.startsWith(`blob:${site.origin}/`))).toEqual([]);
  }

  // A page whose policy forbids workers does their work itself.
  const { rewrite } = site;
  const policy = `<meta http-equiv="Content-Security-Policy" content="worker-src 'none'">`;
  site.rewrite = (path, text) => rewrite(path, text).replace('<head>', `<head>${policy}`);
  const page = await (await newContext()).newPage();
  await page.goto(`${site.origin}/plain/`);
  await page.getByRole('button', { name: 'Ask' }).click();
  await expect(page.locator('output')).toHaveAttribute('data-state', 'done');
  expect(page.workers()).toEqual([]);
  // The attempts are what it was provoked to.
  for (const misdeed of misdeeds) if (misdeed.includes('worker-src')) misdeeds.delete(misdeed);
});

test('OpenAI’s client streams and embeds through the service worker', async ({
  relay,
  newContext,
  newTab,
}) => {
  const [volunteer, embedder] = await Promise.all([newTab(), newTab()]);
  await Promise.all([
    volunteer.volunteer(relay.pipRoot, WHOLE, { backend: 'wasm' }),
    embedder.volunteerWhole(tinyRoot(relay)),
  ]);
  const context = await newContext();
  const page = await context.newPage();
  await openAiPage(page, relay.url);

  // A first visit is not controlled by a worker, and asks with `fetch` from the first moment on.
  const first = await page.evaluate(async (body) => {
    const { direct } = window.openAiPage ?? {};
    const { controller } = navigator.serviceWorker;
    const answer = await direct?.chat.completions.create({
      ...body,
      logprobs: true,
      top_logprobs: 3,
    });
    return { isControlled: controller !== null, answer };
  }, GREEDY);
  expect(first.isControlled).toBe(false);
  const whole = first.answer;
  expect(whole).toMatchObject({
    object: 'chat.completion',
    system_fingerprint: `fp_${relay.pipRoot.slice(0, 12)}`,
    manyhands: {
      model_root: relay.pipRoot,
      volunteers: [{ peer_id: volunteer.peerId, first_block: 0, end_block: PIP_BLOCK_COUNT }],
      repairs: 0,
    },
  });
  const text = whole?.choices[0]?.message.content ?? '';
  expect(text.length).toBeGreaterThan(20);
  expect(whole?.usage?.total_tokens).toBeGreaterThan(whole?.usage?.completion_tokens ?? 0);
  const tokens = whole?.choices[0]?.logprobs?.content ?? [];
  // Greedy: each token is the likeliest one of its position.
  expect(
    tokens
      .map(({ token }) => token)
      .join('')
      .trim(),
  ).toContain(text.trim().slice(0, 20));
  for (const { token, logprob, top_logprobs: top } of tokens) {
    expect(top.map((each) => each.token)[0]).toBe(token);
    expect(top.map((each) => each.logprob)).toEqual(
      top.map((each) => each.logprob).sort((a, b) => b - a),
    );
    expect(logprob).toBeLessThanOrEqual(0);
  }

  // Now the worker, which takes the page over that was loaded before it.
  await page.evaluate(() => window.openAiPage?.serve());
  const streamed = await page.evaluate(async (body) => {
    const { routed, serving } = window.openAiPage ?? {};
    const stream = await routed?.chat.completions.create({
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream ?? []) chunks.push(chunk);
    return { chunks, baseURL: serving?.baseURL };
  }, GREEDY);
  expect(streamed.baseURL).toBe(`${site.origin}/v1`);
  const { chunks } = streamed;
  expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(text);
  expect(chunks.length).toBeGreaterThan(10);
  expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant');
  expect(chunks.at(-2)?.choices[0]?.finish_reason).toMatch(/stop|length/);
  expect(chunks.at(-1)).toMatchObject({
    choices: [],
    usage: { completion_tokens: expect.any(Number) },
  });

  const texts = ['Many hands make light work.', 'A cat'];
  const vectors = await page.evaluate(async (input) => {
    const answer = await window.openAiPage?.routed?.embeddings.create({
      model: 'tiny-embedding',
      input,
    });
    return answer?.data.map(({ embedding }) => embedding) ?? [];
  }, texts);
  // The client asked for base64 by itself, and decoded it.
  for (const [index, each] of texts.entries()) {
    expect(differenceFrom(each, vectors[index] ?? []), each).toBeLessThan(TOLERANCE);
  }
  const models = await page.evaluate(async () => {
    const ids = [];
    for await (const { id } of (await window.openAiPage?.routed?.models.list()) ?? []) ids.push(id);
    return ids;
  });
  expect(models.sort()).toEqual(['pip-7m', 'tiny-embedding']);

  // Another tab of the same person, and the same worker: each one's own connections answer it.
  const other = await context.newPage();
  await openAiPage(other, relay.url);
  const requesters = await Promise.all([page, other].map(requesterOf));
  expect(new Set(requesters).size).toBe(2);
  // A forced reload goes past the worker, which takes the page over again.
  const debug = await context.newCDPSession(other);
  await debug.send('Page.reload', { ignoreCache: true });
  await other.waitForFunction(() => document.readyState === 'complete');
  expect(await other.evaluate(() => navigator.serviceWorker.controller)).toBeNull();
  expect(await requesterOf(other)).toMatch(/./);

  const errors = await page.evaluate(async (body) => {
    const { routed } = window.openAiPage ?? {};
    const errorOf = async (change: object) => {
      try {
        await routed?.chat.completions.create({ ...body, ...change });
        return 'none';
      } catch (error) {
        const { status, code, param } = error as { status?: number; code?: string; param?: string };
        return [status, code, param];
      }
    };
    const worker = new Worker(
      URL.createObjectURL(
        new Blob([
          `fetch('${location.origin}/v1/models').then(async (r) => postMessage([r.status, (await r.json()).error.code]), (e) => postMessage([String(e)]))`,
        ]),
      ),
    );
    const fromWorker = await new Promise((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
    });
    return [
      await errorOf({ model: 'gpt-4' }),
      await errorOf({ model: 'tiny-embedding' }),
      await errorOf({ tools: [{ type: 'function', function: { name: 'f' } }] }),
      await errorOf({ temperature: 11 }),
      fromWorker,
    ];
  }, GREEDY);
  expect(errors).toEqual([
    [404, 'model-not-found', 'model'],
    [400, 'wrong-model-kind', 'model'],
    [400, 'unsupported-parameter', 'tools'],
    [400, 'bad-sampling', null],
    [503, 'page-not-serving'],
  ]);
});

test('a stream outlives an update of the worker, and one that nobody reads ends at the volunteer', async ({
  relay,
  newContext,
  newTab,
}) => {
  const volunteer = await newTab();
  // Slow enough that an answer is under way while something happens to it.
  await volunteer.volunteer(relay.pipRoot, WHOLE, { backend: 'wasm', gpuShare: 0.05 });
  const page = await (await newContext()).newPage();
  await page.exposeFunction('releaseWorker', () => {
    const { rewrite } = site;
    site.rewrite = (path, text) =>
      path === '/manyhands-sw.js' ? `${text}\n// newer` : rewrite(path, text);
  });
  await openAiPage(page, relay.url);
  await page.evaluate(() => window.openAiPage?.serve());
  const updated = await page.evaluate(async (body) => {
    const { routed, direct } = window.openAiPage ?? {};
    if (routed === undefined || direct === undefined) throw new Error('serve() comes first');
    const whole = await direct.chat.completions.create(body);
    const stream = await routed.chat.completions.create({ ...body, stream: true });
    const registration = await navigator.serviceWorker.ready;
    let text = '';
    let isWaiting = false;
    for await (const { choices } of stream) {
      text += choices[0]?.delta.content ?? '';
      if (text === '' || isWaiting) continue;
      await window.releaseWorker?.();
      const installed = new Promise((resolve) => {
        registration.onupdatefound = () => {
          const { installing } = registration;
          installing?.addEventListener('statechange', () => {
            if (installing.state === 'installed') resolve(undefined);
          });
        };
      });
      await registration.update();
      await installed;
      isWaiting = registration.waiting !== null;
    }
    return { text, whole: whole.choices[0]?.message.content, isWaiting };
  }, GREEDY);
  expect(updated.isWaiting).toBe(true);
  expect(updated.text).toBe(updated.whole);

  await expect.poll(async () => (await volunteer.volunteerState()).sessionCount).toBe(0);
  const before = (await volunteer.volunteerState()).tokensServed;
  const aborted = await page.evaluate(async (body) => {
    const stream = await window.openAiPage?.routed?.chat.completions.create({
      ...body,
      stream: true,
    });
    let count = 0;
    for await (const { choices } of stream ?? []) {
      if ((choices[0]?.delta.content ?? '') === '') continue;
      count += 1;
      if (count === 2) stream?.controller.abort();
    }
    return count;
  }, RAMBLING);
  expect(aborted).toBeLessThan(10);
  await expect.poll(async () => (await volunteer.volunteerState()).sessionCount).toBe(0);
  const { tokensServed } = await volunteer.volunteerState();
  expect(tokensServed - before).toBeLessThan(RAMBLING.max_tokens / 2);
});
