import type { AnswerRequest } from '@manyhands/peer/requester/answer';
import { REPEATING_PROMPT_ID } from '../../harness/swarm/stand-in-text.ts';

const GREEDY = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 } as const;
/** Ids of ordinary pieces of text in the built-in model's vocabulary. */
const FIRST_ID = 600;
const ID_COUNT = 2_400;

export interface SwarmPrompt {
  /** Other seeds give other prompts, whose pages nobody has kept. */
  readonly seed: number;
  readonly promptTokens: number;
  readonly tokensMax: number;
  /** Answered with one phrase again and again. */
  readonly isRepeating?: boolean;
  /** Precision of links; texts are the same with either. Default `f32`. */
  readonly activation?: 'f32' | 'f16';
  /** Several guessed tokens a pass, where the requester can. */
  readonly drafts?: boolean;
}

/** A greedy request, whose text is the same each time. */
export function swarmRequest(modelRoot: string, prompt: SwarmPrompt): AnswerRequest {
  const {
    seed,
    promptTokens,
    tokensMax,
    isRepeating = false,
    drafts = false,
    activation = 'f32',
  } = prompt;
  const tokenIds = Array.from(
    { length: promptTokens },
    (_, index) => FIRST_ID + ((index * 37 + seed * 101 + index * index * 7) % ID_COUNT),
  );
  if (isRepeating) tokenIds[0] = REPEATING_PROMPT_ID;
  const request = {
    modelRoot,
    input: { tokenIds },
    tokensMax,
    sampling: GREEDY,
    ignoresEnd: true,
    activation,
    drafts,
  };
  return request;
}
