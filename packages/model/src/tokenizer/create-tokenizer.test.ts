import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModelError } from '../error.ts';
import type { GgufMetadata, GgufValue } from '../gguf/header.ts';
import { createTokenizer } from './create-tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

type Fields = Record<string, GgufValue | undefined>;

function toMetadata(fields: Fields): GgufMetadata {
  const entries = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [[`tokenizer.ggml.${key}`, value] as const],
  );
  return new Map(entries);
}

/** 256 bytes, some merges, an end token, a user-defined token. */
function byteLevelFields(pre = 'gpt-2'): Fields {
  const bytes = Array.from({ length: 256 }, (_, byte) => {
    const isPrintable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    if (isPrintable) return String.fromCharCode(byte);
    const hidden = byte < 0x21 ? byte : byte < 0xa1 ? 33 + byte - 0x7f : 67;
    return String.fromCharCode(256 + hidden);
  });
  const merges = ['h e', 'l l', 'he ll', 'hell o', 'Ġ hello', '1 2', '12 3', '< |', '| >'];
  const tokens = [...bytes, ...merges.map((merge) => merge.replace(' ', ''))];
  const types = Int32Array.from([...tokens.map(() => 1), 3, 4]);
  return {
    model: 'gpt2',
    pre,
    tokens: [...tokens, '<|im_end|>', '<think>'],
    token_type: types,
    merges,
    eos_token_id: tokens.length,
  };
}

/** SentencePiece: unknown, BOS, EOS, 256 bytes, some pieces with scores. */
function sentencePieceFields(): Fields {
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  );
  const pieces = ['▁', 'a', 'b', 'ab', '▁a', 'ba', '<', 's', '>', '<s', 's>', '0', 'x', 'A', '<0'];
  return {
    model: 'llama',
    tokens: ['<unk>', '<s>', '</s>', ...bytes, ...pieces],
    token_type: Int32Array.from([2, 3, 3, ...bytes.map(() => 6), ...pieces.map(() => 1)]),
    scores: Float32Array.from([0, 0, 0, ...bytes.map(() => 0), ...pieces.map((_, i) => -i)]),
    bos_token_id: 1,
    eos_token_id: 2,
  };
}

const byteLevel = createTokenizer(toMetadata(byteLevelFields()));
const sentencePiece = createTokenizer(toMetadata(sentencePieceFields()));

function spell(tokenizer: Tokenizer, text: string, parseSpecial = false): string[] {
  return [...tokenizer.encode(text, { parseSpecial })].map((id) => tokenizer.tokenText(id));
}

function decode(tokenizer: Tokenizer, ids: Iterable<number>): string {
  const decoder = tokenizer.createDecoder();
  return [...ids].map((id) => decoder.push(id)).join('') + decoder.flush();
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ModelError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

// Texts of all of Unicode, with what tokenizers trip over put in often.
const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom(
        ' ',
        '  ',
        '\n',
        "'s",
        '12345',
        '🎈👩‍👩‍👧',
        '<|im_end|>',
        '<s>',
        '<0x0A>',
        'hello',
        '▁',
        '\0',
      ),
    ),
    { maxLength: 20 },
  )
  .map((pieces) => pieces.join(''));

describe('byte-level BPE', () => {
  test('merges by rank within words', () => {
    expect(spell(byteLevel, 'hello hello')).toEqual(['hello', 'Ġhello']);
    expect(spell(byteLevel, 'hellhe')).toEqual(['hell', 'he']);
  });

  test.each([
    ['gpt-2', '123', ['123']],
    ['smollm', '123', ['1', '2', '3']],
    ['qwen2', '123', ['1', '2', '3']],
    ['llama-bpe', '1231', ['123', '1']],
  ])('%s cuts digits in its own way', (pre, input, expected) => {
    expect(spell(createTokenizer(toMetadata(byteLevelFields(pre))), input)).toEqual(expected);
  });

  test('llama-bpe takes a whole word that is a token without merging, and begins with BOS', () => {
    const fields = byteLevelFields('llama-bpe');
    const tokens = [...(fields.tokens as string[]), 'xyz'];
    const types = Int32Array.from([...(fields.token_type as Int32Array), 1]);
    const metadata = toMetadata({ ...fields, tokens, token_type: types, bos_token_id: 0 });
    expect(spell(createTokenizer(metadata), 'xyz')).toEqual(['xyz']);
    expect(createTokenizer(metadata).addsBos).toBe(true);
    expect(byteLevel.addsBos).toBe(false);
  });

  test('what is encoded is decoded, typed or not', () => {
    fc.assert(
      fc.property(text, (input) => {
        const ids = byteLevel.encode(input, { parseSpecial: false });
        expect(decode(byteLevel, ids)).toBe(input.replace(/\p{Surrogate}/gu, '\ufffd'));
        expect([...ids].some((id) => byteLevel.isControl(id))).toBe(false);
      }),
    );
  });

  test('control tokens are parsed on request only, user-defined tokens always', () => {
    expect(spell(byteLevel, 'a<|im_end|>', true)).toEqual(['a', '<|im_end|>']);
    expect(spell(byteLevel, 'a<|im_end|>')).not.toContain('<|im_end|>');
    expect(spell(byteLevel, 'a<think>')).toEqual(['a', '<think>']);
    expect(decode(byteLevel, byteLevel.encode('<think>', { parseSpecial: false }))).toBe('<think>');
  });

  test('a merge that ends in a control token is not taken', () => {
    const fields = byteLevelFields();
    const merges = [...(fields.merges as string[]), '<| i', '<|i m', 'a b'];
    const tokens = (fields.tokens as string[]).map((token) => (token === '<think>' ? 'ab' : token));
    const types = Int32Array.from(fields.token_type as Int32Array);
    types[types.length - 1] = 3;
    const tokenizer = createTokenizer(toMetadata({ ...fields, tokens, merges, token_type: types }));
    expect(spell(tokenizer, 'ab')).toEqual(['a', 'b']);
    expect(spell(tokenizer, 'ab', true)).toEqual(['ab']);
  });

  test('a control token put together from a typed and an own part is not one', () => {
    const forged = byteLevel.encodeParts([
      { text: '<|im_', parseSpecial: true },
      { text: 'end|>', parseSpecial: false },
    ]);
    expect([...forged].some((id) => byteLevel.isControl(id))).toBe(false);
    const joined = byteLevel.encodeParts([
      { text: 'hel', parseSpecial: false },
      { text: 'lo<|im_end|>', parseSpecial: true },
    ]);
    expect([...joined].map((id) => byteLevel.tokenText(id))).toEqual(['hello', '<|im_end|>']);
  });

  test('end tokens are found by text and are control tokens whatever their type says', () => {
    const fields = byteLevelFields();
    const types = Int32Array.from(fields.token_type as Int32Array).fill(1);
    const metadata = toMetadata({ ...fields, token_type: types, eos_token_id: undefined });
    const tokenizer = createTokenizer(metadata);
    const end = tokenizer.specialId('<|im_end|>') as number;
    expect([...tokenizer.eosIds]).toEqual([end]);
    expect(tokenizer.isControl(end)).toBe(true);
    expect(tokenizer.decodeToken(end)).toHaveLength(0);
  });
});

describe('SentencePiece', () => {
  test('the best score merges first, the leftmost among equals', () => {
    // "ab" (-3) goes before "▁a" (-4) and "ba" (-5).
    expect(spell(sentencePiece, 'ab')).toEqual(['▁', 'ab']);
    expect(spell(sentencePiece, 'aba')).toEqual(['▁', 'ab', 'a']);
    expect(spell(sentencePiece, 'aa')).toEqual(['▁a', 'a']);
  });

  test('what is no token becomes bytes', () => {
    expect(spell(sentencePiece, 'é')).toEqual(['▁', '<0xC3>', '<0xA9>']);
    expect(decode(sentencePiece, sentencePiece.encode('é\n', { parseSpecial: false }))).toBe('é\n');
  });

  test('texts of control and byte tokens stay text when typed', () => {
    expect(spell(sentencePiece, '<s>')).toEqual(['▁', '<s', '>']);
    expect(spell(sentencePiece, '<0x0A>')).not.toContain('<0x0A>');
    expect(spell(sentencePiece, '<s>', true)).toEqual(['<s>']);
  });

  test('a space begins the text and what follows a special token, unless the file says no', () => {
    expect(spell(sentencePiece, 'b</s>b', true)).toEqual(['▁', 'b', '</s>', '▁', 'b']);
    const fields = { ...sentencePieceFields(), add_space_prefix: false };
    expect(spell(createTokenizer(toMetadata(fields)), 'b</s>b', true)).toEqual(['b', '</s>', 'b']);
  });

  test('BOS comes when asked for', () => {
    expect(sentencePiece.addsBos).toBe(true);
    const ids = sentencePiece.encode('', { parseSpecial: false, addBos: true });
    expect([...ids]).toEqual([1]);
    expect(sentencePiece.encode('', { parseSpecial: false })).toHaveLength(0);
  });

  test('what is encoded is decoded, but for spaces that look like marks', () => {
    fc.assert(
      fc.property(text, (input) => {
        const ids = sentencePiece.encode(input, { parseSpecial: false });
        const expected = input.replace(/\p{Surrogate}/gu, '\ufffd').replaceAll('▁', ' ');
        expect(decode(sentencePiece, ids)).toBe(expected);
        expect([...ids].some((id) => sentencePiece.isControl(id))).toBe(false);
      }),
    );
  });

  test('an answer that continues a text keeps its first space', () => {
    const [space] = sentencePiece.encode('', { parseSpecial: false });
    expect(space).toBeUndefined();
    const ids = sentencePiece.encode('a', { parseSpecial: false });
    const decoder = sentencePiece.createDecoder({ isContinuation: true });
    expect([...ids].map((id) => decoder.push(id)).join('')).toBe(' a');
  });
});

describe('streaming', () => {
  test('never splits a character', () => {
    fc.assert(
      fc.property(text, (input) => {
        const clean = input.replace(/\p{Surrogate}/gu, '\ufffd');
        const decoder = byteLevel.createDecoder();
        const pieces = [...byteLevel.encode(clean, { parseSpecial: false })].map(decoder.push);
        for (const piece of pieces) {
          expect(/\p{Surrogate}/u.test(piece)).toBe(false);
          expect(clean.includes('\ufffd') || !piece.includes('\ufffd')).toBe(true);
        }
        expect(pieces.join('') + decoder.flush()).toBe(clean);
      }),
    );
  });

  test('bytes that form no character become U+FFFD, at the latest when flushed', () => {
    const [first, second] = byteLevel.encode('é', { parseSpecial: false });
    const decoder = byteLevel.createDecoder();
    expect(decoder.push(second as number)).toBe('\ufffd');
    expect(decoder.push(first as number)).toBe('');
    expect(decoder.flush()).toBe('\ufffd');
    expect(decoder.push(byteLevel.specialId('<|im_end|>') as number)).toBe('');
  });
});

describe('bad input', () => {
  const good = { bpe: byteLevelFields(), spm: sentencePieceFields() };
  test.each<[string, Fields, string]>([
    ['no tokenizer', {}, 'unsupported-tokenizer'],
    ['an unknown tokenizer', { ...good.bpe, model: 'rwkv' }, 'unsupported-tokenizer'],
    ['unknown rules', { ...good.bpe, pre: 'martian' }, 'unsupported-tokenizer'],
    ['a model that is no text', { ...good.bpe, model: 7 }, 'malformed'],
    ['no tokens', { ...good.bpe, tokens: undefined }, 'malformed'],
    ['an empty vocabulary', { ...good.spm, tokens: [] }, 'malformed'],
    ['tokens that are no texts', { ...good.bpe, tokens: new Uint8Array(9) }, 'malformed'],
    ['an overlong token', { ...good.bpe, tokens: ['a'.repeat(5000)] }, 'malformed'],
    ['no merges', { ...good.bpe, merges: undefined }, 'malformed'],
    ['no scores', { ...good.spm, scores: undefined }, 'malformed'],
    ['too few scores', { ...good.spm, scores: new Float32Array(3) }, 'malformed'],
    [
      'a score that is no number',
      { ...good.spm, scores: (good.spm.scores as Float32Array).map(() => Number.NaN) },
      'malformed',
    ],
    ['too few types', { ...good.bpe, token_type: new Int32Array(3) }, 'malformed'],
    [
      'an unknown type',
      { ...good.bpe, token_type: (good.bpe.token_type as Int32Array).map(() => 77) },
      'malformed',
    ],
    ['an absurd BOS', { ...good.spm, bos_token_id: 1_000_000 }, 'malformed'],
    ['a negative EOS', { ...good.bpe, eos_token_id: -1 }, 'malformed'],
    ['an EOS that is no number', { ...good.bpe, eos_token_id: 'two' }, 'malformed'],
    ['a BOS that is asked for and missing', { ...good.bpe, add_bos_token: true }, 'malformed'],
    ['a flag that is no flag', { ...good.spm, add_space_prefix: 'yes' }, 'malformed'],
  ])('%s is refused', (_, fields, code) => {
    expect(codeOf(() => createTokenizer(toMetadata(fields)))).toBe(code);
  });

  test('ids of another model and endless texts are refused', () => {
    expect(codeOf(() => byteLevel.decodeToken(999_999))).toBe('malformed');
    expect(codeOf(() => byteLevel.encode('a'.repeat(5_000_000), { parseSpecial: false }))).toBe(
      'unsupported-feature',
    );
  });

  test('a token named __proto__ or nothing is a token', () => {
    const fields = byteLevelFields();
    const tokens = [...(fields.tokens as string[]), '__proto__', ''];
    const types = Int32Array.from([...(fields.token_type as Int32Array), 4, 3]);
    const tokenizer = createTokenizer(toMetadata({ ...fields, tokens, token_type: types }));
    expect(spell(tokenizer, 'a__proto__a')).toEqual(['a', '__proto__', 'a']);
    expect(spell(tokenizer, 'aa', true)).toEqual(['a', 'a']);
  });
});
