import { startRelay } from '../fixtures/relay.ts';
import { greedyRequest, THIRDS, WHOLE } from '../fixtures/requests.ts';
import { expect, test } from '../fixtures/test.ts';
import { hasTurnServer, startTurnServer } from '../fixtures/turn-server.ts';

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
    // coturn let them in as the users that the relay made.
    const users = new Set(
      [...turnServer.output.matchAll(/user <(\d{10}:[0-9a-f]{12})>/g)].map(([, user]) => user),
    );
    expect(users.size).toBeGreaterThanOrEqual(3);
  } finally {
    await relay.stop();
    await turnServer.stop();
  }
});
