import type { StepRequest } from '@manyhands/engine/stage';
import { describe, expect, test } from 'vitest';
import { createToySwarm, TOY_ROOT, type ToySwarm } from '../testing/toy-swarm.ts';
import type { Answer, AnswerRequest } from './answer.ts';
import type { DraftPolicy } from './draft-policy.ts';

const GREEDY = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };

/** Drafts as long as they go, whatever they cost: what is tested is the text. */
const always: DraftPolicy = {
  choose: ({ tokenIds }) => tokenIds.length,
  took: () => undefined,
  judge: () => undefined,
};

const CHAIN = [
  [0, 2],
  [2, 6],
] as const;

function createSwarm(policy = always): Promise<ToySwarm> {
  return createToySwarm(CHAIN, { isRepetitive: true, createPolicy: () => policy });
}

async function ask(swarm: ToySwarm, request: Partial<AnswerRequest>): Promise<Answer> {
  const { requester } = swarm;
  const asked = { modelRoot: TOY_ROOT, input: PROMPT, tokensMax: 60, sampling: GREEDY };
  const fixed = { ignoresEnd: true, activation: 'f32' as const };
  for await (const event of requester.answer({ ...asked, ...fixed, ...request })) {
    if (event.type === 'done') return event.answer;
  }
  throw new Error('The last event was not `done`.');
}

const PROMPT = { tokenIds: Array.from({ length: 40 }, (_, index) => 20 + (index % 9)) };

const plainly = async (request: Partial<AnswerRequest>): Promise<Answer> =>
  ask(await createSwarm(), { ...request, drafts: false });

/** A prompt that the answer goes on with: some tokens and what the model made of them. */
async function grow(tokenIds: readonly number[], length: number): Promise<{ tokenIds: number[] }> {
  const grown = await plainly({ input: { tokenIds }, tokensMax: length - tokenIds.length });
  return { tokenIds: [...tokenIds, ...grown.tokenIds] };
}

/** Everything a person or a program sees of an answer. */
function seen({ text, tokenIds, finishReason }: Answer) {
  return { text, tokenIds, finishReason };
}

/** Numbers in [0, 1) that a seed determines. */
function createRandom(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

// Many whole answers a test.
describe('drafts', { timeout: 20_000 }, () => {
  test('change no token, whatever the prompt, the sampling and their length', async () => {
    const counts = { drafted: 0, accepted: 0 };
    for (let seed = 0; seed < 24; seed += 1) {
      const random = createRandom(seed);
      const pick = (count: number) => Math.floor(random() * count);
      const policy = {
        ...always,
        choose: ({ tokenIds }) => pick(tokenIds.length + 1),
      } as DraftPolicy;
      const request: Partial<AnswerRequest> = {
        input: await grow([20 + pick(200), 20 + pick(200)], 30 + pick(60)),
        tokensMax: 30 + pick(60),
        sampling: {
          ...GREEDY,
          temperature: [0, 0.01, 0.03][seed % 3] ?? 0,
          repetitionPenalty: [1, 1.001, 1, 1.3][seed % 4] ?? 1,
          seed,
        },
      };
      const answer = await ask(await createSwarm(policy), request);
      expect(seen(answer), `seed ${seed}`).toEqual(seen(await plainly(request)));
      counts.drafted += answer.stats.draftedTokens ?? 0;
      counts.accepted += answer.stats.acceptedTokens ?? 0;
    }
    // Both kinds were there.
    expect(counts.accepted).toBeGreaterThan(80);
    expect(counts.drafted - counts.accepted).toBeGreaterThan(300);
  });

  test('save passes, which the answer counts', async () => {
    const steps = async (drafts: boolean) => {
      const swarm = await createSwarm();
      const { stats, tokenIds } = await ask(swarm, { drafts });
      return { stats, tokenIds, count: swarm.volunteers[0]?.engine.stepCount ?? 0 };
    };
    const [plain, drafted] = [await steps(false), await steps(true)];
    expect(plain.stats.draftedTokens).toBeUndefined();
    const { draftedTokens = 0, acceptedTokens = 0 } = drafted.stats;
    expect(acceptedTokens).toBeGreaterThan(10);
    expect(draftedTokens).toBeGreaterThanOrEqual(acceptedTokens);
    expect(plain.count - drafted.count).toBe(acceptedTokens);
  });

  test('end where a stop string ends, also one that crosses them', async () => {
    const { text } = await plainly({});
    for (let start = 0; start + 5 < text.length; start += 11) {
      for (const length of [1, 3, 5]) {
        const request = { stopStrings: [text.slice(start, start + length)] };
        const answer = await ask(await createSwarm(), request);
        expect(answer.finishReason).toBe('stop-string');
        expect(seen(answer)).toEqual(seen(await plainly(request)));
      }
    }
  });

  test('end at an end token that was drafted', async () => {
    const { detokenizer } = await (await createSwarm()).models.load(
      TOY_ROOT,
      new AbortController().signal,
    );
    const [eos] = detokenizer.eosIds;
    let checked = 0;
    for (let seed = 0; seed < 200 && checked < 3; seed += 1) {
      const start = [30 + (seed % 80), 40 + (seed % 60), 50 + (seed % 50)];
      const open = { ignoresEnd: false, tokensMax: 100 };
      const once = await plainly({ ...open, input: { tokenIds: start } });
      if (once.finishReason !== 'stop' || once.tokenIds.length < 4) continue;
      // What was answered before, its end included, stands in the prompt.
      const input = { tokenIds: [...start, ...once.tokenIds, 21, ...start] };
      const plain = await plainly({ ...open, input });
      if (plain.finishReason !== 'stop' || plain.tokenIds.at(-1) !== eos) continue;
      const answer = await ask(await createSwarm(), { ...open, input });
      expect(seen(answer)).toEqual(seen(plain));
      expect(answer.stats.acceptedTokens).toBeGreaterThan(0);
      checked += 1;
    }
    expect(checked).toBeGreaterThan(0);
  });

  test('survive a volunteer that dies in a drafted step', async () => {
    for (const stage of [0, 1]) {
      const swarm = await createToySwarm([...CHAIN, ...CHAIN], {
        isRepetitive: true,
        createPolicy: () => always,
      });
      let killed = 0;
      for (const volunteer of swarm.volunteers) {
        volunteer.engine.onStep = ({ position, tokenCount }: StepRequest) => {
          const isMine = swarm.volunteers.indexOf(volunteer) % 2 === stage;
          if (!isMine || killed > 0 || position < 40 || tokenCount < 4) return;
          killed += 1;
          volunteer.kill();
        };
      }
      const answer = await ask(swarm, {});
      expect(killed).toBe(1);
      expect(answer.stats.repairs).toBe(1);
      expect(seen(answer)).toEqual(seen(await plainly({})));
    }
  });

  test('leave no page behind that holds a token which was not said', async () => {
    let cutAtPage = 0;
    for (let seed = 0; seed < 12; seed += 1) {
      const input = await grow([20 + 9 * seed], 40);
      const request = { input, sampling: { ...GREEDY, temperature: 0.01, seed } };
      const whole = await plainly(request);
      // Ends with the token that would fill the second page.
      const prefix = await plainly({ ...request, tokensMax: 24 });
      const stop = prefix.text.slice(-2);
      if (whole.text.indexOf(stop) + stop.length !== prefix.text.length) continue;
      const swarm = await createSwarm();
      const first = await ask(swarm, { ...request, stopStrings: [stop] });
      if (first.tokenIds.length !== 24) continue;
      cutAtPage += 1;
      const turn = { input: { tokenIds: [...input.tokenIds, ...first.tokenIds, 30, 31, 32] } };
      const next = await ask(swarm, turn);
      expect(next.stats.reusedTokens).toBe(32);
      expect(seen(next)).toEqual(seen(await plainly(turn)));
    }
    expect(cutAtPage).toBeGreaterThan(2);
  });
});
