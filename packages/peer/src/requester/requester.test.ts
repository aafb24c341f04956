import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createToySwarm, TOY_ROOT, type ToySwarm } from '../testing/toy-swarm.ts';
import type { Answer, AnswerEvent, AnswerRequest } from './answer.ts';

const GREEDY = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
const REQUEST: AnswerRequest = {
  modelRoot: TOY_ROOT,
  input: { tokenIds: Array.from({ length: 75 }, (_, index) => 20 + (index % 90)) },
  tokensMax: 24,
  sampling: GREEDY,
  ignoresEnd: true,
  activation: 'f32',
};

async function ask(
  swarm: ToySwarm,
  change: Partial<AnswerRequest> = {},
  onEvent: (event: AnswerEvent) => void = () => undefined,
  signal?: AbortSignal,
): Promise<Answer> {
  let answer: Answer | undefined;
  for await (const event of swarm.requester.answer({ ...REQUEST, ...change }, signal)) {
    onEvent(event);
    if (event.type === 'done') answer = event.answer;
  }
  if (!answer) throw new Error('The last event was not `done`.');
  return answer;
}

/** Runs `act` once when the given number of tokens has come. */
function afterTokens(count: number, act: () => void): (event: AnswerEvent) => void {
  let seen = 0;
  return (event) => {
    if (event.type !== 'token') return;
    seen += 1;
    if (seen === count) act();
  };
}

async function undisturbed(change: Partial<AnswerRequest> = {}): Promise<Answer> {
  return ask(await createToySwarm([[0, 6]]), change);
}

describe('answers', () => {
  test('are the same from one volunteer, three stages and six', async () => {
    const whole = await undisturbed();
    expect(whole.finishReason).toBe('length');
    expect(whole.tokenIds).toHaveLength(24);
    expect(new Set(whole.tokenIds).size).toBeGreaterThan(8);
    const three = await ask(
      await createToySwarm([
        [0, 2],
        [2, 4],
        [4, 6],
      ]),
    );
    expect(three.tokenIds).toEqual(whole.tokenIds);
    expect(three.chain.map(({ firstBlock, endBlock }) => [firstBlock, endBlock])).toEqual([
      [0, 2],
      [2, 4],
      [4, 6],
    ]);
    const six = await ask(
      await createToySwarm([0, 1, 2, 3, 4, 5].map((block) => [block, block + 1] as const)),
    );
    expect(six.tokenIds).toEqual(whole.tokenIds);
  });

  test('spread over tabs that each hold everything when stagesMin asks for it', async () => {
    const swarm = await createToySwarm([
      [0, 6],
      [0, 6],
      [0, 6],
    ]);
    const answer = await ask(swarm, { stagesMin: 3 });
    expect(answer.chain).toHaveLength(3);
    expect(new Set(answer.chain.map(({ peerId }) => peerId)).size).toBe(3);
    expect(answer.tokenIds).toEqual((await undisturbed()).tokenIds);
    expect(answer.links).toHaveLength(4);
    expect(answer.links.every(({ bytesSent }) => bytesSent > 0)).toBe(true);
  });

  test('report prefill progress, then one event a token whose texts make up the answer', async () => {
    const events: AnswerEvent[] = [];
    const answer = await ask(
      await createToySwarm([
        [0, 3],
        [3, 6],
      ]),
      {},
      (event) => events.push(event),
    );
    const prefills = events.flatMap((event) =>
      event.type === 'prefill' ? [event.doneTokens] : [],
    );
    expect(prefills).toEqual([0, 32, 64, 75]);
    const texts = events.map((event) => (event.type === 'token' ? event.text : ''));
    expect(texts.join('')).toBe(answer.text);
    expect(answer.stats.promptTokens).toBe(75);
    expect(answer.stats.ttftMs).toBeGreaterThan(0);
  });

  test('have the next step under way before anybody reads a token', async () => {
    const swarm = await createToySwarm([[0, 6]]);
    const sent: number[] = [];
    const stepsAtToken: number[] = [];
    swarm.transport.onLink((link) => {
      const sendFrame = link.sendFrame.bind(link);
      Object.assign(link, {
        sendFrame: (bytes: Uint8Array<ArrayBuffer>, channel: 'latency' | 'bulk') => {
          sent.push(bytes.length);
          sendFrame(bytes, channel);
        },
      });
    });
    await ask(swarm, { drafts: false, tokensMax: 8 }, (event) => {
      if (event.type === 'token') stepsAtToken.push(sent.length);
    });
    // Three chunks of the prompt, and a step for each token but the last, which is only sampled.
    expect(stepsAtToken.slice(0, 8)).toEqual([4, 5, 6, 7, 8, 9, 10, 10]);
  });

  test('run only what the volunteers have not kept from an earlier turn', async () => {
    const swarm = await createToySwarm([
      [0, 2],
      [2, 6],
    ]);
    const first = await ask(swarm);
    expect(first.stats.reusedTokens).toBeUndefined();
    const turn = [...(REQUEST.input as { tokenIds: number[] }).tokenIds, ...first.tokenIds, 30, 31];
    const events: AnswerEvent[] = [];
    const next = await ask(swarm, { input: { tokenIds: turn } }, (event) => events.push(event));
    // 75 and 23 tokens were computed (the last one was only sampled): three pages of 32.
    expect(next.stats).toMatchObject({ promptTokens: 101, reusedTokens: 96 });
    expect(events.find(({ type }) => type === 'prefill')).toMatchObject({ doneTokens: 96 });
    expect(next.tokenIds).toEqual((await undisturbed({ input: { tokenIds: turn } })).tokenIds);
  });

  test('compute the last position of a prompt that was kept whole', async () => {
    const swarm = await createToySwarm([[0, 6]]);
    const input = { tokenIds: Array.from({ length: 64 }, (_, index) => 20 + index) };
    const first = await ask(swarm, { input });
    const again = await ask(swarm, { input });
    expect(again.stats.reusedTokens).toBe(32);
    expect(again.tokenIds).toEqual(first.tokenIds);
  });

  test('with a seed are reproducible, and differ between seeds', async () => {
    const sampling = { ...GREEDY, temperature: 1, seed: 7 };
    const first = await undisturbed({ sampling });
    expect((await undisturbed({ sampling })).tokenIds).toEqual(first.tokenIds);
    const other = await undisturbed({ sampling: { ...sampling, seed: 8 } });
    expect(other.tokenIds).not.toEqual(first.tokenIds);
  });

  test('end at a stop string, which is not shown', async () => {
    const { text } = await undisturbed();
    const stop = text.slice(10, 13);
    const answer = await undisturbed({ stopStrings: [stop] });
    expect(answer.finishReason).toBe('stop-string');
    expect(answer.text).toBe(text.slice(0, text.indexOf(stop)));
  });

  test('free every session afterwards', async () => {
    const swarm = await createToySwarm([
      [0, 3],
      [3, 6],
    ]);
    await ask(swarm);
    expect(swarm.volunteers.map(({ engine }) => engine.sessionIds.size)).toEqual([0, 0]);
    expect(swarm.volunteers.map(({ host }) => host.sessionCount)).toEqual([0, 0]);
  });

  test('stop at once when the person stops them, with the text so far', async () => {
    const swarm = await createToySwarm([
      [0, 3],
      [3, 6],
    ]);
    const abort = new AbortController();
    const stop = afterTokens(5, () => abort.abort());
    const answer = await ask(swarm, {}, stop, abort.signal);
    expect(answer.finishReason).toBe('aborted');
    expect(answer.tokenIds.length).toBeLessThan(8);
    expect(answer.text).not.toBe('');
    expect(swarm.volunteers.map(({ engine }) => engine.sessionIds.size)).toEqual([0, 0]);
  });

  test('end at the context’s end', async () => {
    const tokenIds = Array.from({ length: 250 }, () => 33);
    const answer = await undisturbed({ input: { tokenIds }, tokensMax: 100 });
    expect(answer.finishReason).toBe('context');
    expect(answer.tokenIds).toHaveLength(6);
  });
});

describe('a volunteer that is lost', () => {
  test.each([1, 2, 23])('after token %i does not change the answer', async (count) => {
    for (const index of [0, 1, 2]) {
      const swarm = await createToySwarm([
        [0, 2],
        [2, 4],
        [4, 6],
        [0, 6],
      ]);
      const lost = swarm.volunteers[index];
      const answer = await ask(
        swarm,
        { stagesMin: 3 },
        afterTokens(count, () => lost?.kill()),
      );
      expect(answer.finishReason).toBe('length');
      expect(answer.tokenIds).toEqual((await undisturbed()).tokenIds);
    }
  });

  test('during prefill does not change the answer', async () => {
    const swarm = await createToySwarm([
      [0, 6],
      [0, 6],
    ]);
    let isKilled = false;
    const answer = await ask(swarm, {}, (event) => {
      if (event.type !== 'prefill' || event.doneTokens < 32 || isKilled) return;
      isKilled = true;
      for (const volunteer of swarm.volunteers) if (volunteer.engine.stepCount) volunteer.kill();
    });
    expect(answer.stats.repairs).toBe(1);
    expect(answer.tokenIds).toEqual((await undisturbed()).tokenIds);
  });

  test('with nobody to replace it: says which blocks are missing and keeps the text', async () => {
    const swarm = await createToySwarm(
      [
        [0, 3],
        [3, 6],
      ],
      { coverageWaitMs: 50 },
    );
    const kill = afterTokens(6, () => swarm.volunteers[1]?.kill());
    const answer = await ask(swarm, {}, kill);
    expect(answer.finishReason).toBe('failed');
    expect(answer.error?.code).toBe('not-covered');
    expect(answer.tokenIds).toEqual((await undisturbed()).tokenIds.slice(0, 6));
    expect(answer.text).not.toBe('');
  });

  test('is replaced by one that joins while the answer waits', async () => {
    const swarm = await createToySwarm(
      [
        [0, 3],
        [3, 6],
      ],
      { coverageWaitMs: 5_000 },
    );
    const kill = afterTokens(6, () => {
      swarm.volunteers[1]?.kill();
      setTimeout(() => void swarm.add(3, 6), 30);
    });
    const answer = await ask(swarm, {}, kill);
    expect(answer.tokenIds).toEqual((await undisturbed()).tokenIds);
  });

  test('because it stops contributing says goodbye and is replaced', async () => {
    const swarm = await createToySwarm([
      [0, 3],
      [3, 6],
      [3, 6],
    ]);
    const answer = await ask(swarm, {}, (event) => {
      if (event.type === 'chain' && event.chain[1]) {
        const serving = swarm.volunteers.find(({ peerId }) => peerId === event.chain[1]?.peerId);
        if (answerGoodbyes === 0) void serving?.host.dispose('stopped');
        answerGoodbyes += 1;
      }
    });
    expect(answerGoodbyes).toBe(2);
    expect(answer.tokenIds).toEqual((await undisturbed()).tokenIds);
  });
  let answerGoodbyes = 0;

  test('because its engine fails is replaced', async () => {
    const swarm = await createToySwarm([
      [0, 6],
      [0, 6],
    ]);
    const fail = afterTokens(3, () => {
      for (const { engine } of swarm.volunteers) {
        if (engine.stepCount > 0) {
          engine.nextError = Object.assign(new Error('NaN'), { code: 'non-finite' });
        }
      }
    });
    const answer = await ask(swarm, {}, fail);
    expect(answer.stats.repairs).toBe(1);
    expect(answer.tokenIds).toEqual((await undisturbed()).tokenIds);
  });

  test('again and again ends with a clear failure, not a loop', async () => {
    const swarm = await createToySwarm([[0, 6]], { coverageWaitMs: 50 });
    const engine = swarm.volunteers[0]?.engine;
    const answer = await ask(swarm, {}, (event) => {
      if (event.type === 'chain' && engine) engine.nextError = new Error('driver bug');
    });
    expect(answer.finishReason).toBe('failed');
    expect(answer.error?.code).toBe('chain-lost');
    expect(answer.stats.repairs).toBe(5);
  });
});

describe('a volunteer that fails and is still in the directory', () => {
  test('does not use up every repair before the next one comes', async () => {
    const swarm = await createToySwarm([[0, 6]]);
    const [failing] = swarm.volunteers;
    let newcomer: Promise<unknown> | undefined;
    const answer = await ask(swarm, {}, ({ type }) => {
      // Each time that it is asked, and at once.
      if (type === 'chain' && failing) failing.engine.nextError = new Error('driver bug');
      if (type !== 'repair' || newcomer !== undefined) return;
      newcomer = new Promise((resolve) => setTimeout(resolve, 100)).then(() => swarm.add(0, 6));
    });
    await newcomer;
    expect(answer.error).toBeUndefined();
    expect(answer.stats.repairs).toBeLessThan(5);
  });
});

describe('a volunteer whose engine hangs', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  });
  /** Hashing is real: it ends between two turns of the event loop. */
  const aTurn = () =>
    new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(null);
    });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('is given up after the step deadline and the answer goes on elsewhere', async () => {
    const swarm = await createToySwarm([
      [0, 6],
      [0, 6],
    ]);
    const freeze = afterTokens(4, () => {
      for (const volunteer of swarm.volunteers) if (volunteer.engine.stepCount) volunteer.hang();
    });
    let answer: Answer | undefined;
    const asking = ask(swarm, {}, freeze).then((done) => {
      answer = done;
    });
    const isFrozen = (): boolean => swarm.volunteers.some(({ engine }) => engine.isFrozen);
    while (!isFrozen()) await aTurn();
    while (!answer) {
      await aTurn();
      await vi.advanceTimersByTimeAsync(1_000);
    }
    await asking;
    expect(answer?.tokenIds).toHaveLength(24);
    expect(answer?.stats.repairs).toBe(1);
  });
});

describe('a request that cannot be answered fails with a code and a remedy', () => {
  test.each([
    ['prompt-empty', { input: { tokenIds: [] } }],
    ['prompt-empty', { input: { rawText: '' } }],
    ['prompt-empty', { input: { messages: [{ role: 'user', content: '  ' }] } }],
    ['prompt-too-long', { input: { rawText: 'word '.repeat(400) } }],
    ['prompt-too-long', { input: { rawText: 'x'.repeat(5_000_000) } }],
    ['bad-sampling', { tokensMax: 0 }],
    ['bad-sampling', { sampling: { ...GREEDY, topP: 3 } }],
    ['bad-sampling', { stopStrings: Array.from({ length: 17 }, () => 'x') }],
    ['not-enough-stages', { stagesMin: 2 }],
    ['not-enough-stages', { stagesMin: 7 }],
  ] as const)('%s for %j', async (code, change) => {
    const answer = await undisturbed(change as Partial<AnswerRequest>);
    expect(answer.finishReason).toBe('failed');
    expect(answer.error?.code).toBe(code);
    expect(answer.error?.message.length).toBeGreaterThan(20);
  });

  test('no-volunteers when nobody contributes, not-covered when blocks are missing', async () => {
    expect((await ask(await createToySwarm([]))).error?.code).toBe('no-volunteers');
    const partial = await ask(await createToySwarm([[0, 3]]));
    expect(partial.error?.code).toBe('not-covered');
    expect(partial.error?.message).toMatch(/3/);
  });
});
