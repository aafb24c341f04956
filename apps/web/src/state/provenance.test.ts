import { describe, expect, it } from 'vitest';
import { type AnswerView, NEW_ANSWER } from './answer-view.ts';
import { listFacts, writeProvenance } from './provenance.ts';

const sampling = { temperature: 0.7, topK: 40, topP: 0.9, minP: 0, repetitionPenalty: 1.1 };
const answer: AnswerView = {
  ...NEW_ANSWER,
  phase: 'done',
  text: 'Because.',
  asked: { modelRoot: 'ab'.repeat(32), modelFile: 'pip-q8_0.gguf', sampling },
  numericClass: 'webgpu-f32-kv16',
  predictedMs: 100,
  chain: [{ peerId: 'anna.1', firstBlock: 0, endBlock: 8, embeds: true, heads: true }],
  links: [
    { from: 'me.0', to: 'anna.1', direct: true, bytesSent: 1_200 },
    { from: 'anna.1', to: 'me.0', direct: true, bytesSent: 300 },
  ],
  stats: {
    promptTokens: 12,
    reusedTokens: 8,
    ttftMs: 320,
    decodeTokensPerSecond: 9,
    repairs: 0,
    seed: 7,
  },
};
const valuesOf = (view: AnswerView) =>
  Object.fromEntries(listFacts(view, 'Pip').map(({ key, value }) => [key, value]));

describe('how an answer was made', () => {
  it('is told in full', () => {
    expect(valuesOf(answer)).toEqual({
      model: 'Pip',
      file: 'pip-q8_0.gguf',
      root: 'ab'.repeat(32),
      computesWith: 'GPU (webgpu-f32-kv16)',
      actual: '9 tokens/s',
      predicted: '10 tokens/s',
      firstToken: '320 ms',
      prompt: '12 prompt tokens, 8 of them remembered',
      sent: '1.5 kB',
      sampling: 'temperature 0.7, top-k 40, top-p 0.9, min-p 0, repetition penalty 1.1',
      seed: '7',
      recoveries: 'none',
    });
  });

  it('leaves out what is not known, and a seed that decided nothing', () => {
    const greedy = { ...sampling, temperature: 0 };
    const asked = { modelRoot: 'cd'.repeat(32), sampling: greedy };
    expect(valuesOf({ ...answer, asked })).not.toHaveProperty('seed');
    expect(Object.keys(valuesOf(NEW_ANSWER))).toEqual(['model', 'recoveries']);
  });

  it('can be taken along as text, with who computed which blocks', () => {
    const text = writeProvenance(answer, 'Pip');
    expect(text).toContain('Model root: abab');
    expect(text).toContain('- anna.1: blocks 0–7, embedding, head');
  });
});
