import { describe, expect, test } from 'vitest';
import { ManyhandsError } from '../error.ts';
import { ANSWER_TOKENS_DEFAULT } from '../limits.ts';
import { readChatRequest } from './read-chat-request.ts';

const BODY = { model: 'pip-7m', messages: [{ role: 'user', content: 'hi' }] };

function refusal(change: object): unknown[] {
  try {
    readChatRequest({ ...BODY, ...change });
    return ['accepted'];
  } catch (error) {
    if (!(error instanceof ManyhandsError)) throw error;
    return [error.status, error.code, error.param];
  }
}

describe('a request', () => {
  test('has OpenAI’s defaults', () => {
    expect(readChatRequest(BODY)).toEqual({
      model: 'pip-7m',
      isStreamed: false,
      includesUsage: false,
      includesLogprobs: false,
      answer: {
        input: { messages: [{ role: 'user', content: 'hi' }] },
        tokensMax: ANSWER_TOKENS_DEFAULT,
        sampling: { temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1 },
      },
    });
  });

  test('says the same in OpenAI’s words', () => {
    const { answer, ...shape } = readChatRequest({
      model: 'm',
      messages: [
        {
          role: 'developer',
          content: [
            { type: 'text', text: 'be ' },
            { type: 'text', text: 'kind' },
          ],
        },
        { role: 'assistant', content: 'yes', refusal: null },
        { role: 'user', content: 'go on' },
      ],
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 7,
      max_tokens: 9,
      temperature: 0,
      top_p: 0.5,
      seed: -1,
      stop: '\n',
      logprobs: true,
      top_logprobs: 2,
      manyhands: { top_k: 3, min_p: 0.1, repetition_penalty: 1.1, stages_min: 2 },
    });
    expect(shape).toEqual({
      model: 'm',
      isStreamed: true,
      includesUsage: true,
      includesLogprobs: true,
    });
    expect(answer).toEqual({
      input: {
        messages: [
          { role: 'system', content: 'be kind' },
          { role: 'assistant', content: 'yes' },
          { role: 'user', content: 'go on' },
        ],
      },
      tokensMax: 7,
      sampling: {
        temperature: 0,
        topP: 0.5,
        topK: 3,
        minP: 0.1,
        repetitionPenalty: 1.1,
        seed: 0xffff_ffff,
      },
      stopStrings: ['\n'],
      topLogprobs: 2,
      stagesMin: 2,
    });
  });

  test.each([
    { n: 1, frequency_penalty: 0, presence_penalty: 0, logit_bias: {}, store: false, tools: [] },
    { response_format: { type: 'text' }, user: null, temperature: null, stop: null },
  ])('may ask for what happens anyway: %o', (change) => {
    expect(readChatRequest({ ...BODY, ...change })).toEqual(readChatRequest(BODY));
  });

  test.each([
    ['n', 2],
    ['frequency_penalty', 0.5],
    ['tools', [{ type: 'function' }]],
    ['response_format', { type: 'json_object' }],
    ['user', 'me'],
    ['stream_options', { other: true }, 'stream_options.other'],
    ['manyhands', { other: 1 }, 'manyhands.other'],
    ['messages', [{ role: 'user', content: 'hi', name: 'me' }], 'messages.0.name'],
  ])('is refused by name for %s: %o', (name, value, param = name) => {
    expect(refusal({ [name]: value })).toEqual([400, 'unsupported-parameter', param]);
  });

  test.each([
    ['messages', [], 'messages'],
    ['messages', [{ role: 'tool', content: 'x' }], 'messages.0.role'],
    ['messages', [{ role: 'user', content: [{ type: 'image_url' }] }], 'messages.0.content'],
    ['temperature', '1', 'temperature'],
    ['max_tokens', 0, 'max_tokens'],
    ['top_logprobs', 21, 'top_logprobs'],
    ['stop', [1], 'stop'],
    ['stream', 'yes', 'stream'],
    ['model', undefined, 'model'],
  ])('is wrong where %s is %o', (name, value, param) => {
    expect(refusal({ [name]: value })).toEqual([400, 'invalid-request', param]);
  });

  test.each([undefined, null, 'text', []])('is an object, not %o', (body) => {
    expect(() => readChatRequest(body)).toThrow(ManyhandsError);
  });
});
