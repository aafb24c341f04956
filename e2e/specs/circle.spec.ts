import type { AnswerEvent } from '@manyhands/peer/requester/answer';
import { parseToRelay, type ToRelay } from '@manyhands/protocol/relay-message';
import { createInvite, writeInvite } from '@manyhands/swarm/circle-invite';
import { canReadMemory, findInMemory, spawnRelay } from '../fixtures/relay-process.ts';
import { createRelayWire, type RelayWire } from '../fixtures/relay-wire.ts';
import { greedyRequest, WHOLE } from '../fixtures/requests.ts';
import {
  ask,
  changeSettings,
  contribute,
  expectNotice,
  GREEDY_SETTINGS,
  openPage,
} from '../fixtures/site.ts';
import { expect, type Page, test } from '../fixtures/test.ts';

const newInvite = () => writeInvite(createInvite('Test circle', Date.now() + 3_600_000));

/** Opens an invitation and says yes. */
async function join(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await expect(page.getByTestId('circle-dialog')).toHaveAttribute('data-view', 'join');
  expect(page.url()).toMatch(/#\/chat$/);
  await page.getByTestId('circle-join').click();
  await expect(page.getByTestId('circle-dialog')).toBeHidden();
  await expect(page.getByTestId('tier-circle')).toBeChecked();
}

async function expectNobody(page: Page, question: string): Promise<void> {
  expect((await ask(page, question)).finish).toBe('failed');
  await expectNotice(page, 'no-volunteers');
}

test('members answer each other; a new link ends the old one; the relay reads none of it', async ({
  newContext,
}) => {
  const control = 'control-text-that-the-relay-does-hold';
  // Always the same, so that the answer is too: to some words this model answers nothing.
  const marker = 'heliotrope walrus q7x2vk9';
  const relay = await spawnRelay({ ICE_SERVERS: `[{"urls":"stun:${control}.invalid:3478"}]` });
  let wire: RelayWire | undefined;
  try {
    wire = await createRelayWire(relay);
    const { origin } = wire;
    const open = async (): Promise<Page> => (await newContext()).newPage();
    const [maker, member, outsider] = await Promise.all([open(), open(), open()]);

    await openPage(maker, origin, 'contribute');
    await maker.getByTestId('tier-circle').check({ force: true });
    await maker.getByTestId('circle-name').fill('Book club');
    await maker.getByTestId('circle-create').click();
    const link = await maker.getByTestId('invite-link').inputValue();
    await maker.getByTestId('circle-close').click();
    await contribute(maker);

    await join(member, link);
    await changeSettings(member, { ...GREEDY_SETTINGS, tokensMax: '40' });
    await expect(member.getByTestId('circle-here')).toHaveText('1 other tab seen now');
    await expect(member.getByTestId('privacy')).toContainText("circle's members");
    const answer = await ask(member, `Tell me a story about a robot named Max and a ${marker}.`);
    expect(answer.finish).toMatch(/stop|length/);

    // The model is held, but not for everybody.
    await openPage(outsider, origin, 'chat');
    await expectNobody(outsider, 'Who are you?');

    await maker.getByTestId('circle-open').click();
    await maker.getByTestId('circle-rotate').click();
    await maker.getByTestId('circle-create').click();
    const newLink = await maker.getByTestId('invite-link').inputValue();
    expect(newLink).not.toBe(link);
    await maker.getByTestId('circle-close').click();
    await contribute(maker);

    await expectNobody(member, 'And now?');
    await join(outsider, link);
    await expectNobody(outsider, 'Is anybody here?');
    await join(outsider, newLink);
    await expect(outsider.getByTestId('circle-here')).toHaveText('1 other tab seen now');
    expect((await ask(outsider, 'Who are you?')).finish).toMatch(/stop|length/);

    const secrets = [marker, answer.text.slice(0, 40), 'Book club'];
    for (const each of [link, newLink]) secrets.push(each.slice(each.indexOf('=') + 1));
    expect(answer.text.length).toBeGreaterThan(20);
    const heard = wire.traffic.map(({ text }) => text).join('\n');
    expect(heard).toContain('signal-to');
    for (const secret of secrets) {
      expect(heard).not.toContain(secret);
      expect(relay.output).not.toContain(secret);
    }
    if (canReadMemory) {
      expect(await findInMemory(relay.pid, [control, ...secrets])).toEqual([control]);
    }
  } finally {
    await wire?.dispose();
    await relay.stop();
  }
});

test('with all that a relay has, and without the key, nobody joins, serves or reads', async ({
  wire,
  relay,
  newTab,
}) => {
  const { pipRoot } = relay;
  const { origin } = wire;
  const circle = { invite: await newInvite() };
  const [volunteer, member] = await Promise.all([
    newTab({ origin, circle }),
    newTab({ origin, circle }),
  ]);
  await volunteer.volunteer(pipRoot, WHOLE);
  await member.awaitVolunteers(pipRoot, 1);
  const request = greedyRequest(pipRoot, 'Who are you?', { tokensMax: 6 });
  const honest = await member.answer(request);
  expect(honest.error).toBeUndefined();
  expect(honest.chain.map(({ peerId }) => peerId)).toEqual([volunteer.peerId]);

  // What the relay knows: a root, and a mark that belongs to one peer. The model it does not.
  const told = wire.traffic.filter(({ direction }) => direction === 'in');
  expect(told.map(({ text }) => text).join('\n')).not.toContain(pipRoot);
  const said = told.map(({ text }) => parseToRelay(text));
  const watched = said.find((each): each is ToRelay & { type: 'watch' } => each.type === 'watch');
  const announced = said.find(
    (each): each is ToRelay & { type: 'announce' } => each.type === 'announce',
  );
  const { holdings, membership } = JSON.parse(announced?.entry.payload ?? '{}');
  const blindedRoot: string = holdings[0].modelRoot;
  expect(said.some((each) => each.type === 'watch' && each.modelRoot === blindedRoot)).toBe(true);
  expect(watched?.isBlinded).toBe(true);

  // A tab of the relay's own, which goes where members are and says what it saw them say.
  const posing = { blindedRoot, membership };
  const impostor = await newTab({ origin, circle: { invite: await newInvite(), posing } });
  await impostor.volunteer(pipRoot, WHOLE);
  await impostor.awaitVolunteers(pipRoot, 2);
  const servedBefore = (await volunteer.volunteerState()).tokensServed;
  const events: AnswerEvent[] = [];
  // It holds the whole model itself; two stages need somebody else.
  const attempt = impostor.answer({ ...request, stagesMin: 2 }, (event) => events.push(event));
  const isDial = ({ direction, text }: { direction: string; text: string }) =>
    direction === 'out' && text.includes('signal-from') && text.includes(impostor.peerId);
  await expect.poll(() => wire.traffic.some(isDial)).toBe(true);

  // The member sees it in the directory and does not take it for one of them.
  const isShown = (text: string) => /directory/.test(text) && text.includes(impostor.peerId);
  await expect
    .poll(() => wire.traffic.some((each) => each.direction === 'out' && isShown(each.text)))
    .toBe(true);
  for (let turn = 0; turn < 3; turn += 1) {
    const answer = await member.answer(request);
    expect(answer.tokenIds).toEqual(honest.tokenIds);
    expect(answer.chain.map(({ peerId }) => peerId)).toEqual([volunteer.peerId]);
    expect(answer.stats.repairs).toBe(0);
  }
  await impostor.abortAnswer();
  expect((await attempt).tokenIds).toEqual([]);
  expect(events.map(({ type }) => type)).not.toContain('chain');
  const seen = await impostor.volunteerState();
  expect([seen.tokensServed, seen.bytesReceived]).toEqual([0, 0]);
  const state = await volunteer.volunteerState();
  expect(state.linkCount).toBe(1);
  // What was computed was the member's: each of its answers as much as the first.
  expect(state.tokensServed).toBeLessThanOrEqual(4 * servedBefore);

  // Whoever does not even know the root finds nobody.
  const outsider = await newTab({ origin });
  const nobody = await outsider.answer(request);
  expect(nobody.error?.code).toBe('no-volunteers');
});

/** Counts what could open a socket, in the page and by the workers that it starts. */
function countSockets(): void {
  const opened: string[] = [];
  Object.assign(window, { opened });
  const wrap = (name: 'WebSocket' | 'RTCPeerConnection' | 'Worker', isSocket: RegExp): void => {
    const Original = window[name] as unknown as new (...args: unknown[]) => object;
    const Counting = new Proxy(Original, {
      construct(target, args) {
        const what = JSON.stringify([name, ...args]);
        if (isSocket.test(what)) opened.push(what);
        return Reflect.construct(target, args);
      },
    });
    Object.assign(window, { [name]: Counting });
  };
  wrap('WebSocket', /./);
  wrap('RTCPeerConnection', /./);
  wrap('Worker', /socket/);
}

test('Local opens no socket, from the load of the page to the answer', async ({
  wire,
  relay,
  newContext,
}) => {
  const context = await newContext();
  await context.addInitScript(countSockets);
  const page = await context.newPage();
  const opened = () => page.evaluate(() => (window as { opened?: string[] }).opened ?? []);
  await openPage(page, wire.origin, 'chat');
  await expect.poll(() => relay.peerCount).toBe(1);
  // The counters count, and choosing Local closes what was open.
  expect((await opened()).length).toBeGreaterThan(0);
  await page.getByTestId('tier-local').check({ force: true });
  await expect.poll(() => relay.peerCount).toBe(0);

  // Remembered: from the first moment on there is nothing.
  const before = wire.traffic.length;
  await page.reload();
  await expect(page.getByTestId('tier-local')).toBeChecked();
  await expect(page.getByTestId('privacy')).toContainText('in this tab alone');
  await expect(page.getByTestId('chat-send')).toBeDisabled();
  await page.getByTestId('local-load').click();
  await expect(page.getByTestId('local-unload')).toBeVisible({ timeout: 60_000 });
  await changeSettings(page, { ...GREEDY_SETTINGS, tokensMax: '20' });
  const answer = await ask(page, 'Who are you?');
  expect(answer.finish).toMatch(/stop|length/);
  await expect(page.getByTestId('answer-stats')).toContainText(/tok/);
  for (const name of ['Contribute', 'Network', 'Chat']) {
    await page.getByRole('link', { name, exact: true }).click();
  }
  // Nothing more is needed: without any network it goes on.
  await context.setOffline(true);
  await page.getByTestId('chat-regenerate').click();
  await expect(page.getByTestId('answer-text').last()).toHaveAttribute(
    'data-finish',
    /stop|length/,
    { timeout: 30_000 },
  );
  expect(await opened()).toEqual([]);
  expect(wire.traffic.length).toBe(before);
  expect([relay.peerCount, relay.volunteerCount]).toEqual([0, 0]);
});
