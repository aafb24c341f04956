import { type GgufField, list, text, texts, uint32 } from './gguf-writer.ts';

/** The specials, in this order, take the last ids of the vocabulary. */
export const TINY_SPECIALS = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'] as const;

/** 256 byte tokens and the specials. */
export const TINY_VOCAB_SIZE_MIN = 256 + TINY_SPECIALS.length;

/**
 * Tokenizer metadata of a byte-level BPE (GPT-2 style) that encodes any text: 256 byte tokens, merges as
 * far as there is room, unused tokens, then the specials. Turns end with `<|im_end|>`. Without
 * `mergesMax` there are a few merges; with it as many as a large model's file has.
 */
export function tinyVocabulary(vocabSize: number, mergesMax?: number): [string, GgufField][] {
  if (vocabSize < TINY_VOCAB_SIZE_MIN) {
    throw new RangeError(`a byte-level vocabulary needs at least ${TINY_VOCAB_SIZE_MIN} tokens`);
  }
  const room = vocabSize - TINY_VOCAB_SIZE_MIN;
  const merges = takeMerges(Math.min(room, mergesMax ?? MERGES.length));
  const unusedCount = room - merges.length;
  const tokens = [
    ...byteTokens(),
    ...merges.map((merge) => merge.replace(' ', '')),
    ...Array.from({ length: unusedCount }, (_, i) => `<|unused_${i}|>`),
    ...TINY_SPECIALS,
  ];
  const types = tokens.map((token) => {
    if (TINY_SPECIALS.some((special) => special === token)) return TOKEN_TYPE.control;
    return token.startsWith('<|unused_') ? TOKEN_TYPE.unused : TOKEN_TYPE.normal;
  });
  return [
    ['tokenizer.ggml.model', text('gpt2')],
    ['tokenizer.ggml.pre', text('gpt-2')],
    ['tokenizer.ggml.tokens', texts(tokens)],
    ['tokenizer.ggml.token_type', list('int32', types)],
    ['tokenizer.ggml.merges', texts(merges)],
    ['tokenizer.ggml.bos_token_id', uint32(vocabSize - 3)],
    ['tokenizer.ggml.eos_token_id', uint32(vocabSize - 1)],
    ['tokenizer.ggml.padding_token_id', uint32(vocabSize - 3)],
    ['tokenizer.chat_template', text(CHAT_TEMPLATE)],
  ];
}

/** The merges below, then all words of two letters, of three, … */
function takeMerges(count: number): string[] {
  const merges = [...MERGES.slice(0, count)];
  const known = new Set(merges.map((merge) => merge.replace(' ', '')));
  for (let words = LETTERS; merges.length < count; ) {
    const longer: string[] = [];
    for (const word of words) {
      for (const letter of LETTERS) {
        longer.push(word + letter);
        if (known.has(word + letter) || merges.length >= count) continue;
        known.add(word + letter);
        merges.push(`${word} ${letter}`);
      }
    }
    words = longer;
  }
  return merges;
}

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];

/** Numbers of llama.cpp's `llama_token_type`. */
const TOKEN_TYPE = { normal: 1, control: 3, unused: 5 } as const;

/** Every left and right side is a byte token or an earlier merge. */
const MERGES = [
  'Ġ t',
  'h e',
  'Ġt he',
  'i n',
  'Ġ a',
  'r e',
  'o n',
  'Ġ s',
  'e r',
  'Ġ w',
  'a t',
  'o u',
  'i s',
  'e n',
  'o r',
  'in g',
  'a n',
  'e s',
  'Ġ b',
  'Ġ c',
  'l l',
  'Ġ o',
  'Ġ p',
  'e d',
];

const CHAT_TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content']" +
  " + '<|im_end|>' + '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** GPT-2's printable stand-ins: bytes that print keep their character, the others follow U+0100. */
function byteTokens(): string[] {
  let standIn = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    if (isPrintable) return String.fromCharCode(byte);
    standIn += 1;
    return String.fromCharCode(standIn - 1);
  });
}
