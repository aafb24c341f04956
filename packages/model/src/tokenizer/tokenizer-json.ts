import { Tokenizer } from '@huggingface/tokenizers';

/** A tokenizer that a `tokenizer.json` describes. The only file that knows the library behind it. */
export interface TokenizerJson {
  /** With `addsMarks` the ends are marked as the file says, e.g. by `[CLS]` and `[SEP]`. */
  encode(text: string, options: { readonly addsMarks: boolean }): readonly number[];
}

/** Throws whatever the library throws about a description it does not understand. */
export function createTokenizerJson(description: object): TokenizerJson {
  const tokenizer = new Tokenizer(description, {});
  return {
    encode: (text, { addsMarks }) => tokenizer.encode(text, { add_special_tokens: addsMarks }).ids,
  };
}
