import { describe, expect, test } from 'vitest';
import type { SamplingOptions } from './answer.ts';
import { type CandidateRow, checkSampling, sampleToken } from './sampler.ts';

const NEUTRAL: SamplingOptions = {
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
};

/** A row whose listed tokens have exactly these probabilities; what is missing to 1 lies below. */
function rowOf(probabilities: readonly number[]): CandidateRow {
  return {
    tokenIds: Uint32Array.from(probabilities, (_, index) => index + 10),
    logits: Float32Array.from(probabilities, (probability) => Math.log(probability) + 3),
    logSumExp: 3,
  };
}

function shares(row: CandidateRow, options: SamplingOptions, draws = 20_000): Map<number, number> {
  const counts = new Map<number, number>();
  for (let seed = 0; seed < draws; seed++) {
    const id = sampleToken(row, [1, 2, 3], options, seed);
    counts.set(id, (counts.get(id) ?? 0) + 1 / draws);
  }
  return counts;
}

describe('sampleToken', () => {
  const row = rowOf([0.5, 0.25, 0.15, 0.1]);

  test('takes the likeliest token at temperature 0, whatever the seed', () => {
    for (let seed = 0; seed < 50; seed++) {
      expect(sampleToken(row, [], { ...NEUTRAL, temperature: 0 }, seed)).toBe(10);
    }
  });

  test('draws with the model’s probabilities at temperature 1', () => {
    const drawn = shares(row, NEUTRAL);
    for (const [index, probability] of [0.5, 0.25, 0.15, 0.1].entries()) {
      expect(drawn.get(10 + index)).toBeCloseTo(probability, 1.7);
    }
  });

  test('a high temperature levels and a low one sharpens', () => {
    const level = shares(row, { ...NEUTRAL, temperature: 8 });
    const sharp = shares(row, { ...NEUTRAL, temperature: 0.25 });
    expect(level.get(13)).toBeGreaterThan(0.19);
    expect(sharp.get(10)).toBeGreaterThan(0.9);
  });

  test('top-k keeps k tokens', () => {
    expect([...shares(row, { ...NEUTRAL, topK: 2 }).keys()].sort()).toEqual([10, 11]);
  });

  test('top-p keeps the fewest tokens that reach p of the whole vocabulary’s mass', () => {
    expect([...shares(row, { ...NEUTRAL, topP: 0.6 }).keys()].sort()).toEqual([10, 11]);
    // Half of the mass lies below the candidates: 0.6 of it needs every listed token.
    const flat = rowOf([0.2, 0.2, 0.1]);
    expect(shares(flat, { ...NEUTRAL, topP: 0.6 }).size).toBe(3);
    expect(shares(flat, { ...NEUTRAL, topP: 0 }).size).toBe(1);
  });

  test('min-p cuts what is unlikely beside the best', () => {
    expect([...shares(row, { ...NEUTRAL, minP: 0.4 }).keys()].sort()).toEqual([10, 11]);
  });

  test('a repetition penalty makes a token just used less likely, for either sign of its logit', () => {
    const negative: CandidateRow = {
      tokenIds: Uint32Array.of(4, 5),
      logits: Float32Array.of(-1, -1.5),
      logSumExp: 0,
    };
    const greedy = { ...NEUTRAL, temperature: 0, repetitionPenalty: 2 };
    expect(sampleToken(negative, [4], greedy, 0)).toBe(5);
    expect(sampleToken(rowOf([0.5, 0.45]), [10], greedy, 0)).toBe(11);
    expect(sampleToken(rowOf([0.5, 0.45]), [99], greedy, 0)).toBe(10);
  });

  test('the same seed and position draw the same token; another position may not', () => {
    const draw = (position: number) =>
      sampleToken(
        row,
        Array.from({ length: position }, () => 0),
        NEUTRAL,
        7,
      );
    const first = Array.from({ length: 64 }, (_, position) => draw(position));
    const second = Array.from({ length: 64 }, (_, position) => draw(position));
    expect(second).toEqual(first);
    expect(new Set(first).size).toBe(4);
  });
});

describe('checkSampling', () => {
  test.each([
    ['temperature', -1],
    ['temperature', Number.NaN],
    ['topK', 1.5],
    ['topP', 1.01],
    ['minP', -0.1],
    ['repetitionPenalty', 0],
    ['seed', -1],
    ['seed', 2 ** 32],
  ] as const)('refuses %s = %s and names it', (name, value) => {
    expect(() => checkSampling({ ...NEUTRAL, [name]: value })).toThrow(
      expect.objectContaining({ code: 'bad-sampling', message: expect.stringContaining(name) }),
    );
  });

  test('refuses an option that does not exist', () => {
    const options = { ...NEUTRAL, mirostat: 2 } as SamplingOptions;
    expect(() => checkSampling(options)).toThrow(expect.objectContaining({ code: 'bad-sampling' }));
  });
});
