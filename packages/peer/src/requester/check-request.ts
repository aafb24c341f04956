import { CANDIDATE_COUNT_MAX } from '@manyhands/engine/stage';
import { CHAIN_STAGES_MAX } from '@manyhands/protocol/limits';
import { PeerError } from '../error.ts';
import {
  AVOIDED_MAX,
  MESSAGES_MAX,
  PROMPT_CHARACTERS_MAX,
  STOP_STRING_LENGTH_MAX,
  STOP_STRINGS_MAX,
  TOKENS_MAX,
} from '../limits.ts';
import type { AnswerRequest } from './answer.ts';
import { checkSampling } from './sampler.ts';

/** Refuses what no model could answer, before anybody is asked. Throws `PeerError`. */
export function checkRequest(request: AnswerRequest): void {
  checkSampling(request.sampling);
  const { tokensMax, stopStrings = [], stagesMin = 1, input } = request;
  if (!Number.isInteger(tokensMax) || tokensMax < 1 || tokensMax > TOKENS_MAX) {
    throw new PeerError('bad-sampling', `The length of an answer is 1 to ${TOKENS_MAX} tokens.`);
  }
  if (!Number.isInteger(stagesMin) || stagesMin < 1 || stagesMin > CHAIN_STAGES_MAX) {
    throw new PeerError(
      'bad-sampling',
      `The fewest stages are a whole number from 1 to ${CHAIN_STAGES_MAX}.`,
    );
  }
  const { topLogprobs = 0 } = request;
  if (!Number.isInteger(topLogprobs) || topLogprobs < 0 || topLogprobs > CANDIDATE_COUNT_MAX) {
    throw new PeerError('bad-sampling', `Log-probabilities of 0 to ${CANDIDATE_COUNT_MAX} tokens.`);
  }
  if ((request.avoid?.length ?? 0) > AVOIDED_MAX) {
    throw new PeerError('bad-sampling', `At most ${AVOIDED_MAX} volunteers can be avoided.`);
  }
  const isStopWrong = stopStrings.some((stop) => stop.length > STOP_STRING_LENGTH_MAX);
  if (stopStrings.length > STOP_STRINGS_MAX || isStopWrong) {
    throw new PeerError(
      'bad-sampling',
      `At most ${STOP_STRINGS_MAX} stop strings of ${STOP_STRING_LENGTH_MAX} characters.`,
    );
  }
  if ('tokenIds' in input) {
    if (input.tokenIds.length === 0) throw emptyPrompt();
    return;
  }
  const texts =
    'messages' in input ? input.messages.map(({ content }) => content) : [input.rawText];
  if (texts.length > MESSAGES_MAX) {
    throw new PeerError('prompt-too-long', `A conversation has at most ${MESSAGES_MAX} messages.`);
  }
  const last = texts.at(-1);
  if (last === undefined || ('messages' in input ? last.trim() : last) === '') throw emptyPrompt();
  const start = 'messages' in input ? (input.answerStart ?? '') : '';
  const characters = [...texts, start].reduce((sum, text) => sum + text.length, 0);
  if (characters > PROMPT_CHARACTERS_MAX) {
    throw new PeerError('prompt-too-long', 'This text is far longer than any model can read.');
  }
}

function emptyPrompt(): PeerError {
  return new PeerError('prompt-empty', 'There is nothing to answer: type a question first.');
}
