import type { Detokenizer } from '@manyhands/model/tokenizer/tokenizer';
import type { CandidateRow } from './sampler.ts';

/** How likely the model found one token at a position, before any sampling option. */
export interface TokenLogprob {
  readonly tokenId: number;
  /** What the token stands for: possibly a part of a character, nothing for control tokens. */
  readonly bytes: Uint8Array;
  readonly logprob: number;
}

/** The token that was taken, and the likeliest ones at its position. */
export interface PositionLogprobs extends TokenLogprob {
  readonly top: readonly TokenLogprob[];
}

/** Exact over the whole vocabulary: the head sends the log-sum-exp of all logits with the likeliest ones. */
export function readLogprobs(
  { tokenIds, logits, logSumExp }: CandidateRow,
  tokenId: number,
  topCount: number,
  detokenizer: Pick<Detokenizer, 'decodeToken'>,
): PositionLogprobs {
  const at = (index: number): TokenLogprob => {
    const id = tokenIds[index] ?? tokenId;
    const logit = logits[index] ?? Number.NEGATIVE_INFINITY;
    return { tokenId: id, bytes: detokenizer.decodeToken(id), logprob: logit - logSumExp };
  };
  const count = Math.min(topCount, tokenIds.length);
  return {
    ...at(tokenIds.indexOf(tokenId)),
    top: Array.from({ length: count }, (_, index) => at(index)),
  };
}
