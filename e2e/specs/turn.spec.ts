import { startRelay } from '../fixtures/relay.ts';
import { greedyRequest, THIRDS, WHOLE } from '../fixtures/requests.ts';
import { expect, test } from '../fixtures/test.ts';
import { hasTurnServer, startTurnServer, type TurnServer } from '../fixtures/turn-server.ts';

const QUESTION = 'How does my prompt travel through the network?';
const OVER_TURN = { iceTransportPolicy: 'relay' } as const;

test('an answer goes through coturn with the credentials that the relay hands out', async ({
  newTab,
}) => {
  test.skip(!hasTurnServer(), 'turnserver is not installed: apt-get install coturn');
  const turnServer = await startTurnServer();
  const { url, secret } = turnServer;
  const relay = await startRelay({ turn: { urls: [url], secret, ttlSeconds: 60 } });
  try {
    const origin = relay.url;
    const ranges = [THIRDS[0], { ...WHOLE, firstBlock: THIRDS[0].endBlock, embeds: false }];
    const tabs = await Promise.all(ranges.map(() => newTab({ origin, ...OVER_TURN })));
    await Promise.all(tabs.map((tab, at) => tab.volunteer(relay.pipRoot, ranges[at] ?? WHOLE)));
    const requester = await newTab({ origin, ...OVER_TURN });
    await requester.awaitVolunteers(relay.pipRoot, 2);
    const answer = await requester.answer(greedyRequest(relay.pipRoot, QUESTION));
    expect(answer.error).toBeUndefined();
    expect(answer.tokenIds.length).toBeGreaterThan(10);
    expect(answer.links.map(({ direct }) => direct)).toEqual([false, false, false]);
    expect(usersOf(turnServer).size).toBeGreaterThanOrEqual(3);
  } finally {
    await relay.stop();
    await turnServer.stop();
  }
});

test('links whose path breaks off find another one by themselves', async ({ newTab }) => {
  test.skip(!hasTurnServer(), 'turnserver is not installed: apt-get install coturn');
  const turnServer = await startTurnServer();
  const { url, secret } = turnServer;
  const relay = await startRelay({ turn: { urls: [url], secret, ttlSeconds: 60 } });
  let second: TurnServer | undefined;
  try {
    const [volunteer, requester] = await Promise.all([
      newTab({ origin: relay.url, ...OVER_TURN }),
      newTab({ origin: relay.url, ...OVER_TURN }),
    ]);
    await volunteer.volunteer(relay.pipRoot, WHOLE);
    await requester.awaitVolunteers(relay.pipRoot, 1);
    const request = greedyRequest(relay.pipRoot, QUESTION);
    const before = await requester.answer(request);
    expect(before.error).toBeUndefined();

    // What it relayed is gone with it; nobody dials anew, so only the link itself can come here.
    await turnServer.stop();
    second = await startTurnServer(turnServer);
    const { output } = second;
    expect(output).not.toContain('user <');
    await expect.poll(() => second && usersOf(second).size, { timeout: 30_000 }).toBe(2);
    expect((await volunteer.volunteerState()).linkCount).toBe(1);
    const after = await requester.answer(request);
    expect(after.tokenIds).toEqual(before.tokenIds);
    expect(after.stats.repairs).toBe(0);
  } finally {
    await relay.stop();
    await turnServer.stop();
    await second?.stop();
  }
});

/** Whom coturn let in: the users that the relay made. */
function usersOf({ output }: TurnServer): Set<string | undefined> {
  return new Set([...output.matchAll(/user <(\d{10}:[0-9a-f]{12})>/g)].map(([, user]) => user));
}
