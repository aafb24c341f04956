import type { ModelConfig } from '@manyhands/model/config';
import { describe, expect, test } from 'vitest';
import { EngineError } from './error.ts';
import type { SessionRange, StepRequest } from './stage.ts';
import { checkSession, checkStep } from './step-checks.ts';

const config: ModelConfig = {
  architecture: 'llama',
  blockCount: 4,
  hiddenSize: 8,
  headCount: 2,
  kvHeadCount: 1,
  headDim: 4,
  ffnSize: 16,
  vocabSize: 10,
  contextLength: 100,
  rmsNormEps: 1e-5,
  ropeTheta: 10_000,
  ropeDim: 4,
  ropeStyle: 'interleaved',
  ropeFrequencyScale: 1,
  hasRopeFactors: false,
  hasQkvBias: false,
  hasQkNorm: false,
  hasTiedEmbedding: true,
};
const middle: SessionRange = {
  firstBlock: 1,
  endBlock: 3,
  embeds: false,
  heads: false,
  positionsMax: 10,
};
const whole: SessionRange = {
  firstBlock: 0,
  endBlock: 4,
  embeds: true,
  heads: true,
  positionsMax: 10,
};

function codeOf(run: () => void): string | undefined {
  try {
    run();
  } catch (error) {
    return error instanceof EngineError ? error.code : String(error);
  }
  return undefined;
}

describe('sessions', () => {
  const check = (range: Partial<SessionRange>, held: SessionRange = whole) =>
    codeOf(() => checkSession(config, held, { ...held, ...range }));

  test('within the held range are accepted', () => {
    expect(check({})).toBeUndefined();
    expect(check({ firstBlock: 2, endBlock: 2, embeds: false, heads: true })).toBe('bad-step');
    expect(check({ firstBlock: 4, endBlock: 4, embeds: false })).toBeUndefined();
    expect(check({ firstBlock: 0, endBlock: 0, heads: false })).toBeUndefined();
    expect(check({ positionsMax: 100 })).toBeUndefined();
  });

  test.each<[string, Partial<SessionRange>, SessionRange?]>([
    ['blocks before the held ones', { firstBlock: 0 }, middle],
    ['blocks after the held ones', { endBlock: 4 }, middle],
    ['blocks in reverse', { firstBlock: 3, endBlock: 1 }, middle],
    ['half a block', { firstBlock: 1.5 }, middle],
    ['an embedding that is not held', { embeds: true }, middle],
    ['a head that is not held', { heads: true }, middle],
    ['an embedding in the middle', { firstBlock: 1 }],
    ['a head in the middle', { endBlock: 3 }],
    ['no work', { firstBlock: 2, endBlock: 2 }, middle],
    ['more positions than the context', { positionsMax: 101 }],
    ['no positions', { positionsMax: 0 }],
    ['positions that are no number', { positionsMax: Number.NaN }],
  ])('of %s are refused', (_, range, held) => {
    expect(check(range, held)).toBe('bad-step');
  });
});

describe('steps', () => {
  const hidden = new Float32Array(16);
  const tokenIds = Uint32Array.of(1, 9);
  const base = { sessionId: 's', position: 3, tokenCount: 2, headRows: 0 };
  const check = (range: SessionRange, request: Partial<StepRequest>) =>
    codeOf(() => checkStep(config, range, 4, { ...base, ...request }));

  test('that fit are accepted', () => {
    expect(check(middle, { hidden })).toBeUndefined();
    expect(check(whole, { tokenIds, headRows: 2 })).toBeUndefined();
    expect(check(whole, { tokenIds, position: 4 })).toBeUndefined();
    expect(check(whole, { tokenIds, position: 0 })).toBeUndefined();
  });

  test.each<[string, SessionRange, Partial<StepRequest>]>([
    ['nothing to run', middle, {}],
    ['token ids where hidden states belong', middle, { tokenIds }],
    ['hidden states where token ids belong', whole, { hidden }],
    ['both', whole, { hidden, tokenIds }],
    ['a short input', middle, { hidden: hidden.slice(1) }],
    ['too many ids', whole, { tokenIds: Uint32Array.of(1, 2, 3) }],
    ['an id outside the vocabulary', whole, { tokenIds: Uint32Array.of(1, 10) }],
    ['a gap', middle, { hidden, position: 5 }],
    ['a negative position', middle, { hidden, position: -1 }],
    ['more than was reserved', { ...middle, positionsMax: 4 }, { hidden }],
    ['no tokens', middle, { hidden: new Float32Array(0), tokenCount: 0 }],
    ['head rows without a head', middle, { hidden, headRows: 1 }],
    ['more head rows than tokens', whole, { tokenIds, headRows: 3 }],
  ])('with %s are refused', (_, range, request) => {
    expect(check(range, request)).toBe('bad-step');
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('with %s are non-finite', (value) => {
    expect(check(middle, { hidden: hidden.with(3, value) as Float32Array<ArrayBuffer> })).toBe(
      'non-finite',
    );
  });
});
