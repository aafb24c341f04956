import type { GgufMetadata } from '@manyhands/model/gguf/header';
import { createTokenizer } from '@manyhands/model/tokenizer/create-tokenizer';

/** The same tokens for every contender, as ids and, for those that take only text, as text. */
export interface BenchPrompt {
  readonly tokens: readonly number[];
  textOf(tokenCount: number): string;
}

/** English in plain ASCII: byte-level and word-level vocabularies both spell it. */
const SENTENCES =
  'The old boat had been on the lake for as long as anybody could remember. Every morning a girl ' +
  'came down to the shore, sat in the grass and told it what she had dreamt, and the boat listened. ' +
  'One day the wind took it out to the other side, where nobody had ever been, and there it stayed ' +
  'until the winter. When the ice was thick enough she walked across and told it everything again. ';
const REPEATS = 12;

/** A prompt of that many tokens in the model's own vocabulary. */
export function createPrompt(metadata: GgufMetadata, tokenCount: number): BenchPrompt {
  const tokenizer = createTokenizer(metadata);
  const text = SENTENCES.repeat(REPEATS);
  const all = tokenizer.encode(text, { parseSpecial: false, addBos: tokenizer.addsBos });
  const tokens = [...all.slice(0, tokenCount)];
  if (tokens.length < tokenCount) {
    throw new RangeError(`the text has ${tokens.length} tokens and ${tokenCount} were wanted`);
  }
  return {
    tokens,
    textOf(count) {
      const decoder = tokenizer.createDecoder();
      const pieces = tokens.slice(0, count).map((id) => decoder.push(id));
      return pieces.join('') + decoder.flush();
    },
  };
}
