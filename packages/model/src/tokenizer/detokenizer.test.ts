import { existsSync, readFileSync } from 'node:fs';
import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { expect, test } from 'vitest';
import { readGguf } from '../gguf/read-gguf.ts';
import { memorySource } from '../memory-source.ts';
import { createTokenizer } from './create-tokenizer.ts';
import { createDetokenizer, createTokenTable } from './detokenizer.ts';
import type { Detokenizer, Tokenizer } from './tokenizer.ts';

const vocabularies = new URL('../../../../../shared/vocab/', import.meta.url);

async function tokenizerOf(file: Uint8Array<ArrayBuffer>): Promise<Tokenizer> {
  return createTokenizer((await readGguf(memorySource(file))).metadata);
}

function decode({ createDecoder }: Detokenizer, ids: Iterable<number>, isContinuation: boolean) {
  const decoder = createDecoder({ isContinuation });
  return [...ids].map((id) => decoder.push(id)).join('') + decoder.flush();
}

/** What crosses to another thread is cloned. */
function compare(tokenizer: Tokenizer): void {
  const detokenizer = createDetokenizer(structuredClone(createTokenTable(tokenizer)));
  expect(detokenizer.vocabSize).toBe(tokenizer.vocabSize);
  expect(detokenizer.eosIds).toEqual(tokenizer.eosIds);
  for (let id = 0; id < tokenizer.vocabSize; id += 1) {
    expect(detokenizer.decodeToken(id).join()).toBe(tokenizer.decodeToken(id).join());
  }
  const ids = tokenizer.encode(' été, 日本 🎈\n<|im_end|> end', { parseSpecial: true });
  for (const isContinuation of [false, true]) {
    expect(decode(detokenizer, ids, isContinuation)).toBe(decode(tokenizer, ids, isContinuation));
  }
  for (const id of [-1, 0.5, tokenizer.vocabSize]) {
    expect(() => detokenizer.decodeToken(id)).toThrow(/outside this vocabulary/);
  }
}

test('a table gives the text of the tokenizer that it was made from', async () => {
  compare(await tokenizerOf(createTinyModel()));
});

test('a token’s bytes are nobody else’s', async () => {
  const detokenizer = createDetokenizer(createTokenTable(await tokenizerOf(createTinyModel())));
  detokenizer.decodeToken(70).fill(0);
  expect(detokenizer.decodeToken(70)).not.toContain(0);
});

test.skipIf(!existsSync(vocabularies)).each(['gpt-2', 'llama-spm', 'phi-3'])(
  'also that of %s (needs ../shared/vocab)',
  async (name) => {
    const bytes = readFileSync(new URL(`ggml-vocab-${name}.gguf`, vocabularies));
    compare(await tokenizerOf(new Uint8Array(bytes)));
  },
);
