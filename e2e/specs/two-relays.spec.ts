import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import type { Answer } from '@manyhands/peer/requester/answer';
import { type RelayProcess, spawnRelay } from '../fixtures/relay-process.ts';
import { bundle } from '../fixtures/repository.ts';
import { greedyRequest, THIRDS, WHOLE } from '../fixtures/requests.ts';
import type { Tab } from '../fixtures/tab.ts';
import { expect, test } from '../fixtures/test.ts';

const QUESTION = 'How does my prompt travel through the network?';
const HALVES = [THIRDS[0], { ...WHOLE, firstBlock: THIRDS[0].endBlock, embeds: false }];

/** Two relays that name each other; each may be killed and started again at its place. */
async function startTwo() {
  const ports = await freePorts();
  const origins = ports.map((port) => `http://127.0.0.1:${port}`) as [string, string];
  // The folder of all bundles, so that the harness is where its pages expect it.
  const shared = { RELAYS: origins.join(','), SITE_DIR: dirname(bundle('harness')) };
  const start = (at: 0 | 1): Promise<RelayProcess> =>
    spawnRelay({ PORT: String(ports[at]), ...shared });
  const running: RelayProcess[] = [await start(0), await start(1)];
  const health = async (at: 0 | 1): Promise<unknown> =>
    (await fetch(`${origins[at]}/healthz`)).json();
  return {
    origins,
    health,
    kill: (at: 0 | 1) => running[at]?.kill(),
    async restart(at: 0 | 1) {
      running[at] = await start(at);
    },
    stop: () => Promise.all(running.map((relay) => relay.stop())),
  };
}

async function freePorts(): Promise<number[]> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ports.push((server.address() as AddressInfo).port);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** What a page gets for the manifest and for a part of the file. */
function readModel(tab: Tab, origin: string, modelRoot: string): Promise<number[]> {
  return tab.page.evaluate(async (base) => {
    const headers = { Range: 'bytes=0-99' };
    const answers = [fetch(`${base}/manifest.json`), fetch(`${base}/model.gguf`, { headers })];
    return (await Promise.all(answers)).map(({ status }) => status);
  }, `${origin}/models/${modelRoot}`);
}

/** An answer during which something happens; returns it with the tokens that came afterwards. */
async function answerAcross(
  tab: Tab,
  request: ReturnType<typeof greedyRequest>,
  happen: () => Promise<void> | undefined,
): Promise<{ readonly answer: Answer; readonly tokensAfter: number }> {
  let tokens = 0;
  let tokensAfter = 0;
  let happened = false;
  const answer = await tab.answer(request, ({ type }) => {
    if (type !== 'token') return;
    tokens += 1;
    if (happened) tokensAfter += 1;
    if (tokens === 5) {
      void happen()?.then(() => {
        happened = true;
      });
    }
  });
  return { answer, tokensAfter };
}

test('with two relays either one may be down: answers go on, asking works, tabs come back', async ({
  newTab,
}) => {
  test.setTimeout(150_000);
  const relays = await startTwo();
  const [first, second] = relays.origins;
  try {
    const catalog = (await (await fetch(`${first}/catalog.json`)).json()) as {
      entries: { id: string; modelRoot: string }[];
    };
    const modelRoot = catalog.entries.find(({ id }) => id === 'pip-7m')?.modelRoot ?? '';
    const [front, back, requester, late] = await Promise.all([
      newTab({ origin: first }),
      newTab({ origin: second }),
      newTab({ origin: first }),
      newTab({ origin: first }),
    ]);
    // Slow enough that an answer outlives a relay.
    await front.volunteer(modelRoot, HALVES[0] ?? WHOLE, { gpuShare: 0.3 });
    await back.volunteer(modelRoot, HALVES[1] ?? WHOLE, { gpuShare: 0.3 });
    await requester.awaitVolunteers(modelRoot, 2);
    const everybody = { status: 'ok', peers: 4, volunteers: 2 };
    for (const at of [0, 1] as const) await expect.poll(() => relays.health(at)).toEqual(everybody);

    const request = greedyRequest(modelRoot, QUESTION, { tokensMax: 60, ignoresEnd: true });
    const undisturbed = await requester.answer(request);
    expect(undisturbed.error).toBeUndefined();
    for (const at of [1, 0] as const) {
      const { answer, tokensAfter } = await answerAcross(requester, request, () => relays.kill(at));
      expect(answer.error).toBeUndefined();
      expect(answer.tokenIds).toEqual(undisturbed.tokenIds);
      expect(answer.stats.repairs).toBe(0);
      expect(tokensAfter).toBeGreaterThan(10);

      // Who comes only now has to dial.
      const newcomer = await newTab({ origin: relays.origins[at === 1 ? 0 : 1] });
      for (const tab of [newcomer, late]) {
        await tab.awaitVolunteers(modelRoot, 2);
        const asked = await tab.answer({ ...request, tokensMax: 6 });
        expect(asked.error).toBeUndefined();
        expect(asked.tokenIds).toEqual(undisturbed.tokenIds.slice(0, 6));
      }
      await newcomer.page.close();
      // Pages of the relay that is down read models from the other one.
      expect(await readModel(late, relays.origins[at === 1 ? 0 : 1], modelRoot)).toEqual([
        200, 206,
      ]);

      await relays.restart(at);
      await expect.poll(() => relays.health(at), { timeout: 40_000 }).toEqual(everybody);
    }
  } finally {
    await relays.stop();
  }
});
