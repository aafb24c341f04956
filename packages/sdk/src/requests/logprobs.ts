import type {
  TokenLogprob as PeerLogprob,
  PositionLogprobs,
} from '@manyhands/peer/requester/logprobs';
import type { Logprobs, TokenLogprob } from '../../types/manyhands.d.ts';

/** Tokens may be parts of characters: `token` is then a replacement character, `bytes` are exact. */
export function logprobsOf(positions: readonly PositionLogprobs[]): Logprobs {
  return {
    content: positions.map(({ top, ...taken }) => ({
      ...shown(taken),
      top_logprobs: top.map(shown),
    })),
    refusal: null,
  };
}

function shown({ bytes, logprob }: PeerLogprob): TokenLogprob {
  return { token: new TextDecoder().decode(bytes), bytes: [...bytes], logprob };
}
