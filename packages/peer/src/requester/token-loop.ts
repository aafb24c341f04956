import type { Detokenizer } from '@manyhands/model/tokenizer/tokenizer';
import { PeerError } from '../error.ts';
import type { AnswerRequest, FinishReason } from './answer.ts';
import { type PositionLogprobs, readLogprobs } from './logprobs.ts';
import { type CandidateRow, sampleToken } from './sampler.ts';
import { createStopText } from './stop-text.ts';

/** The state of one answer that no volunteer holds: tokens, sampler, text. It survives every chain. */
export interface TokenLoop {
  /** Everything a new chain has to be fed: the prompt and what was generated since. */
  readonly contextIds: readonly number[];
  readonly generatedIds: readonly number[];
  readonly text: string;
  /** Samples from the last position's candidates. `finish` says why the answer is over. */
  accept(row: CandidateRow): {
    readonly tokenId: number;
    readonly text: string;
    readonly logprobs?: PositionLogprobs;
    readonly finish?: FinishReason;
  };
  /** Text held back for an unfinished character or a possible stop string. */
  flush(): string;
}

export interface TokenLoopOptions {
  readonly promptIds: readonly number[];
  readonly detokenizer: Detokenizer;
  readonly request: AnswerRequest;
  readonly contextLength: number;
  readonly seed: number;
}

export function createTokenLoop(options: TokenLoopOptions): TokenLoop {
  const { promptIds, detokenizer, request, contextLength, seed } = options;
  const contextIds = [...promptIds];
  const generatedIds: number[] = [];
  const { input } = request;
  const isContinuation = !('messages' in input) || (input.answerStart ?? '') !== '';
  const decoder = detokenizer.createDecoder({ isContinuation });
  const stopText = createStopText(request.stopStrings ?? []);
  let text = '';

  const show = (piece: string): string => {
    text += piece;
    return piece;
  };

  return {
    contextIds,
    generatedIds,
    get text() {
      return text;
    },
    accept(row) {
      if (row.tokenIds.some((id) => id >= detokenizer.vocabSize)) {
        throw new PeerError('bad-frame', 'A volunteer returned a token that does not exist.');
      }
      const tokenId = sampleToken(row, contextIds, request.sampling, seed);
      contextIds.push(tokenId);
      generatedIds.push(tokenId);
      if (detokenizer.eosIds.has(tokenId) && !request.ignoresEnd) {
        return { tokenId, text: '', finish: 'stop' };
      }
      const { topLogprobs } = request;
      const logprobs =
        topLogprobs === undefined
          ? undefined
          : readLogprobs(row, tokenId, topLogprobs, detokenizer);
      const { text: shown, isStopped } = stopText.push(decoder.push(tokenId));
      const finish: FinishReason | undefined = isStopped
        ? 'stop-string'
        : generatedIds.length >= request.tokensMax
          ? 'length'
          : contextIds.length >= contextLength
            ? 'context'
            : undefined;
      return {
        tokenId,
        text: show(shown),
        ...(logprobs && { logprobs }),
        ...(finish && { finish }),
      };
    },
    flush() {
      const { text: shown, isStopped } = stopText.push(decoder.flush());
      return show(isStopped ? shown : shown + stopText.flush());
    },
  };
}
