import { expect, test } from 'vitest';
import { readLogprobs } from './logprobs.ts';

const WORDS = ['zero', 'one', 'two', 'three'];
const tokenizer = { decodeToken: (id: number) => new TextEncoder().encode(WORDS[id]) };
/** Logits of a vocabulary of four, of which the head sent three. */
const LOGITS = [1, 3, -2, 2];
const row = {
  tokenIds: Uint32Array.of(1, 3, 0),
  logits: Float32Array.of(3, 2, 1),
  logSumExp: Math.log(LOGITS.reduce((sum, logit) => sum + Math.exp(logit), 0)),
};

test('log-probabilities count the whole vocabulary, and the likeliest come first', () => {
  const { top, ...taken } = readLogprobs(row, 0, 2, tokenizer);
  const exact = (id: number) => (LOGITS[id] ?? 0) - row.logSumExp;
  expect(taken).toEqual({ tokenId: 0, bytes: tokenizer.decodeToken(0), logprob: exact(0) });
  expect(top.map(({ tokenId, logprob }) => [tokenId, logprob])).toEqual([
    [1, exact(1)],
    [3, exact(3)],
  ]);
  const all = WORDS.map((_, id) => Math.exp(exact(id))).reduce((sum, each) => sum + each);
  expect(all).toBeCloseTo(1, 12);
  expect(readLogprobs(row, 1, 64, tokenizer).top).toHaveLength(3);
  expect(readLogprobs(row, 1, 0, tokenizer).top).toEqual([]);
});
