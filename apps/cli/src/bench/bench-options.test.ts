import { describe, expect, it } from 'vitest';
import { CliError } from '../error.ts';
import { readBenchOptions } from './bench-options.ts';

const read = (text: string) => readBenchOptions(text === '' ? [] : text.split(' '));

describe('readBenchOptions', () => {
  it('measures two shapes and two models against every rival unless told otherwise', () => {
    expect(read('engine')).toEqual({
      shapes: ['smollm2-135m', 'qwen3-0.6b', 'pip', 'stories260k'],
      types: ['Q4_0', 'Q8_0'],
      backends: ['webgpu', 'wasm'],
      rivals: ['ort', 'wllama', 'wllama-next'],
      blocks: undefined,
      repeats: 5,
      budgetMs: 15_000,
      prefillCounts: [64, 512],
      adapter: 'auto',
      dawn: false,
      json: false,
      out: undefined,
    });
  });

  it('takes lists in any case, each word once, and `all`', () => {
    expect(read('engine --types q4_k,F16,Q4_K --backends wasm --shapes all')).toMatchObject({
      types: ['Q4_K', 'F16'],
      backends: ['wasm'],
      shapes: ['smollm2-135m', 'qwen3-0.6b', 'llama-3.2-1b', 'tiny', 'pip', 'stories260k'],
    });
    expect(read('engine --rivals none --quick --blocks 3 --out a.json')).toMatchObject({
      rivals: [],
      prefillCounts: [64],
      blocks: 3,
      out: 'a.json',
    });
  });

  it('helps', () => {
    expect(read('--help')).toBe('help');
    expect(read('engine -h')).toBe('help');
  });

  it.each([
    '',
    'network',
    'engine --shapes huge',
    'engine --shapes=',
    'engine --types Q9_0',
    'engine --backends cuda',
    'engine --rivals ort,none',
    'engine --blocks 0',
    'engine --repeats 1.5',
    'engine --adapter mine',
    'engine --unknown',
  ])('calls "%s" a usage error', (text) => {
    expect(() => read(text)).toThrow(CliError);
  });
});
