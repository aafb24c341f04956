import { ModelError } from '../error.ts';

/** How a byte-level BPE vocabulary cuts text into words, within which it merges. */
export interface PreTokenizer {
  /** Applied in order, each within the pieces of the one before; gaps between matches are pieces. */
  readonly patterns: readonly string[];
  /** A word that is a token as a whole needs no merges to become it. */
  readonly ignoresMerges?: boolean;
  /** These vocabularies begin prompts with BOS unless the file says otherwise. */
  readonly addsBos?: boolean;
}

const CONTRACTIONS = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";
const GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const SPACES = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

/** GPT-4's shape; the models differ in how many digits stand together. */
const gpt4 = (digits: string, letters = '\\p{L}', marks = '') =>
  `${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?${letters}+|${digits}|` +
  ` ?[^\\s\\p{L}${marks}\\p{N}]+[\\r\\n]*|${SPACES}`;

// A letter that is no lower-case (upper-case) ASCII letter: llama.cpp's stand-in for the original's
// category lists, which tells apart the case of ASCII letters only. Kept to give its ids.
const NOT_LOWER = '(?:(?=\\p{L})[^a-z])';
const NOT_UPPER = '(?:(?=\\p{L})[^A-Z])';

/** GPT-4o's shape: a word starts anew where upper case follows lower case. */
const gpt4o = (digits: string, contractions: string) =>
  `[^\\r\\n\\p{L}\\p{N}]?${NOT_LOWER}*${NOT_UPPER}+${contractions}|` +
  `[^\\r\\n\\p{L}\\p{N}]?${NOT_LOWER}+${NOT_UPPER}*${contractions}|${digits}|` +
  ` ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${SPACES}`;

const gpt2: PreTokenizer = { patterns: [GPT2] };
const digitsThenGpt2: PreTokenizer = { patterns: ['\\p{N}', GPT2] };
const llama3: PreTokenizer = {
  patterns: [gpt4('\\p{N}{1,3}')],
  ignoresMerges: true,
  addsBos: true,
};
const qwen2: PreTokenizer = { patterns: [gpt4('\\p{N}')] };
const threeDigits: PreTokenizer = { patterns: [gpt4('\\p{N}{1,3}')] };
const bloom: PreTokenizer = { patterns: [' ?[^(\\s|.,!?…。，、।۔،)]+'] };
const fallback: PreTokenizer = {
  patterns: ['[\\p{P}$+<=>^~|]+', GPT2, '\\p{N}+', '[0-9][0-9][0-9]'],
};
const deepseek3: PreTokenizer = {
  patterns: [
    '\\p{N}{1,3}',
    '[一-龥぀-ゟ゠-ヿ]+',
    '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|' +
      '[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|' +
      SPACES,
  ],
};

/** By `tokenizer.ggml.pre`, as llama.cpp's `llama-vocab.cpp` assigns them. */
const PRE_TOKENIZERS: ReadonlyMap<string, PreTokenizer> = new Map([
  ['default', fallback],
  ...named(gpt2, 'gpt-2 phi-2 mpt olmo jais gigachat a.x-4.0 mellum exaone4 trillion'),
  ...named(gpt2, 'granite-docling jina-es jina-de jina-v1-en roberta-bpe'),
  ...named(digitsThenGpt2, 'smollm starcoder refact command-r codeshell exaone minerva-7b'),
  ...named(llama3, 'llama3 llama-v3 llama-bpe falcon3 falcon-h1 pixtral midm-2.0 lfm2'),
  ...named(threeDigits, 'dbrx smaug-bpe glm4 chatglm-bpe'),
  ...named(
    qwen2,
    'qwen2 deepseek-r1-qwen kormo f2llmv2 megrez stablelm2 hunyuan grok-2 solar-open',
  ),
  ['qwen35', { patterns: [gpt4('\\p{N}', '[\\p{L}\\p{M}]', '\\p{M}')] }],
  ...named(bloom, 'poro-chat bloom gpt3-finnish'),
  ['viking', { patterns: [...bloom.patterns, '\\p{N}'] }],
  ...named(deepseek3, 'deepseek-v3 hunyuan-dense joyai-llm'),
  [
    'deepseek-coder',
    { patterns: ['[\\r\\n]', '\\s?\\p{L}+', '\\s?\\p{P}+', '[一-龥ࠀ-一가-퟿]+', '\\p{N}'] },
  ],
  ['falcon', { patterns: ['[\\p{P}$+<=>^~|`]+', GPT2, '[0-9][0-9][0-9]'] }],
  ['tekken', { patterns: [gpt4o('\\p{N}', '')], ignoresMerges: true, addsBos: true }],
  ...named({ patterns: [gpt4o('\\p{N}{1,3}', `${CONTRACTIONS}?`)] }, 'gpt-4o llama4 kanana2'),
]);

function named(preTokenizer: PreTokenizer, names: string): [string, PreTokenizer][] {
  return names.split(' ').map((name) => [name, preTokenizer]);
}

/** The pre-tokenizer a file names; files from before there were names mean `default`. */
export function choosePreTokenizer(name: string | undefined): PreTokenizer {
  const preTokenizer = PRE_TOKENIZERS.get(name === undefined || name === '' ? 'default' : name);
  if (preTokenizer !== undefined) return preTokenizer;
  throw new ModelError(
    'unsupported-tokenizer',
    `This file cuts text by rules named ${JSON.stringify(name)}, which are not known here: its ` +
      'token ids would be wrong. Choose another model, or add the rules to pre-tokenizers.ts.',
  );
}
