import { describe, expect, it } from 'vitest';
import { CliError } from '../error.ts';
import { readEvalOptions } from './eval-options.ts';

function codeOf(args: string[]): string {
  try {
    readEvalOptions(args);
    return 'accepted';
  } catch (error) {
    return error instanceof CliError ? error.code : 'other';
  }
}

describe('readEvalOptions', () => {
  it('fills in the documented defaults', () => {
    expect(readEvalOptions(['--model', 'a b.gguf', '--tokens', '1, 2,3'])).toEqual({
      modelFile: 'a b.gguf',
      prompt: { tokens: [1, 2, 3] },
      generate: 24,
      stages: 1,
      top: 8,
      backend: 'auto',
      activations: 'f32',
      wire: 'f32',
      json: false,
    });
  });

  it('takes every option', () => {
    const args =
      '--model=m --text=hi --generate=3 --stages=2 --top=64 --activations=auto --wire=q8 --backend=wasm --json';
    expect(readEvalOptions(args.split(' '))).toEqual({
      modelFile: 'm',
      prompt: { text: 'hi' },
      generate: 3,
      stages: 2,
      top: 64,
      backend: 'wasm',
      activations: 'auto',
      wire: 'q8',
      json: true,
    });
    const asVolunteers = ['--model=m', '--text=hi', '--activations=auto'];
    expect(readEvalOptions(asVolunteers)).toMatchObject({ wire: 'f16' });
  });

  it.each([
    [[]],
    [['--model', 'm']],
    [['--model', 'm', '--text', 'a', '--tokens', '1']],
    [['--model', 'm', '--tokens', '1,x']],
    [['--model', 'm', '--tokens', '1.5']],
    [['--model', 'm', '--text', 'a', '--generate', '0']],
    [['--model', 'm', '--text', 'a', '--stages', '-1']],
    [['--model', 'm', '--text', 'a', '--top', '65']],
    [['--model', 'm', '--text', 'a', '--activations', 'f8']],
    [['--model', 'm', '--text', 'a', '--wire', 'f8']],
    [['--model', 'm', '--text', 'a', '--unknown']],
    [['--model', 'm', '--text', 'a', 'left over']],
  ])('calls %j a usage error', (args) => {
    expect(codeOf(args)).toBe('usage');
  });

  it('leaves empty prompts and negative ids to the check against the model', () => {
    expect(readEvalOptions(['--model', 'm', '--text', ''])).toMatchObject({ prompt: { text: '' } });
    expect(readEvalOptions(['--model', 'm', '--tokens', ''])).toMatchObject({
      prompt: { tokens: [] },
    });
    expect(readEvalOptions(['--model', 'm', '--tokens=-1'])).toMatchObject({
      prompt: { tokens: [-1] },
    });
  });
});
