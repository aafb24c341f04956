import { certainIds, goldenCases } from '../fixtures/golden.ts';
import { type Previous, unpackPrevious } from '../fixtures/previous.ts';
import { openPrevious } from '../fixtures/previous-page.ts';
import { startRelay } from '../fixtures/relay.ts';
import { greedyRequest, WHOLE } from '../fixtures/requests.ts';
import {
  ask,
  changeSettings,
  contribute,
  expectNotice,
  GREEDY_SETTINGS,
  openPage,
  plain,
} from '../fixtures/site.ts';
import type { Tab } from '../fixtures/tab.ts';
import { expect, test } from '../fixtures/test.ts';

/** Version N talks to N-1: the real pages and the real relay of the version before, as they were built. */

const QUESTION = 'What is Manyhands?';

let previous: Previous;
test.beforeAll(async () => {
  previous = await unpackPrevious();
});
test.afterAll(() => previous.dispose());

/** What a tab of today gets, token by token; it has to be what llama.cpp answers. */
async function answerOf(tab: Tab, modelRoot: string): Promise<string> {
  let tokens = 0;
  const request = greedyRequest(modelRoot, QUESTION, { tokensMax: 256, activation: 'f16' });
  const answer = await tab.answer(request, ({ type }) => {
    if (type === 'token') tokens += 1;
  });
  expect(answer.error).toBeUndefined();
  expect(tokens).toBeGreaterThan(5);
  const golden = goldenCases('pip', 'pip-7m-q8_0.gguf')?.find(({ text }) =>
    text.includes(QUESTION),
  );
  if (golden !== undefined) {
    const ids = certainIds(golden).slice(0, answer.tokenIds.length);
    expect(answer.tokenIds.slice(0, ids.length)).toEqual(ids);
  }
  return plain(answer.text);
}

async function readHistory(origin: string): Promise<{ samples: { tokens: number }[] }> {
  return (await fetch(`${origin}/api/history`)).json() as Promise<{
    samples: { tokens: number }[];
  }>;
}

test('old pages on a relay of today work with each other, and with pages of today', async ({
  newContext,
  newTab,
}) => {
  const relay = await startRelay({ siteDir: previous.siteDir, historyEveryS: 1 });
  try {
    const open = async () => openPrevious(await (await newContext()).newPage(), relay.url);
    const [volunteer, asker, tab] = await Promise.all([
      open(),
      open(),
      newTab({ origin: relay.url }),
    ]);
    await volunteer.contribute();
    const text = await answerOf(tab, relay.pipRoot);
    const old = await asker.ask(QUESTION);
    expect(old).toMatchObject({ text, finish: 'stop' });
    expect(old.growths).toBeGreaterThan(1);

    await volunteer.stopContributing();
    await expect.poll(() => relay.volunteerCount).toBe(0);
    await tab.volunteer(relay.pipRoot, WHOLE, { gpuShare: 0.25, activations: 'auto' });
    const again = await asker.askAgain();
    expect(again).toMatchObject({ text, finish: 'stop' });
    expect(again.growths).toBeGreaterThan(1);
    // Old volunteers tell no tallies and those of today do.
    const tokens = async (): Promise<number> => {
      const { samples } = await readHistory(relay.url);
      return samples.reduce((sum, sample) => sum + sample.tokens, 0);
    };
    await expect.poll(tokens).toBeGreaterThan(5);
    expect(await tab.report({ reason: 'wrong', modelRoot: relay.pipRoot, peerIds: [] })).toBe(
      'refused',
    );
  } finally {
    await relay.stop();
  }
});

test('pages of today on an old relay work without what it does not know', async ({
  newContext,
  newTab,
}) => {
  const relay = await previous.startRelay();
  const origin = `http://127.0.0.1:${relay.port}`;
  try {
    const catalog = (await (await fetch(`${origin}/catalog.json`)).json()) as {
      entries: { id: string; modelRoot: string }[];
    };
    const modelRoot = catalog.entries.find(({ id }) => id === 'pip-7m')?.modelRoot ?? '';
    const [volunteer, asker] = await Promise.all(
      [1, 2].map(async () => (await newContext()).newPage()),
    );
    if (volunteer === undefined || asker === undefined) throw new Error('no pages');
    const [tab] = await Promise.all([
      newTab({ origin }),
      openPage(volunteer, origin, 'contribute'),
      openPage(asker, origin, 'chat'),
    ]);
    await contribute(volunteer);
    const text = await answerOf(tab, modelRoot);
    await changeSettings(asker, GREEDY_SETTINGS);
    expect(await ask(asker, QUESTION)).toMatchObject({ text, finish: 'stop' });

    expect(await tab.report({ reason: 'wrong', modelRoot, peerIds: [] })).toBe('unsupported');
    expect((await fetch(`${origin}/api/history`)).status).toBe(404);
    // Had anything been sent that it does not know, it would have counted that, and refused it.
    const metrics = await (await fetch(`${origin}/metrics`)).text();
    expect(metrics).not.toMatch(/refusals_total\{code="malformed"\} [1-9]/);
    expect(metrics).toMatch(/messages_total\{type="announce"\} [1-9]/);
  } finally {
    await relay.stop();
  }
});

test('of a page and a relay without a common version, the older one is named', async ({
  newContext,
}) => {
  for (const [versions, code, remedy] of [
    [{ min: 98, max: 99 }, 'version', 'reload'],
    [{ min: 1, max: 2 }, 'relay-outdated', 'retry'],
  ] as const) {
    const relay = await startRelay({ versions });
    try {
      const page = await (await newContext()).newPage();
      await openPage(page, relay.url, 'contribute');
      const notice = await expectNotice(page, code);
      await expect(notice.getByTestId(`error-${remedy}`)).toBeVisible();
    } finally {
      await relay.stop();
    }
  }
});
