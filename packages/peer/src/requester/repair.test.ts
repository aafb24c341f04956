import { describe, expect, test } from 'vitest';
import {
  createToySwarm,
  TOY_ROOT,
  TOY_THIRDS,
  type ToySwarm,
  type ToyVolunteer,
} from '../testing/toy-swarm.ts';
import type { Answer, AnswerEvent, AnswerRequest } from './answer.ts';

const PROMPT = 75;
const TOKENS = 24;
const REQUEST: AnswerRequest = {
  modelRoot: TOY_ROOT,
  input: { tokenIds: Array.from({ length: PROMPT }, (_, index) => 20 + (index % 90)) },
  tokensMax: TOKENS,
  sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 },
  ignoresEnd: true,
  activation: 'f32',
};
/** Each row is run once by every stage, but for the last token, which is only sampled. */
const ROWS = PROMPT + TOKENS - 1;

async function ask(swarm: ToySwarm, onEvent: (event: AnswerEvent) => void): Promise<Answer> {
  let answer: Answer | undefined;
  for await (const event of swarm.requester.answer(REQUEST)) {
    onEvent(event);
    if (event.type === 'done') answer = event.answer;
  }
  if (!answer) throw new Error('The last event was not `done`.');
  return answer;
}

async function undisturbed(): Promise<readonly number[]> {
  return (await ask(await createToySwarm([[0, 6]]), () => undefined)).tokenIds;
}

type Moment = 'prefill' | 'decode';

/** Runs `act` once, in the middle of the prompt or of the answer. */
function at(moment: Moment, act: () => void): (event: AnswerEvent) => void {
  let tokens = 0;
  let isDone = false;
  return (event) => {
    if (event.type === 'token') tokens += 1;
    const isNow =
      moment === 'prefill' ? event.type === 'prefill' && event.doneTokens > 0 : tokens === 9;
    if (!isNow || isDone) return;
    isDone = true;
    act();
  };
}

function serving(swarm: ToySwarm): ToyVolunteer[] {
  return swarm.volunteers.filter(({ engine }) => engine.sessionIds.size > 0);
}

describe.each(['prefill', 'decode'] as const)('in %s', (moment) => {
  test.each([0, 1, 2])(
    'stage %i is replaced and the others compute nothing twice',
    async (index) => {
      const swarm = await createToySwarm([...TOY_THIRDS, ...TOY_THIRDS]);
      let used: ToyVolunteer[] = [];
      const kill = at(moment, () => {
        used = serving(swarm);
        used.find(({ peerId }) => peerId === stageOf(used, index))?.kill();
      });
      const answer = await ask(swarm, kill);
      expect(answer.error).toBeUndefined();
      expect(answer.tokenIds).toEqual(await undisturbed());
      expect(answer.stats.repairs).toBe(1);
      const lost = stageOf(used, index);
      for (const survivor of used.filter(({ peerId }) => peerId !== lost)) {
        // Chunks on their way when the stage was lost are sent again.
        const again = survivor.engine.rowCount - ROWS;
        expect(again).toBeGreaterThanOrEqual(0);
        expect(again).toBeLessThanOrEqual(moment === 'prefill' ? PROMPT - 32 : 1);
      }
      expect(serving(swarm)).toEqual([]);
    },
  );

  test('two stages are lost at once', async () => {
    for (const pair of [
      [0, 1],
      [1, 2],
      [0, 2],
    ]) {
      const swarm = await createToySwarm([...TOY_THIRDS, ...TOY_THIRDS]);
      const kill = at(moment, () => {
        const used = serving(swarm);
        const lost = pair.map((index) => stageOf(used, index));
        for (const volunteer of used) if (lost.includes(volunteer.peerId)) volunteer.kill();
      });
      const answer = await ask(swarm, kill);
      expect(answer.tokenIds, `stages ${pair}`).toEqual(await undisturbed());
    }
  });

  test('the replacement dies while it is filled', async () => {
    const swarm = await createToySwarm([...TOY_THIRDS, [2, 4], [2, 4]]);
    let repairs = 0;
    const kill = at(moment, () => {
      const used = serving(swarm);
      used.find(({ peerId }) => peerId === stageOf(used, 1))?.kill();
    });
    const answer = await ask(swarm, (event) => {
      kill(event);
      if (event.type !== 'repair') return;
      repairs += 1;
      if (repairs > 1) return;
      // Whichever of the spares is taken first does not survive its first step.
      for (const volunteer of swarm.volunteers) {
        if (volunteer.engine.stepCount > 0) continue;
        const { engine } = volunteer;
        const { step } = engine;
        Object.assign(engine, {
          step: (...request: Parameters<typeof step>) => {
            if (repairs > 1) return step(...request);
            volunteer.kill();
            return new Promise(() => undefined);
          },
        });
      }
    });
    expect(repairs).toBe(2);
    expect(answer.error).toBeUndefined();
    expect(answer.tokenIds).toEqual(await undisturbed());
  });

  test('a frozen stage is noticed by its silence, and disturbs nothing when it wakes', async () => {
    for (const index of [0, 1, 2]) {
      const swarm = await createToySwarm([...TOY_THIRDS, ...TOY_THIRDS]);
      let frozen: ToyVolunteer | undefined;
      const freeze = at(moment, () => {
        const used = serving(swarm);
        frozen = used.find(({ peerId }) => peerId === stageOf(used, index));
        frozen?.freeze();
      });
      const answer = await ask(swarm, (event) => {
        freeze(event);
        if (event.type === 'chain' && frozen) frozen.wake();
      });
      expect(answer.error).toBeUndefined();
      expect(answer.tokenIds).toEqual(await undisturbed());
      expect(answer.stats.repairs).toBe(1);
      expect(answer.chain.map(({ peerId }) => peerId)).not.toContain(frozen?.peerId);
    }
  });
});

/** The peer of a stage: volunteers are added in the order of their blocks, twice. */
function stageOf(used: readonly ToyVolunteer[], index: number): string | undefined {
  return used.find(({ firstBlock }) => firstBlock === TOY_THIRDS[index]?.[0])?.peerId;
}
