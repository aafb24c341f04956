import { ModelError } from '../error.ts';
import { createStreamingDecoder } from './streaming-decoder.ts';
import type { Detokenizer, Tokenizer } from './tokenizer.ts';

/** All that turns tokens back into text, as plain data: it may cross to another thread. */
export interface TokenTable {
  /** What the tokens stand for, one after the other, UTF-8 as far as they are text. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** `[vocabSize]`: where the bytes of each token end. */
  readonly ends: Uint32Array<ArrayBuffer>;
  readonly eosIds: readonly number[];
  readonly stripsFirstSpace: boolean;
}

/** Spells out the whole vocabulary: about 10 ms and 1 MB for 150,000 tokens. */
export function createTokenTable(tokenizer: Tokenizer): TokenTable {
  const { vocabSize, eosIds, stripsFirstSpace } = tokenizer;
  const tokens = Array.from({ length: vocabSize }, (_, id) => tokenizer.decodeToken(id));
  const ends = new Uint32Array(vocabSize);
  const bytes = new Uint8Array(tokens.reduce((sum, token) => sum + token.length, 0));
  let at = 0;
  for (const [id, token] of tokens.entries()) {
    bytes.set(token, at);
    at += token.length;
    ends[id] = at;
  }
  return { bytes, ends, eosIds: [...eosIds], stripsFirstSpace };
}

/** The same text from the same tokens as the tokenizer that the table was made from. */
export function createDetokenizer(table: TokenTable): Detokenizer {
  const { bytes, ends, stripsFirstSpace } = table;
  const vocabSize = ends.length;
  const decodeToken = (id: number): Uint8Array => {
    const end = ends[id];
    if (end === undefined) throw unknownToken(id, vocabSize);
    // Given away, so not a view of everything.
    return bytes.slice(ends[id - 1] ?? 0, end);
  };
  return {
    vocabSize,
    eosIds: new Set(table.eosIds),
    stripsFirstSpace,
    decodeToken,
    createDecoder: (options) =>
      createStreamingDecoder(decodeToken, {
        stripsFirstSpace: stripsFirstSpace && options?.isContinuation !== true,
      }),
  };
}

export function unknownToken(id: number, vocabSize: number): ModelError {
  return new ModelError(
    'malformed',
    `Token ${id} is outside this vocabulary of ${vocabSize}: the ids come from another model.`,
  );
}
