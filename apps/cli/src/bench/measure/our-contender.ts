import type { Candidates } from '@manyhands/engine/stage';
import type { Answer, Contender, Part } from './contender.ts';
import type { BenchModel } from './open-model.ts';
import { type OurBackend, type OurStage, openOurStage } from './our-stage.ts';
import type { TimingPlan } from './time-contender.ts';
import { timeSamples } from './time-samples.ts';

const SESSION_ID = 'bench';
/** Positions that a batch may take. */
const ROUNDS_MAX = 256;

/** Our engine, all of a model in one stage on this thread. */
export async function createOurContender(
  backend: OurBackend,
  model: BenchModel,
  options: { readonly part: Part; readonly positionsMax: number },
): Promise<Contender> {
  const stage = await openOurStage(backend, model, options);
  let position = 0;
  await stage.open(SESSION_ID);
  return {
    detail: stage.numericClass,
    prepare: async () => undefined,
    // A step at position 0 truncates the cache.
    reset: async () => {
      position = 0;
    },
    async step(tokenIds) {
      const { candidates } = await stage.step(SESSION_ID, position, tokenIds);
      position += tokenIds.length;
      return answerOf(candidates);
    },
    decodeTogether: (tokenIds, plan) => decodeTogether(stage, tokenIds, plan),
    dispose: async () => stage.dispose(),
  };
}

function answerOf(candidates: Candidates | undefined): Answer {
  if (candidates === undefined) return { top: async () => [], logProbs: async () => [] };
  const { tokenIds, logits, logSumExp } = candidates;
  return {
    top: async (count) => [...tokenIds.slice(0, count)],
    logProbs: async (wanted) =>
      wanted.map((id) => {
        const index = tokenIds.indexOf(id);
        return index < 0 ? null : (logits[index] as number) - (logSumExp[0] as number);
      }),
  };
}

/** Sessions of their own, for each token one; they start together at position 0. */
async function decodeTogether(
  stage: OurStage,
  tokenIds: readonly number[],
  { repeats, budgetMs }: TimingPlan,
): Promise<number[]> {
  const sessions = tokenIds.map((tokenId, index) => ({ sessionId: `batch-${index}`, tokenId }));
  let position = 0;
  const decode = async () => {
    await stage.decodeRows(sessions.map((session) => ({ ...session, position })));
    position += 1;
  };
  try {
    for (const { sessionId } of sessions) await stage.open(sessionId);
    return await timeSamples(decode, { repeats, budgetMs, runsMax: ROUNDS_MAX });
  } finally {
    for (const { sessionId } of sessions) await stage.close(sessionId);
  }
}
