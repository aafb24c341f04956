import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { expect, test } from 'vitest';
import {
  MIB,
  randomTokens,
  resultOf,
  type StageBackend,
  session,
  tokenStep,
} from './acceptance-testing.ts';
import type { Stage } from './stage.ts';
import { openTestModel, type TestModel } from './stage-testing.ts';

/** Where two best candidates lie closer in log-probability, rounding may choose either. */
const GAP_MAX = 0.001;
const PROMPT_LENGTHS = [70, 40, 66, 9];
const SHARED = 64;
const NEW_TOKENS = 24;

interface Generated {
  readonly ids: readonly number[];
  /** Between the two best candidates of each position. */
  readonly gaps: readonly number[];
}

/** The same prompts alone, with others in every pass, and on a reused prefix: one answer. */
export function greedyAcceptance({ load }: StageBackend): void {
  test('is the same alone, batched and on a reused prefix', {
    timeout: 120_000,
  }, async ({ annotate }) => {
    const model = await openTestModel(createTinyModel({ blockCount: 2, weightType: 'Q8_0' }));
    const stage = await load(model, model.whole, 64 * MIB);
    const shared = randomTokens(model, SHARED, 50);
    // Three begin alike; the last is too short to share a page.
    const prompts = PROMPT_LENGTHS.map((length, i) => {
      const own = randomTokens(model, length, 60 + i);
      return length > SHARED ? Uint32Array.from([...shared, ...own.slice(SHARED)]) : own;
    });
    const alone: Generated[] = [];
    for (const prompt of prompts) alone.push(...(await generate(stage, model, [prompt])));
    const batched = await generate(stage, model, prompts);
    const keys = ['one', 'two'];
    await generate(stage, model, [prompts[0] as Uint32Array<ArrayBuffer>], keys);
    const reusing = [prompts[0], prompts[2]] as Uint32Array<ArrayBuffer>[];
    const reused = await generate(stage, model, reusing, keys, SHARED);

    let nearTies = 0;
    for (const [i, own] of alone.entries()) nearTies += differences(own, batched[i] as Generated);
    nearTies += differences(alone[0] as Generated, reused[0] as Generated);
    nearTies += differences(alone[2] as Generated, reused[1] as Generated);
    const compared = (prompts.length + reusing.length) * NEW_TOKENS;
    await annotate(`${nearTies} of ${compared} greedy ids differed, each at a near tie`);
    stage.dispose();
  });
}

/** Greedy tokens of all prompts, in passes that they share; prefills come in the first. */
async function generate(
  stage: Stage,
  model: TestModel,
  prompts: readonly Uint32Array<ArrayBuffer>[],
  prefixKeys: readonly string[] = [],
  reusedWanted = 0,
): Promise<Generated[]> {
  const sessions = prompts.map((_, i) => `s${i}`);
  const starts: number[] = [];
  for (const id of sessions) {
    const opened = await stage.openSession(id, session(model.whole, 128), prefixKeys);
    expect(opened.reusedPositions).toBe(reusedWanted);
    starts.push(opened.reusedPositions);
  }
  const out = prompts.map(() => ({ ids: [] as number[], gaps: [] as number[] }));
  for (let round = 0; round < NEW_TOKENS; round += 1) {
    const requests = prompts.map((prompt, i) => {
      const sessionId = sessions[i] as string;
      const start = starts[i] as number;
      if (round === 0) return tokenStep(prompt.slice(start), start, { sessionId });
      const position = prompt.length + round - 1;
      return tokenStep(Uint32Array.of(out[i]?.ids.at(-1) ?? 0), position, { sessionId });
    });
    for (const [i, outcome] of (await stage.pass(requests)).entries()) {
      const { candidates } = resultOf(outcome);
      out[i]?.ids.push(candidates?.tokenIds[0] as number);
      const [first = 0, second = 0] = candidates?.logits ?? [];
      out[i]?.gaps.push(first - second);
    }
  }
  for (const id of sessions) stage.closeSession(id, prefixKeys);
  return out;
}

/** 1 where the second leaves the first at a near tie, 0 where they agree; fails otherwise. */
function differences(expected: Generated, actual: Generated): number {
  const at = expected.ids.findIndex((id, i) => id !== actual.ids[i]);
  if (at === -1) return 0;
  expect(Math.abs(expected.gaps[at] as number)).toBeLessThanOrEqual(GAP_MAX);
  return 1;
}
