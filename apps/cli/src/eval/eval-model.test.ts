import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestContext, type TestContext } from '../testing/test-context.ts';
import { runEval } from './eval-command.ts';
import { checkContext, type EvalModel, openEvalModel, promptTokens } from './eval-model.ts';

let context: TestContext;
let model: EvalModel;

beforeAll(async () => {
  context = await createTestContext();
  const bytes = createTinyModel();
  await writeFile(join(context.callerDirectory, 'tiny.gguf'), bytes);
  await writeFile(join(context.callerDirectory, 'cut.gguf'), bytes.subarray(0, bytes.length - 9));
  await writeFile(join(context.callerDirectory, 'text.gguf'), 'hello');
  model = await openEvalModel(join(context.callerDirectory, 'tiny.gguf'));
});
afterAll(() => context.dispose());

describe('prompts', () => {
  it('are tokenised with the tokenizer of the file, BOS where it asks for it', () => {
    const tokens = promptTokens(model, { text: 'ab' });
    expect(tokens.length).toBeGreaterThan(0);
    expect(tokens.every((id) => id < model.config.vocabSize)).toBe(true);
  });

  it('are refused where they are empty or not in the vocabulary', () => {
    const codeOf = (prompt: Parameters<typeof promptTokens>[1]) => {
      try {
        return promptTokens(model, prompt).length;
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(codeOf({ text: '' })).toBe('prompt-empty');
    expect(codeOf({ tokens: [] })).toBe('prompt-empty');
    expect(codeOf({ tokens: [0, model.config.vocabSize] })).toBe('bad-token');
    expect(codeOf({ tokens: [-1] })).toBe('bad-token');
    expect(codeOf({ tokens: [0, model.config.vocabSize - 1] })).toBe(2);
  });

  it('fit the context with everything generated but the last token', () => {
    const { contextLength } = model.config;
    expect(() => checkContext(model, contextLength, 1)).not.toThrow();
    expect(() => checkContext(model, contextLength - 1, 2)).not.toThrow();
    expect(() => checkContext(model, contextLength, 2)).toThrowError(/positions/);
  });
});

describe('eval refuses, before a browser starts,', () => {
  it.each([
    ['a missing file', ['--model', 'nowhere.gguf', '--tokens', '1'], 'not-found'],
    ['a directory', ['--model', '.', '--tokens', '1'], 'not-found'],
    ['something else', ['--model', 'text.gguf', '--tokens', '1'], 'not-gguf'],
    ['a truncated model', ['--model', 'cut.gguf', '--tokens', '1'], 'truncated'],
    ['an empty prompt', ['--model', 'tiny.gguf', '--text', ''], 'prompt-empty'],
    ['an unknown token', ['--model', 'tiny.gguf', '--tokens', '999999'], 'bad-token'],
    [
      'too many tokens',
      ['--model', 'tiny.gguf', '--tokens', '1', '--generate', '9999'],
      'prompt-too-long',
    ],
    [
      'too many stages',
      ['--model', 'tiny.gguf', '--tokens', '1', '--stages', '999'],
      'too-many-stages',
    ],
  ])('%s', async (_, args, code) => {
    await expect(runEval(args, context)).rejects.toMatchObject({ code });
    expect(context.written).toEqual([]);
  });
});
