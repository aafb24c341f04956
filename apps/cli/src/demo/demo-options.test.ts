import { describe, expect, it } from 'vitest';
import { readDemoOptions } from './demo-options.ts';

describe('readDemoOptions', () => {
  it('fills in the documented defaults', () => {
    expect(readDemoOptions([])).toEqual({
      tabs: 3,
      model: 'builtin',
      prompt: 'What is Manyhands?',
      raw: false,
      maxTokens: 96,
      temperature: 0,
      seed: undefined,
      backend: 'auto',
      drafts: true,
      answers: 1,
      json: false,
      embed: [],
    });
  });

  it('asks one tab for vectors unless told otherwise', () => {
    const args = ['--embed', 'one', '--embed', 'two', '--backend=wasm'];
    const wanted = { embed: ['one', 'two'], tabs: 1, backend: 'wasm' };
    expect(readDemoOptions(args)).toMatchObject(wanted);
    expect(readDemoOptions([...args, '--tabs=2'])).toMatchObject({ tabs: 2 });
  });

  it('takes every option', () => {
    const args =
      '--tabs=2 --model=m.gguf --prompt=hi --raw --max-tokens=5 --temperature=0.7 --seed=9 --backend=wasm --no-drafts --answers=2 --json';
    expect(readDemoOptions(args.split(' '))).toEqual({
      tabs: 2,
      model: 'm.gguf',
      prompt: 'hi',
      raw: true,
      maxTokens: 5,
      temperature: 0.7,
      seed: 9,
      backend: 'wasm',
      drafts: false,
      answers: 2,
      json: true,
      embed: [],
    });
  });

  it.each([
    '--tabs=0',
    '--tabs=17',
    '--tabs=two',
    '--model=',
    '--max-tokens=0',
    '--temperature=hot',
    '--temperature=-1',
    '--temperature=11',
    '--temperature=1e1',
    '--seed=-1',
    '--seed=4294967296',
    '--answers=0',
    '--stages=2',
    '--backend=tpu',
    '--embed',
    'word',
  ])('calls %s a usage error', (arg) => {
    expect(() => readDemoOptions([arg])).toThrowError(/Usage: npm run demo/);
  });
});
