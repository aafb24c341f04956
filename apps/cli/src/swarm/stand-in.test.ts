import { createStage } from '@manyhands/engine/create-stage';
import { createPassQueue } from '@manyhands/engine/pass-queue';
import type { StepRequest } from '@manyhands/engine/stage';
import type { ModelConfig } from '@manyhands/model/config';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../harness/swarm/exact-timer.ts';
import { createStandInBackend, PASS_MS, ROW_MS } from '../../harness/swarm/stand-in-backend.ts';
import { REPEATING_PROMPT_ID, STAND_IN_HIDDEN_SIZE } from '../../harness/swarm/stand-in-text.ts';
import { splitBlocks } from '../eval/split-blocks.ts';

const BLOCKS = 4;
const VOCABULARY = 4_096;
const POSITIONS = 128;
const CONFIG = {
  blockCount: BLOCKS,
  contextLength: POSITIONS,
  hiddenSize: STAND_IN_HIDDEN_SIZE,
  vocabSize: VOCABULARY,
} as ModelConfig;
const PROMPT = Array.from({ length: 40 }, (_, index) => 700 + index * 13);

/** One session over a chain of stand-in stages. */
function createChain(stageCount: number, clock?: Clock) {
  const sessionId = 'one';
  const stages = splitBlocks(BLOCKS, stageCount).map((range) => {
    const backend = createStandInBackend(CONFIG, range.firstBlock, range.endBlock, clock);
    return {
      range,
      stage: createStage(backend, { config: CONFIG, tensors: [], ...range }, 2 ** 30),
    };
  });
  const open = async (): Promise<void> => {
    for (const { range, stage } of stages) {
      await stage.openSession(sessionId, { ...range, positionsMax: POSITIONS });
    }
  };
  /** The likeliest token after each of the last `headRows` rows. */
  const step = async (ids: readonly number[], position: number, headRows = 1) => {
    let input: Pick<StepRequest, 'tokenIds' | 'hidden'> = { tokenIds: Uint32Array.from(ids) };
    for (const { range, stage } of stages) {
      const request = { sessionId, position, tokenCount: ids.length, ...input };
      const result = await stage.step({ ...request, headRows: range.heads ? headRows : 0 });
      const { hidden, candidates } = result;
      if (candidates) {
        const { candidateCount, tokenIds } = candidates;
        return Array.from({ length: headRows }, (_, row) => tokenIds[row * candidateCount] ?? -1);
      }
      if (hidden) input = { hidden };
    }
    throw new Error('No stage had a head.');
  };
  return { stages, open, step };
}

async function greedy(stageCount: number, prompt: readonly number[], count: number, chunk = 32) {
  const chain = createChain(stageCount);
  await chain.open();
  let next: number[] = [];
  for (let at = 0; at < prompt.length; at += chunk) {
    next = await chain.step(prompt.slice(at, at + chunk), at);
  }
  const ids: number[] = [];
  for (let position = prompt.length; ids.length < count; position++) {
    const [id = -1] = next;
    ids.push(id);
    if (ids.length < count) next = await chain.step([id], position);
  }
  return ids;
}

describe('a stand-in', () => {
  it('gives the same text whole, split and in other chunks', async () => {
    const whole = await greedy(1, PROMPT, 8);
    expect(new Set(whole).size).toBeGreaterThan(6);
    expect(await greedy(2, PROMPT, 8)).toEqual(whole);
    expect(await greedy(3, PROMPT, 8, 7)).toEqual(whole);
  });

  it('gives another text where any token of the prompt differs', async () => {
    const [whole] = await greedy(1, PROMPT, 1);
    for (const position of [0, 17, 39]) {
      const other = PROMPT.map((id, at) => (at === position ? id + 1 : id));
      expect(await greedy(1, other, 1), `position ${position}`).not.toEqual([whole]);
    }
  });

  it.each([0, 1, 2])(
    'gives another text where stage %i replayed a position wrongly',
    async (at) => {
      const right = createChain(3);
      const wrong = createChain(3);
      for (const chain of [right, wrong]) {
        await chain.open();
        await chain.step(PROMPT, 0);
      }
      const { range, stage } = wrong.stages[at] as (typeof wrong.stages)[number];
      const input = range.embeds
        ? { tokenIds: Uint32Array.of(9, ...PROMPT.slice(21)) }
        : { hidden: new Float32Array(20 * STAND_IN_HIDDEN_SIZE).fill(1) };
      // Positions 20 to 39 of this stage alone are computed again, from something else.
      await stage.step({ sessionId: 'one', position: 20, tokenCount: 20, headRows: 0, ...input });
      expect(await wrong.step([800], 40)).not.toEqual(await right.step([800], 40));
    },
  );

  it('verifies drafts in one step, and forgets those that were wrong', async () => {
    const [first = 0, second = 0, third = 0] = await greedy(1, PROMPT, 3);
    const chain = createChain(2);
    await chain.open();
    await chain.step(PROMPT, 0);
    // The first draft is right and the second is not.
    expect((await chain.step([first, second, 9], 40, 3)).slice(0, 2)).toEqual([second, third]);
    expect(await chain.step([second], 41)).toEqual([third]);
  });

  it('repeats a phrase where the prompt asks for it, and spoils it where a stage lost its history', async () => {
    const prompt = [REPEATING_PROMPT_ID, ...PROMPT.slice(1)];
    const ids = await greedy(3, prompt, 34);
    expect(ids.slice(16, 34)).toEqual(ids.slice(0, 18));
    expect(new Set(ids).size).toBe(16);
    const other = await greedy(
      1,
      prompt.map((id, at) => (at === 2 ? id + 1 : id)),
      2,
    );
    expect(other).not.toEqual(ids.slice(0, 2));

    const chain = createChain(3);
    await chain.open();
    await chain.step(prompt, 0);
    const [, middle] = chain.stages;
    const hidden = new Float32Array(STAND_IN_HIDDEN_SIZE).fill(1);
    await middle?.stage.step({
      sessionId: 'one',
      position: 39,
      tokenCount: 1,
      headRows: 0,
      hidden,
    });
    expect(await chain.step([ids[0] ?? 0], 40)).not.toEqual([ids[1]]);
  });

  it('takes a pass and its rows as long as it says, for all sessions that wait together', async () => {
    let nowMs = 0;
    const waits: { dueMs: number; wake: () => void }[] = [];
    const waitUntil = (dueMs: number): Promise<void> =>
      new Promise((wake) => waits.push({ dueMs, wake }));
    const [first] = createChain(1, { nowMs: () => nowMs, waitUntil }).stages;
    if (first === undefined) throw new Error('no stage');
    const { range, stage } = first;
    const sessions = ['a', 'b', 'c', 'd'];
    for (const id of sessions) await stage.openSession(id, { ...range, positionsMax: 8 });
    const queue = createPassQueue((requests) => stage.pass(requests));
    const tokenIds = Uint32Array.of(700);
    const steps = sessions.map((sessionId) =>
      queue.add({ sessionId, position: 0, tokenCount: 1, tokenIds, headRows: 1 }),
    );
    const dueTimes: number[] = [];
    // The first goes alone, the others gather behind it.
    for (const _ of [1, 2]) {
      await expect.poll(() => waits.length).toBe(1);
      const wait = waits.shift();
      nowMs = wait?.dueMs ?? 0;
      dueTimes.push(nowMs);
      wait?.wake();
    }
    await Promise.all(steps);
    expect(dueTimes).toEqual([PASS_MS + ROW_MS, 2 * PASS_MS + 4 * ROW_MS]);
  });
});
