import { TUNNEL_WINDOW_BYTES } from '@manyhands/protocol/limits';
import { parseFromRelay, parseToRelay } from '@manyhands/protocol/relay-message';
import { DEFAULT_RATIONS } from '@manyhands/relay/tunnels/ration';
import type { BrowserContext } from '@playwright/test';
import { canReadMemory, findInMemory, spawnRelay } from '../fixtures/relay-process.ts';
import { createRelayWire, type RelayWire } from '../fixtures/relay-wire.ts';
import { greedyRequest, THIRDS, WHOLE } from '../fixtures/requests.ts';
import { ask, changeSettings, contribute, GREEDY_SETTINGS, openPage } from '../fixtures/site.ts';
import { expect, test } from '../fixtures/test.ts';

const QUESTION = 'How does my prompt travel through the network?';
const RELAY_ONLY = { isRelayOnly: true, takesRelayed: true } as const;

/** Counts connections over WebRTC, which are what shows an address. */
async function countConnections(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const Real = globalThis.RTCPeerConnection;
    let count = 0;
    globalThis.RTCPeerConnection = class extends Real {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        count += 1;
        Reflect.set(globalThis, 'connectionCount', count);
      }
    };
    Reflect.set(globalThis, 'connectionCount', 0);
  });
}
const connectionCount = (page: { evaluate<T>(f: () => T): Promise<T> }) =>
  page.evaluate(() => Reflect.get(globalThis, 'connectionCount') as number);

/** A network that lets no connection over WebRTC through: this side finds no candidate at all. */
async function removeCandidates(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const Real = globalThis.RTCPeerConnection;
    globalThis.RTCPeerConnection = class extends Real {
      constructor(configuration?: RTCConfiguration) {
        // Only by TURN, of which there is none.
        super({ ...configuration, iceTransportPolicy: 'relay' });
      }
    };
  });
}

test('a requester that hides its address gets the answer that a direct link gives', async ({
  relay,
  newContext,
  newTab,
}) => {
  const volunteer = await newTab();
  await volunteer.volunteer(relay.pipRoot, WHOLE);
  const direct = await newTab();
  await direct.awaitVolunteers(relay.pipRoot, 1);
  const request = greedyRequest(relay.pipRoot, QUESTION);
  const expected = await direct.answer(request);
  expect(expected.links.map(({ path }) => path)).toEqual(['direct', 'direct']);
  expect(expected.tokenIds.length).toBeGreaterThan(10);

  const context = await newContext();
  await countConnections(context);
  const hidden = await newTab({ context, paths: RELAY_ONLY });
  await hidden.awaitVolunteers(relay.pipRoot, 1);
  const answer = await hidden.answer(request);
  expect(answer.error).toBeUndefined();
  expect(answer.tokenIds).toEqual(expected.tokenIds);
  expect(answer.text).toBe(expected.text);
  expect(answer.links.map(({ direct: isDirect, path }) => [isDirect, path])).toEqual([
    [false, 'relay'],
    [false, 'relay'],
  ]);
  expect(await connectionCount(hidden.page)).toBe(0);
});

test('a chain of volunteers that hide their addresses answers the same, and none connects', async ({
  relay,
  newContext,
  newTab,
}) => {
  const whole = await newTab();
  await whole.volunteer(relay.pipRoot, WHOLE);
  const requester = await newTab();
  await requester.awaitVolunteers(relay.pipRoot, 1);
  const request = greedyRequest(relay.pipRoot, QUESTION, { tokensMax: 12 });
  const expected = await requester.answer(request);
  await whole.stopVolunteering();

  const contexts = await Promise.all(THIRDS.map(() => newContext()));
  await Promise.all(contexts.map(countConnections));
  const tabs = await Promise.all(contexts.map((context) => newTab({ context, paths: RELAY_ONLY })));
  await Promise.all(tabs.map((tab, index) => tab.volunteer(relay.pipRoot, THIRDS[index] ?? WHOLE)));
  await requester.awaitVolunteers(relay.pipRoot, 3);
  const answer = await requester.answer({ ...request, stagesMin: 3 });
  expect(answer.error).toBeUndefined();
  expect(answer.chain).toHaveLength(3);
  expect(answer.tokenIds).toEqual(expected.tokenIds);
  expect(answer.links.map(({ path }) => path)).toEqual(['relay', 'relay', 'relay', 'relay']);
  for (const tab of tabs) expect(await connectionCount(tab.page)).toBe(0);
});

test('where no candidate gets through, both fall back in time, and a page says so', async ({
  relay,
  newContext,
  newTab,
}) => {
  const volunteer = await newTab();
  await volunteer.volunteer(relay.pipRoot, WHOLE);
  const context = await newContext();
  await removeCandidates(context);
  const cutOff = await newTab({ context });
  await cutOff.awaitVolunteers(relay.pipRoot, 1);
  const request = greedyRequest(relay.pipRoot, QUESTION, { tokensMax: 8 });
  const page = await context.newPage();
  await openPage(page, relay.url, 'chat');
  await changeSettings(page, { ...GREEDY_SETTINGS, tokensMax: '6' });
  const startedMs = performance.now();
  // Both wait for the direct attempt to fail: beside each other.
  const [answer, shown] = await Promise.all([cutOff.answer(request), ask(page, QUESTION)]);
  expect(answer.error).toBeUndefined();
  // Six seconds for the direct attempt, and the rest for a machine that is busy.
  expect(performance.now() - startedMs).toBeLessThan(20_000);
  expect(answer.links.map(({ path }) => path)).toEqual(['relay', 'relay']);
  const reference = await newTab();
  await reference.awaitVolunteers(relay.pipRoot, 1);
  const expected = await reference.answer(request);
  expect(expected.links[0]?.path).toBe('direct');
  expect(answer.tokenIds).toEqual(expected.tokenIds);

  expect(shown.text).not.toBe('');
  const way = page.getByTestId('chain-stage').first().getByTestId('chain-way');
  await expect(way).toHaveAttribute('data-path', 'relay');
  await expect(page.getByTestId('answer-chain')).toContainText('sealed through the relay');
});

test('hiding the address is a choice that is kept and that a page keeps to', async ({
  relay,
  newContext,
  newTab,
}) => {
  const volunteer = await newTab();
  await volunteer.volunteer(relay.pipRoot, WHOLE);
  const context = await newContext();
  await countConnections(context);
  const page = await context.newPage();
  await openPage(page, relay.url, 'chat');
  await page.getByTestId('chat-advanced').click();
  await page.getByTestId('relay-only').check();
  await expect(page.locator('#privacy-sentence')).toContainText("don't see your address");
  await page.reload();
  await changeSettings(page, { ...GREEDY_SETTINGS, tokensMax: '6' });
  const shown = await ask(page, QUESTION);
  expect(shown.text).not.toBe('');
  const way = page.getByTestId('chain-stage').first().getByTestId('chain-way');
  await expect(way).toHaveAttribute('data-path', 'relay');
  expect(await connectionCount(page)).toBe(0);
});

test('a relay that carries an answer has neither prompt nor answer, in any form', async ({
  newContext,
}) => {
  const control = 'control-text-that-the-relay-does-hold';
  // Always the same, so that the answer is too: one of a few letters might stand in memory by chance.
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
    await asker.getByTestId('chat-advanced').click();
    await asker.getByTestId('relay-only').check();
    await asker.getByTestId('chat-advanced').click();
    await changeSettings(asker, { ...GREEDY_SETTINGS, tokensMax: '40' });
    const answer = await ask(asker, `Tell me a story about a robot named Max and a ${marker}.`);
    expect(answer.finish).toMatch(/stop|length/);
    expect(answer.text.length).toBeGreaterThan(20);
    const secrets = [marker, answer.text.slice(0, 40)];

    const texts = wire.traffic.map(({ text }) => text).join('\n');
    const records = Buffer.concat(wire.records.map(({ bytes }) => bytes));
    // Both ways through the relay: the answer did not go elsewhere.
    expect(texts).toContain('tunnel-open');
    expect(wire.records.length).toBeGreaterThan(80);
    for (const secret of secrets) {
      for (const encoding of ['utf8', 'utf16le', 'base64', 'base64url', 'hex'] as const) {
        const form =
          encoding === 'utf8' || encoding === 'utf16le'
            ? Buffer.from(secret, encoding)
            : Buffer.from(Buffer.from(secret).toString(encoding));
        expect(records.includes(form)).toBe(false);
        expect(texts).not.toContain(form.toString(encoding === 'utf16le' ? 'utf16le' : 'utf8'));
      }
      expect(relay.output).not.toContain(secret);
    }
    // No frame in clear either: token ids and candidates begin with this.
    expect(records.includes(Buffer.from('MHFR'))).toBe(false);
    expect(records.includes(Buffer.from('open-session'))).toBe(false);
    for (const { direction, text } of wire.traffic) {
      if (direction === 'in') parseToRelay(text);
      else parseFromRelay(text);
    }
    if (canReadMemory) {
      expect(await findInMemory(relay.pid, [control, ...secrets])).toEqual([control]);
    }
  } finally {
    await wire?.dispose();
    await relay.stop();
  }
});

test.describe('a relay whose operator switched it off', () => {
  test.use({ relayOptions: { rations: null } });

  test('says so to whom no other way leads', async ({ relay, newContext, newTab }) => {
    const volunteer = await newTab();
    await volunteer.volunteer(relay.pipRoot, WHOLE);
    const hidden = await newTab({ context: await newContext(), paths: RELAY_ONLY });
    await hidden.awaitVolunteers(relay.pipRoot, 1);
    const answer = await hidden.answer(greedyRequest(relay.pipRoot, QUESTION, { tokensMax: 4 }));
    expect(answer.tokenIds).toEqual([]);
    expect(answer.error?.message).toMatch(/relay|ration/);
  });
});

test.describe('a relay with a small ration', () => {
  const pair = { bytesPerSecond: 16 * 1024, bytesPerHour: 2 ** 30 };
  test.use({ relayOptions: { rations: { ...DEFAULT_RATIONS, pair } } });

  test('makes an answer slow and loses nothing of it', async ({ relay, newTab }) => {
    const volunteer = await newTab();
    await volunteer.volunteer(relay.pipRoot, WHOLE);
    const long = { tokensMax: 140, ignoresEnd: true, drafts: false };
    const request = greedyRequest(relay.pipRoot, QUESTION, long);
    const timed = async (paths?: typeof RELAY_ONLY) => {
      const tab = await newTab(paths && { paths });
      await tab.awaitVolunteers(relay.pipRoot, 1);
      const startedMs = performance.now();
      const answer = await tab.answer(request);
      return { answer, elapsedMs: performance.now() - startedMs };
    };
    const direct = await timed();
    const rationed = await timed(RELAY_ONLY);
    expect(rationed.answer.error).toBeUndefined();
    expect(rationed.answer.stats.repairs).toBe(0);
    expect(rationed.answer.tokenIds).toEqual(direct.answer.tokenIds);
    const metrics = await (await fetch(`${relay.url}/metrics`)).text();
    const bytes = Number(/tunnel_bytes_total (\d+)/.exec(metrics)?.[1]);
    // What is beyond the two windows of the beginning had to wait for the ration.
    const waitMs = ((bytes - 2 * TUNNEL_WINDOW_BYTES) / pair.bytesPerSecond) * 1_000;
    expect(waitMs).toBeGreaterThan(2_000);
    expect(rationed.elapsedMs).toBeGreaterThan(waitMs);
  });
});
