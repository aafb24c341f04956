import type { EmbeddingCard } from '@manyhands/model/embedding/card';
import { describe, expect, it } from 'vitest';
import { readEmbeddingGraph } from './embedding-graph.ts';
import { poolVectors } from './pooling.ts';

const card = (changes: Partial<EmbeddingCard> = {}): EmbeddingCard => ({
  dimension: 2,
  tokensMax: 8,
  pooling: 'mean',
  normalizes: false,
  ...changes,
});
/** Two texts of one and three tokens; what lies behind the first is padding. */
const rows = {
  dims: [2, 3, 2],
  values: Float32Array.of(3, 4, 90, 90, 90, 90, 1, 2, 2, 4, 3, 6),
};

describe('pooling', () => {
  it('takes the mean over the tokens of each text, never over padding', () => {
    expect([...poolVectors(rows, [1, 3], card())]).toEqual([3, 4, 2, 4]);
  });

  it('takes the first row, or what the graph pooled itself', () => {
    expect([...poolVectors(rows, [1, 3], card({ pooling: 'cls' }))]).toEqual([3, 4, 1, 2]);
    const pooled = { dims: [2, 2], values: Float32Array.of(1, 2, 3, 4) };
    expect([...poolVectors(pooled, [1, 3], card({ pooling: 'pooled' }))]).toEqual([1, 2, 3, 4]);
  });

  it('scales to length 1 where the card says so, and leaves nothing but zeros alone', () => {
    const [x, y] = poolVectors(rows, [1, 3], card({ normalizes: true }));
    expect(x).toBeCloseTo(0.6, 6);
    expect(y).toBeCloseTo(0.8, 6);
    const zeros = { dims: [1, 1, 2], values: new Float32Array(2) };
    expect([...poolVectors(zeros, [1], card({ normalizes: true }))]).toEqual([0, 0]);
  });

  it('refuses another shape than the card promises, and what is no number', () => {
    const unsupported = expect.objectContaining({ code: 'unsupported-model' });
    for (const wrong of [
      { ...rows, dims: [2, 3, 1] },
      { ...rows, dims: [1, 3, 2] },
      { ...rows, dims: [2, 6] },
      { ...rows, dims: [2, 2, 2] },
      { ...rows, values: rows.values.slice(1) },
    ]) {
      expect(() => poolVectors(wrong, [1, 3], card())).toThrow(unsupported);
    }
    expect(() => poolVectors(rows, [1, 4], card())).toThrow(unsupported);
    const broken = { ...rows, values: rows.values.map((value, at) => (at === 7 ? NaN : value)) };
    expect(() => poolVectors(broken, [1, 3], card())).toThrow(
      expect.objectContaining({ code: 'non-finite' }),
    );
    // Padding may hold anything.
    const padded = { ...rows, values: rows.values.map((value) => (value === 90 ? NaN : value)) };
    expect([...poolVectors(padded, [1, 3], card())]).toEqual([3, 4, 2, 4]);
  });
});

describe('the ends of a graph', () => {
  const value = (name: string, element: string | undefined, rank: number | undefined) => ({
    name,
    element,
    rank,
  });
  const ids = value('input_ids', 'int64', 2);
  const mask = value('attention_mask', 'int32', 2);
  const hidden = value('last_hidden_state', 'float32', 3);
  const pooled = value('pooler_output', 'float32', 2);

  it('are found by the names of exporters, else by their shape', () => {
    expect(readEmbeddingGraph({ inputs: [ids, mask], outputs: [pooled, hidden] }, card())).toEqual({
      inputs: [
        { name: 'input_ids', role: 'ids', element: 'int64' },
        { name: 'attention_mask', role: 'mask', element: 'int32' },
      ],
      output: 'last_hidden_state',
    });
    const outputs = [value('first', 'float32', 2), value('second', 'float32', 3)];
    expect(readEmbeddingGraph({ inputs: [ids], outputs }, card()).output).toBe('second');
    const wanted = card({ pooling: 'pooled' });
    expect(readEmbeddingGraph({ inputs: [ids], outputs }, wanted).output).toBe('first');
    const unknown = [value('sentence_embedding', 'float32', undefined)];
    expect(readEmbeddingGraph({ inputs: [ids], outputs: unknown }, wanted).output).toBe(
      'sentence_embedding',
    );
  });

  it.each([
    ['no ids', { inputs: [mask], outputs: [hidden] }, 'input_ids'],
    [
      'an input no text gives',
      { inputs: [ids, value('toString', 'int64', 2)], outputs: [hidden] },
      'toString',
    ],
    ['ids as floats', { inputs: [value('input_ids', 'float32', 2)], outputs: [hidden] }, 'float32'],
    ['no rows', { inputs: [ids], outputs: [pooled] }, 'one vector a token'],
    [
      'rows in f16',
      { inputs: [ids], outputs: [value('last_hidden_state', 'float16', 3)] },
      'float32',
    ],
  ])('are refused with %s, and the message says which', (_, ends, text) => {
    expect(() => readEmbeddingGraph(ends, card())).toThrow(
      expect.objectContaining({
        code: 'unsupported-model',
        message: expect.stringContaining(text),
      }),
    );
  });
});
