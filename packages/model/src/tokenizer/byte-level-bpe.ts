import type { PreTokenizer } from './pre-tokenizers.ts';
import { TOKEN_KIND } from './token-kinds.ts';
import { createTokenizerJson } from './tokenizer-json.ts';

/** Turns text without control tokens into token ids. */
export type EncodeText = (text: string) => readonly number[];

/**
 * Byte-level BPE through `@huggingface/tokenizers`, fed with a tokenizer.json made from the file's
 * metadata. Control tokens are left out of the vocabulary it sees, so no merge can end in one:
 * splitting them from text that may hold them is `split-special.ts`'s job.
 */
export function createByteLevelBpe(
  tokens: readonly string[],
  kinds: Uint8Array,
  merges: readonly string[],
  preTokenizer: PreTokenizer,
): EncodeText {
  // No prototype: a token may be called `__proto__`.
  const vocab: Record<string, number> = Object.create(null);
  for (let id = 0; id < tokens.length; id++) {
    const isPlain = kinds[id] !== TOKEN_KIND.control && kinds[id] !== TOKEN_KIND.unknown;
    if (isPlain) vocab[tokens[id] as string] = id;
  }
  const split = preTokenizer.patterns.map((pattern) => ({
    type: 'Split' as const,
    pattern: { Regex: pattern },
    behavior: 'Isolated' as const,
    invert: false,
  }));
  const byteLevel = { type: 'ByteLevel' as const, add_prefix_space: false, use_regex: false };
  const bpe = createTokenizerJson({
    version: '1.0',
    added_tokens: [],
    normalizer: null,
    post_processor: null,
    decoder: null,
    pre_tokenizer: { type: 'Sequence', pretokenizers: [...split, byteLevel] },
    model: {
      type: 'BPE',
      vocab,
      merges: usableMerges(merges, vocab),
      ignore_merges: preTokenizer.ignoresMerges === true,
    },
  });
  return (text) => (text === '' ? [] : bpe.encode(text, { addsMarks: false }));
}

/**
 * Merges as pairs, the first of equal ones. A merge into something that is no token (a damaged file,
 * or one whose result is a control token) would lose the text it swallows: it is left out.
 */
function usableMerges(
  merges: readonly string[],
  vocab: Readonly<Record<string, number>>,
): [string, string][] {
  const pairs = new Map<string, [string, string]>();
  for (const merge of merges) {
    // From 1: the left side is never empty, and may itself be a space in odd vocabularies.
    const border = merge.indexOf(' ', 1);
    if (border < 0 || pairs.has(merge)) continue;
    const pair: [string, string] = [merge.slice(0, border), merge.slice(border + 1)];
    if (vocab[pair[0] + pair[1]] !== undefined) pairs.set(merge, pair);
  }
  return [...pairs.values()];
}
