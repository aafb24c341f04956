import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type ChatMessage, encodeChat } from '../chat-template.ts';
import type { GgufMetadata } from '../gguf/header.ts';
import { readGguf } from '../gguf/read-gguf.ts';
import { memorySource } from '../memory-source.ts';
import { createTokenizer } from './create-tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

// Fixtures that llama.cpp made lie beside the repository; without them this file has nothing to say.
const shared = new URL('../../../../../shared/', import.meta.url);
const hasShared = existsSync(new URL('vocab/', shared));

async function loadMetadata(path: string): Promise<GgufMetadata> {
  const bytes = new Uint8Array(readFileSync(new URL(path, shared)));
  return (await readGguf(memorySource(bytes))).metadata;
}

async function loadTokenizer(path: string): Promise<Tokenizer> {
  return createTokenizer(await loadMetadata(path));
}

function readText(path: string): string {
  return readFileSync(new URL(path, shared), 'utf8');
}

describe.skipIf(!hasShared)("llama.cpp's vocabulary tests (needs ../shared/vocab)", () => {
  test.each(['gpt-2', 'llama-spm', 'phi-3'])('%s: every pair', async (name) => {
    const file = `vocab/ggml-vocab-${name}.gguf`;
    const tokenizer = await loadTokenizer(file);
    const inputs = readText(`${file}.inp`).split('\n__ggml_vocab_test__\n');
    const outputs = readText(`${file}.out`).split('\n');
    expect(inputs.length).toBeGreaterThan(40);
    expect(outputs.length).toBeGreaterThanOrEqual(inputs.length);
    for (const [i, input] of inputs.entries()) {
      const expected = (outputs[i] as string).trim();
      const ids = tokenizer.encode(input, { parseSpecial: false });
      expect(ids.join(' '), JSON.stringify(input)).toBe(expected);
    }
  });
});

describe.skipIf(!hasShared)('golden ids (needs ../shared/models and ../shared/conformance)', () => {
  const references = ['models/pip/golden.json', 'models/stories260K/golden.json'];
  test.each([...references, 'conformance/reference.json'])('%s', async (reference) => {
    const folder = reference.slice(0, reference.lastIndexOf('/') + 1);
    const files = JSON.parse(readText(reference)) as Record<
      string,
      { text: string; tokens: number[]; greedy: number[] }[]
    >;
    const known = hasShared ? readdirSync(new URL(folder, shared)) : [];
    for (const [file, cases] of Object.entries(files)) {
      if (!known.includes(file)) continue;
      const tokenizer = await loadTokenizer(folder + file);
      for (const { text, tokens } of cases) {
        const options = { parseSpecial: true, addBos: tokenizer.addsBos };
        expect([...tokenizer.encode(text, options)], `${file}: ${text}`).toEqual(tokens);
      }
    }
    expect(known.filter((file) => file in files).length).toBeGreaterThanOrEqual(3);
  });

  test('a conversation gives the ids of its rendered text', async () => {
    const metadata = await loadMetadata('models/pip/pip-7m-q8_0.gguf');
    const template = metadata.get('tokenizer.chat_template') as string;
    const cases = JSON.parse(readText('models/pip/golden.json'))['pip-7m-q8_0.gguf'];
    const turn = /<\|im_start\|>(user|assistant|system)\n(.*?)<\|im_end\|>\n/gs;
    let turns = 0;
    for (const { text, tokens } of cases as { text: string; tokens: number[] }[]) {
      if (!text.endsWith('<|im_start|>assistant\n')) continue;
      const messages = [...text.matchAll(turn)].map(
        ([, role, content]) => ({ role, content }) as ChatMessage,
      );
      const ids = await encodeChat(createTokenizer(metadata), template, messages);
      expect([...ids], text).toEqual(tokens);
      turns += messages.length;
    }
    expect(turns).toBeGreaterThan(3);
  });

  test('stories260K streams the story that its card promises', async () => {
    const tokenizer = await loadTokenizer('models/stories260K/stories260K-q8_0.gguf');
    const golden = JSON.parse(readText('models/stories260K/golden.json'));
    const decoder = tokenizer.createDecoder({ isContinuation: true });
    const greedy: number[] = golden['stories260K-q8_0.gguf'][0].greedy;
    const text = greedy.map((id) => decoder.push(id)).join('') + decoder.flush();
    expect(text).toMatch(/^, there was a little girl named Lily\./);
  });
});

describe.skipIf(!hasShared)('real vocabularies (needs ../shared/vocab)', () => {
  test.each(['gpt-2', 'llama-spm', 'phi-3'])('%s: long runs cost no square', async (name) => {
    const tokenizer = await loadTokenizer(`vocab/ggml-vocab-${name}.gguf`);
    for (const character of ['a', ' ', '\n', '!', '<', 'あ', '🎈']) {
      const text = character.repeat(100_000 / character.length);
      const start = performance.now();
      const ids = tokenizer.encode(text, { parseSpecial: true });
      // Seconds of slack for a busy machine; a square would take minutes.
      expect(performance.now() - start, JSON.stringify(character)).toBeLessThan(6000);
      const decoder = tokenizer.createDecoder();
      expect([...ids].map((id) => decoder.push(id)).join('') + decoder.flush()).toBe(text);
    }
  });

  test.each(['llama-spm', 'phi-3', 'gpt-2'])(
    '%s: typed text never makes control tokens',
    async (name) => {
      const tokenizer = await loadTokenizer(`vocab/ggml-vocab-${name}.gguf`);
      for (let id = 0; id < tokenizer.vocabSize; id++) {
        if (!tokenizer.isControl(id)) continue;
        const text = `a ${tokenizer.tokenText(id)} b`;
        const typed = tokenizer.encode(text, { parseSpecial: false });
        expect(
          [...typed].some((typedId) => tokenizer.isControl(typedId)),
          text,
        ).toBe(false);
        expect([...tokenizer.encode(text, { parseSpecial: true })]).toContain(id);
      }
      const byteLike = [...tokenizer.encode('<0x0A>', { parseSpecial: false })];
      expect(
        byteLike.map((id) => new TextDecoder().decode(tokenizer.decodeToken(id))).join(''),
      ).toContain('<0x0A>');
    },
  );

  test('a phi-3 turn: white space after its markers is swallowed, then a space added', async () => {
    const tokenizer = await loadTokenizer('vocab/ggml-vocab-phi-3.gguf');
    const user = tokenizer.specialId('<|user|>') as number;
    const end = tokenizer.specialId('<|end|>') as number;
    const ids = tokenizer.encode('<|user|>\n  Hello<|end|>', { parseSpecial: true, addBos: true });
    const hello = tokenizer.encode('Hello', { parseSpecial: false });
    expect([...ids]).toEqual([1, user, ...hello, end]);
    expect(tokenizer.eosIds).toContain(end);
  });
});
