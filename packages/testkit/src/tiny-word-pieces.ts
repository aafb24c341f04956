/**
 * A WordPiece vocabulary of some three hundred pieces with which any Latin text can be written, as the
 * `tokenizer.json` of a BERT-like model.
 */
export function tinyWordPieces(): { readonly pieces: readonly string[]; readonly json: string } {
  const characters = [...'abcdefghijklmnopqrstuvwxyz0123456789'];
  const pieces = [
    ...SPECIAL,
    ...characters,
    ...characters.map((character) => `##${character}`),
    ...'.,:;!?\'"()-_/&%+=*#@$<>[]{}|~',
    ...WORDS,
    ...ENDINGS.map((ending) => `##${ending}`),
  ];
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  return { pieces, json: JSON.stringify(tokenizerOf(vocab)) };
}

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;
const ENDINGS = ['ed', 'ing', 'er', 'est', 'ly', 'ion', 'ness', 'able', 'al'];
/** Longer than one letter: those are pieces already. */
const WORDS = (
  'the an and or of to in is are was be it that this with for as on by at from not you we they ' +
  'he she his her their our my your what who how when where why which can will would has have ' +
  'had do does one two three many hand hands tab tabs browser network model block blocks token ' +
  'tokens text word words language compute computer graphics memory relay peer question answer ' +
  'open share small large fast slow good new old time day year world people person friend home ' +
  'house city river sea sun moon star sky light dark red green blue white black water fire earth ' +
  'tree flower dog cat bird fish horse child man woman boy girl king queen robot story book page ' +
  'write read run walk see hear say tell ask make give take find love like play work help learn ' +
  'paris france london england berlin germany rome italy capital country'
).split(' ');

function tokenizerOf(vocab: Readonly<Record<string, number>>): object {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, special('[SEP]')],
      pair: [
        special('[CLS]'),
        { Sequence: { id: 'A', type_id: 0 } },
        special('[SEP]'),
        { Sequence: { id: 'B', type_id: 1 } },
        special('[SEP]'),
      ],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
      },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}

function special(id: string): object {
  return { SpecialToken: { id, type_id: 0 } };
}
