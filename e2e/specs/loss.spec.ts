import type { Answer, AnswerEvent } from '@manyhands/peer/requester/answer';
import type { TestRelay } from '../fixtures/relay.ts';
import { greedyRequest, THIRDS, WHOLE } from '../fixtures/requests.ts';
import {
  changeSettings,
  finished,
  GREEDY_SETTINGS,
  openPage,
  readText,
  send,
} from '../fixtures/site.ts';
import type { Tab } from '../fixtures/tab.ts';
import { expect, test } from '../fixtures/test.ts';

const STORY = 'Tell me a story about a robot named Max.';
/** Long enough that something can happen in the middle. */
const LONG = { tokensMax: 240, ignoresEnd: true };
const ENDLESS = { tokensMax: 400, ignoresEnd: true };
const [FRONT, MIDDLE, BACK] = THIRDS;

/** Asks, and lets something happen once, after a number of tokens. */
async function disturb(
  requester: Tab,
  request: Parameters<Tab['answer']>[0],
  afterTokens: number,
  happen: () => Promise<unknown>,
): Promise<{ answer: Answer; repairs: number }> {
  let tokens = 0;
  let repairs = 0;
  let happened: Promise<unknown> | undefined;
  const onEvent = (event: AnswerEvent): void => {
    if (event.type === 'repair') repairs += 1;
    if (event.type !== 'token') return;
    tokens += 1;
    if (tokens === afterTokens) happened = happen();
  };
  const answer = await requester.answer(request, onEvent);
  // With the reason: an answer that failed early is not one that was too quick.
  const why = answer.error?.message ?? 'it was too quick';
  expect(happened, `the answer was over after ${tokens} tokens: ${why}`).toBeDefined();
  await happened;
  return { answer, repairs };
}

test('an answer survives volunteers that close, crash or stop in its middle', async ({
  relay,
  newTab,
}) => {
  test.setTimeout(150_000);
  const { pipRoot } = relay;
  const requester = await newTab();
  const [front, back, spare] = await Promise.all([newTab(), newTab(), newTab()]);
  // Slow enough that an answer is still under way when something happened.
  const slow = { gpuShare: 0.1 };
  await Promise.all([
    front.volunteer(pipRoot, FRONT, slow),
    back.volunteer(pipRoot, BACK, slow),
    spare.volunteer(pipRoot, MIDDLE),
  ]);
  await requester.awaitVolunteers(pipRoot, 3);
  const request = greedyRequest(pipRoot, STORY, LONG);
  const undisturbed = await requester.answer(request);
  expect(undisturbed.tokenIds).toHaveLength(LONG.tokensMax);

  const waysToGo: Readonly<Record<string, (tab: Tab) => Promise<unknown>>> = {
    closes: (tab) => tab.page.close(),
    crashes: crash,
    'presses Stop twice': (tab) => tab.stopVolunteering(),
  };
  for (const [name, go] of Object.entries(waysToGo)) {
    await spare.stopVolunteering();
    const middle = await newTab();
    await middle.volunteer(pipRoot, MIDDLE);
    await requester.awaitVolunteers(pipRoot, 3);
    const leave = async (): Promise<void> => {
      await go(middle);
      // Only now is there somebody else: the answer has to wait for them, and go on.
      await spare.volunteer(pipRoot, MIDDLE);
    };
    const { answer, repairs } = await disturb(requester, request, 15, leave);
    expect(answer.error, name).toBeUndefined();
    expect(answer.tokenIds, name).toEqual(undisturbed.tokenIds);
    expect(answer.text, name).toBe(undisturbed.text);
    expect(repairs, name).toBeGreaterThan(0);
    expect(
      answer.chain.map(({ peerId }) => peerId),
      name,
    ).toContain(spare.peerId);
  }
});

test('the first and the last volunteer can be lost too, while others cover the model', async ({
  relay,
  newTab,
}) => {
  test.setTimeout(120_000);
  const { pipRoot } = relay;
  const requester = await newTab();
  const tabs = await Promise.all([newTab(), newTab(), newTab(), newTab(), newTab()]);
  const ranges = [FRONT, MIDDLE, BACK, FRONT, BACK];
  await Promise.all(tabs.map((tab, index) => tab.volunteer(pipRoot, ranges[index] ?? WHOLE)));
  await requester.awaitVolunteers(pipRoot, 5);
  const request = greedyRequest(pipRoot, STORY, LONG);
  const undisturbed = await requester.answer(request);
  for (const place of [0, -1]) {
    let used: Tab | undefined;
    let tokens = 0;
    const answer = await requester.answer(request, (event) => {
      if (event.type === 'chain') {
        const peerId = event.chain.at(place)?.peerId;
        used ??= tabs.find((tab) => tab.peerId === peerId);
      }
      if (event.type !== 'token') return;
      tokens += 1;
      if (tokens === 12) void used?.page.close();
    });
    expect(used?.page.isClosed()).toBe(true);
    expect(answer.error).toBeUndefined();
    expect(answer.tokenIds).toEqual(undisturbed.tokenIds);
    expect(answer.stats.repairs).toBeGreaterThan(0);
  }
});

test('when nobody is left, the page says so, and the answer goes on with who comes', async ({
  relay,
  newTab,
  newContext,
}) => {
  const { pipRoot } = relay;
  const [front, rest] = await Promise.all([newTab(), newTab()]);
  const back = { ...WHOLE, firstBlock: FRONT.endBlock, embeds: false };
  await Promise.all([
    front.volunteer(pipRoot, FRONT),
    // Slow enough that the answer is not over before it is lost.
    rest.volunteer(pipRoot, back, { gpuShare: 0.05 }),
  ]);
  const page = await (await newContext()).newPage();
  await openPage(page, relay.url, 'chat');
  await changeSettings(page, GREEDY_SETTINGS);
  const answer = await send(page, STORY);
  await expect(answer).not.toBeEmpty({ timeout: 30_000 });
  await rest.page.close();
  const waiting = page.getByTestId('answer-waiting');
  await expect(waiting).toContainText(/blocks? 3/, { timeout: 30_000 });
  expect((await readText(answer)).length).toBeGreaterThan(0);
  await expect
    .poll(async () => (await front.volunteerState()).sessionCount, { timeout: 10_000 })
    .toBe(0);

  // Somebody comes back: nobody has to ask again.
  const newcomer = await newTab();
  await newcomer.volunteer(pipRoot, WHOLE);
  expect((await finished(answer)).finish).toMatch(/stop|length/);
  await expect(waiting).toHaveCount(0);
});

test('volunteers are free again when a requester stops or disappears', async ({
  relay,
  newTab,
  newContext,
}) => {
  test.setTimeout(150_000);
  const { pipRoot } = relay;
  // Of a tab that crashes the connection fails after a while: meanwhile others stop and close.
  const sessionsOfCrashed = await crashInTheMiddle(relay, newTab);
  const tabs = await Promise.all(THIRDS.map(() => newTab()));
  // Slow enough that an answer is under way when it is looked at.
  const slow = { gpuShare: 0.1 };
  await Promise.all(tabs.map((tab, index) => tab.volunteer(pipRoot, THIRDS[index] ?? WHOLE, slow)));
  const sessions = async (): Promise<number> => {
    const states = await Promise.all(tabs.map((tab) => tab.volunteerState()));
    return states.reduce((sum, { sessionCount, kvBytes }) => sum + sessionCount + kvBytes, 0);
  };
  const request = greedyRequest(pipRoot, STORY, ENDLESS);

  const stopping = await newTab();
  await stopping.awaitVolunteers(pipRoot, 4);
  let stoppedMs = 0;
  // The fourth holds everything, and would be the shorter chain.
  const { answer } = await disturb(stopping, { ...request, stagesMin: 3 }, 10, async () => {
    await expect.poll(sessions).toBeGreaterThan(0);
    stoppedMs = performance.now();
    await stopping.abortAnswer();
  });
  expect(performance.now() - stoppedMs).toBeLessThan(2_500);
  expect(answer.finishReason).toBe('aborted');
  expect(answer.tokenIds.length).toBeGreaterThanOrEqual(10);
  await expect.poll(sessions).toBe(0);

  // A tab that is closed says goodbye.
  const closing = await (await newContext()).newPage();
  await openPage(closing, relay.url, 'chat');
  await changeSettings(closing, { ...GREEDY_SETTINGS, tokensMax: '400', stagesMin: '3' });
  const growing = await send(closing, STORY);
  await expect(growing).not.toBeEmpty({ timeout: 30_000 });
  await expect.poll(sessions, { intervals: [50] }).toBeGreaterThan(0);
  await closing.close();
  const closedMs = performance.now();
  await expect.poll(sessions, { intervals: [50] }).toBe(0);
  expect(performance.now() - closedMs).toBeLessThan(3_000);

  await expect.poll(sessionsOfCrashed, { timeout: 60_000 }).toBe(0);
});

/** Of a volunteer, whose requester is gone without a goodbye: the sessions that it goes on holding. */
async function crashInTheMiddle(
  relay: TestRelay,
  newTab: () => Promise<Tab>,
): Promise<() => Promise<number>> {
  const volunteer = await newTab();
  // Slow enough that the answer is under way when its requester crashes.
  await volunteer.volunteer(relay.pipRoot, WHOLE, { gpuShare: 0.1 });
  const sessions = async () => (await volunteer.volunteerState()).sessionCount;
  const crashing = await newTab();
  await crashing.awaitVolunteers(relay.pipRoot, 1);
  let tokens = 0;
  const cutOff = crashing
    .answer(greedyRequest(relay.pipRoot, STORY, ENDLESS), ({ type }) => {
      if (type === 'token') tokens += 1;
    })
    .catch(() => undefined);
  await expect.poll(() => tokens, { timeout: 30_000 }).toBeGreaterThan(5);
  await expect.poll(sessions).toBeGreaterThan(0);
  await crash(crashing);
  await cutOff;
  return sessions;
}

async function crash(tab: Tab): Promise<void> {
  const session = await tab.page.context().newCDPSession(tab.page);
  // A crashed page answers no command.
  session.send('Page.crash').catch(() => undefined);
}
