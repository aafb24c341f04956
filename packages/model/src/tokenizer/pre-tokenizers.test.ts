import { describe, expect, test } from 'vitest';
import { ModelError } from '../error.ts';
import { createByteLevelBpe } from './byte-level-bpe.ts';
import { choosePreTokenizer } from './pre-tokenizers.ts';

/** Cuts a text into words: each word is a token by itself, so its id tells it. */
function cut(name: string, text: string): string[] {
  // With merges ignored a word that is a token comes out whole; spaces are spelled `Ġ` (U+0120).
  const words: string[] = [];
  for (let start = 0; start < text.length; start++) {
    for (let end = start + 1; end <= text.length; end++) words.push(text.slice(start, end));
  }
  const tokens = [...new Set(words)].map((word) => word.replaceAll(' ', 'Ġ').replaceAll('\n', 'Ċ'));
  const kinds = new Uint8Array(tokens.length).fill(1);
  const preTokenizer = { ...choosePreTokenizer(name), ignoresMerges: true };
  const ids = createByteLevelBpe(tokens, kinds, [], preTokenizer)(text);
  return ids.map((id) => (tokens[id] as string).replaceAll('Ġ', ' ').replaceAll('Ċ', '\n'));
}

describe('words of', () => {
  test.each([
    ['gpt-2', "I've 1234  cats!\n\nOK", ['I', "'ve", ' 1234', ' ', ' cats', '!', '\n', '\n', 'OK']],
    ['smollm', 'in 1234', ['in', ' ', '1', '2', '3', '4']],
    [
      'llama-bpe',
      "I'VE 12345  cats!\n\nOK",
      ['I', "'VE", ' ', '123', '45', ' ', ' cats', '!\n\n', 'OK'],
    ],
    ['qwen2', '(a) 12\n x', ['(a', ')', ' ', '1', '2', '\n', ' x']],
    ['gpt-4o', "HelloWorld's 1234", ['Hello', "World's", ' ', '123', '4']],
    ['tekken', 'helloWorld 12', ['hello', 'World', ' ', '1', '2']],
    ['deepseek-v3', 'a1234 b', ['a', '123', '4', ' b']],
    ['default', 'a-b 12345', ['a', '-', 'b', ' ', '123', '45']],
    ['bloom', 'a, b', ['a', ',', ' b']],
  ])('%s', (name, text, words) => {
    expect(cut(name, text)).toEqual(words);
  });
});

test.each(['default', 'gpt-2', 'llama-bpe', 'qwen2', 'qwen35', 'tekken', 'gpt-4o', 'deepseek-v3'])(
  '%s cuts long runs in no more than linear time',
  (name) => {
    const encode = createByteLevelBpe(['a'], Uint8Array.of(1), [], choosePreTokenizer(name));
    for (const run of ['a', 'A', ' ', '\n', ' \n', '1', '!', 'aA', 'é', "'"]) {
      const start = performance.now();
      encode(run.repeat(50_000));
      // Seconds of slack for a busy machine; a square would take minutes.
      expect(performance.now() - start, JSON.stringify(run)).toBeLessThan(4000);
    }
  },
);

test('rules that are not known are refused by name', () => {
  expect(() => choosePreTokenizer('martian')).toThrow(ModelError);
  expect(() => choosePreTokenizer('martian')).toThrow('martian');
  expect(choosePreTokenizer(undefined)).toBe(choosePreTokenizer('default'));
});
