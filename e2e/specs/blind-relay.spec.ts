import { parseFromRelay, parseToRelay } from '@manyhands/protocol/relay-message';
import { createReplayGuard } from '@manyhands/swarm/replay-guard';
import { openSignal } from '@manyhands/swarm/sealed';
import { canReadMemory, findInMemory, spawnRelay } from '../fixtures/relay-process.ts';
import { createRelayWire, type RelayWire } from '../fixtures/relay-wire.ts';
import { greedyRequest, THIRDS, WHOLE } from '../fixtures/requests.ts';
import { ask, changeSettings, contribute, GREEDY_SETTINGS, openPage } from '../fixtures/site.ts';
import { expect, test } from '../fixtures/test.ts';
import { createTestKeys } from '../fixtures/test-keys.ts';

test('every sealed blob is signalling, and every other message is of the relay’s own protocol', async ({
  wire,
  relay,
  newContext,
  newTab,
}) => {
  const keys = createTestKeys();
  const open = async () => {
    const context = await newContext();
    await keys.record(context);
    return newTab({ context, origin: wire.origin });
  };
  const [requester, ...volunteers] = await Promise.all([open(), open(), open(), open()]);
  await Promise.all(
    volunteers.map((tab, index) => tab.volunteer(relay.pipRoot, THIRDS[index] ?? WHOLE)),
  );
  await requester?.awaitVolunteers(relay.pipRoot, 3);
  const request = greedyRequest(relay.pipRoot, 'Who are you?', { tokensMax: 6 });
  expect((await requester?.answer(request))?.chain).toHaveLength(3);

  const senders = new Map<string, string>();
  const blobs: { to: string; sealed: string }[] = [];
  for (const { direction, text } of wire.traffic) {
    // Strict schemas: a field that is not of the protocol fails here.
    const message = direction === 'in' ? parseToRelay(text) : parseFromRelay(text);
    keys.learn(message);
    if (message.type === 'signal-to') blobs.push(message);
    if (message.type === 'signal-from') senders.set(message.sealed, message.from.peerId);
  }
  const guard = createReplayGuard();
  const kinds: Record<string, number> = {};
  for (const { to, sealed } of blobs) {
    const receiver = keys.receiver(to);
    const from = keys.identityOf(senders.get(sealed) ?? '');
    if (receiver === undefined || from === undefined) throw new Error(`Unknown end: ${to}`);
    const signal = await openSignal(sealed, { from, to: receiver, nowMs: Date.now(), guard });
    kinds[signal.type] = (kinds[signal.type] ?? 0) + 1;
  }
  // Requester to each volunteer, and each volunteer to the next.
  expect(kinds.offer).toBe(5);
  expect(kinds.answer).toBe(5);
  expect(kinds.candidate).toBeGreaterThanOrEqual(5);
});

test('the relay gets no more bytes for a long prompt than for a short one', async ({
  wire,
  relay,
  newContext,
  newTab,
}) => {
  test.setTimeout(150_000);
  const volunteer = await newTab({ origin: wire.origin });
  await volunteer.volunteer(relay.pipRoot, WHOLE);
  const context = await newContext();
  const tab = await newTab({ context, origin: wire.origin, identity: 'profile' });
  await tab.awaitVolunteers(relay.pipRoot, 1);
  const received = async (promptTokens: number) => {
    const tokenIds = Array.from({ length: promptTokens }, (_, index) => 300 + (index % 3_000));
    const from = wire.traffic.length;
    const answer = await tab.answer(
      greedyRequest(relay.pipRoot, { tokenIds }, { tokensMax: 10, ignoresEnd: true }),
    );
    expect(answer.stats.promptTokens).toBe(promptTokens);
    expect(answer.tokenIds).toHaveLength(10);
    // The volunteer says that the session ended within its announcement gap.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const texts = wire.traffic.slice(from).filter(({ direction }) => direction === 'in');
    return withoutHeartbeats(texts.map(({ text }) => text)).join('').length;
  };
  // How many candidates a browser gathers varies by one from dial to dial, whatever the prompt: both
  // prompts are measured over the connection that the first answer made.
  const connecting = await received(5);
  const long = await received(500);
  const short = await received(10);
  expect(connecting).toBeGreaterThan(5_000);
  expect(short).toBeGreaterThan(100);
  expect(Math.abs(long - short) / short).toBeLessThan(0.05);
});

/** Heartbeats come with time, not with prompts: announcements that say nothing new are left out. */
function withoutHeartbeats(texts: readonly string[]): string[] {
  let last = '';
  return texts.filter((text) => {
    const message = JSON.parse(text) as { type: string; entry?: { payload: string } };
    if (message.type !== 'announce' || !message.entry) return true;
    const { sequence, announcedAtMs, ...content } = JSON.parse(message.entry.payload);
    expect([typeof sequence, typeof announcedAtMs]).toEqual(['number', 'number']);
    const isNews = JSON.stringify(content) !== last;
    last = JSON.stringify(content);
    return isNews;
  });
}

test('a prompt is nowhere in the relay’s traffic, logs or memory', async ({ newContext }) => {
  test.skip(!canReadMemory, 'this system does not show the memory of processes');
  const control = 'control-text-that-the-relay-does-hold';
  // Always the same, so that the answer is too: to some words this model answers nothing.
  const marker = 'heliotrope walrus q7x2vk9';
  const relay = await spawnRelay({ ICE_SERVERS: `[{"urls":"stun:${control}.invalid:3478"}]` });
  let wire: RelayWire | undefined;
  try {
    wire = await createRelayWire(relay);
    const page = await (await newContext()).newPage();
    await openPage(page, wire.origin, 'contribute');
    await contribute(page);
    const asker = await (await newContext()).newPage();
    await openPage(asker, wire.origin, 'chat');
    await changeSettings(asker, { ...GREEDY_SETTINGS, tokensMax: '40' });
    const answer = await ask(asker, `Tell me a story about a robot named Max and a ${marker}.`);
    expect(answer.finish).toMatch(/stop|length/);
    const secrets = [marker, answer.text.slice(0, 40)];
    expect(answer.text.length).toBeGreaterThan(20);

    const heard = wire.traffic.map(({ text }) => text).join('\n');
    expect(heard).toContain('signal-to');
    for (const secret of secrets) {
      expect(heard).not.toContain(secret);
      expect(relay.output).not.toContain(secret);
    }
    expect(relay.output).not.toMatch(/127\.0\.0\.1|peerId|[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{11}/);
    expect(await findInMemory(relay.pid, [control, ...secrets])).toEqual([control]);
  } finally {
    await wire?.dispose();
    await relay.stop();
  }
});
