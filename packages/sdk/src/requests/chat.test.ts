import type { AnswerEvent } from '@manyhands/peer/requester/answer';
import { describe, expect, test } from 'vitest';
import type { ChatCompletionChunk, Progress } from '../../types/manyhands.d.ts';
import {
  answerOf,
  createScriptedRequester,
  createWaitingRequester,
  storyOf,
} from '../testing/scripted-requester.ts';
import { createChatCompletions } from './chat.ts';
import { createEmbeddings } from './embeddings.ts';

const ROOT = '0123456789abcdef'.repeat(4);
const WORDS = ['Many', ' hands', '', '.'];
const BODY = { model: 'm', messages: [{ role: 'user' as const, content: 'hi' }] };
const PROVENANCE = {
  model_root: ROOT,
  volunteers: [{ peer_id: 'volunteer', first_block: 0, end_block: 8, embeds: true, heads: true }],
  links: [{ from: 'me', to: 'volunteer', direct: true, bytes_sent: 100 }],
  repairs: 1,
  ttft_ms: 30,
  tokens_per_second: 40,
};
const USAGE = {
  prompt_tokens: 5,
  completion_tokens: 4,
  total_tokens: 9,
  prompt_tokens_details: { cached_tokens: 2 },
};

function tell(events: readonly AnswerEvent[]) {
  const requester = createScriptedRequester(events);
  const completions = createChatCompletions({
    models: { find: async () => ROOT },
    requester: async () => requester,
  });
  return { requester, completions };
}

async function read(stream: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

describe('an answer', () => {
  test('as a whole', async () => {
    const { completions } = tell(storyOf(WORDS));
    const answer = await completions.create(BODY);
    expect(answer).toEqual({
      id: expect.stringMatching(/^chatcmpl-\w{32}$/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'm',
      system_fingerprint: 'fp_0123456789ab',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Many hands.', refusal: null },
          finish_reason: 'stop',
          logprobs: null,
        },
      ],
      usage: USAGE,
      manyhands: PROVENANCE,
    });
  });

  test.each([
    ['stop', 'stop'],
    ['stop-string', 'stop'],
    ['length', 'length'],
    ['context', 'length'],
  ] as const)('that ended by %s finishes with %s', async (how, finishReason) => {
    const answer = await tell(storyOf(WORDS, how)).completions.create(BODY);
    expect(answer.choices[0].finish_reason).toBe(finishReason);
  });

  test('in chunks: role, texts, end, usage', async () => {
    const { completions } = tell(storyOf(WORDS));
    const options = { stream: true, stream_options: { include_usage: true } } as const;
    const chunks = await read(await completions.create({ ...BODY, ...options }));
    expect(chunks.map(({ choices }) => choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '' },
      { content: 'Many' },
      { content: ' hands' },
      { content: '.' },
      {},
      undefined,
    ]);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason ?? null)).toEqual([
      ...Array(4).fill(null),
      'stop',
      null,
    ]);
    expect(chunks.map(({ usage }) => usage)).toEqual([...Array(5).fill(null), USAGE]);
    expect(chunks.at(-2)?.manyhands).toEqual(PROVENANCE);
    const plain = await read(
      await tell(storyOf(WORDS)).completions.create({ ...BODY, stream: true }),
    );
    expect(plain).toHaveLength(5);
    expect(plain.some((chunk) => 'usage' in chunk)).toBe(false);
  });

  test('as lines of JSON', async () => {
    const { completions } = tell(storyOf(WORDS));
    const stream = await completions.create({ ...BODY, stream: true });
    const lines = (await new Response(stream.toReadableStream()).text()).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).object)).toEqual(
      Array(5).fill('chat.completion.chunk'),
    );
  });

  test('with the probabilities of its tokens, parts of characters among them', async () => {
    const at = (bytes: number[], logprob: number) => ({
      tokenId: 1,
      bytes: Uint8Array.from(bytes),
      logprob,
    });
    const event: AnswerEvent = {
      type: 'token',
      tokenId: 1,
      text: '',
      logprobs: { ...at([0xc3], -0.5), top: [at([0xc3], -0.5), at([65], -2)] },
    };
    const events = [event, { type: 'done', answer: answerOf('stop', ['x']) } as const];
    const { completions, requester } = tell(events);
    const answer = await completions.create({ ...BODY, logprobs: true, top_logprobs: 2 });
    expect(requester.asked[0]?.topLogprobs).toBe(2);
    expect(answer.choices[0].logprobs).toEqual({
      content: [
        {
          token: '\ufffd',
          bytes: [0xc3],
          logprob: -0.5,
          top_logprobs: [
            { token: '\ufffd', bytes: [0xc3], logprob: -0.5 },
            { token: 'A', bytes: [65], logprob: -2 },
          ],
        },
      ],
      refusal: null,
    });
  });

  test('tells how it goes', async () => {
    const seen: Progress[] = [];
    const { completions } = tell(storyOf(WORDS));
    await completions.create(BODY, { onProgress: (progress) => seen.push(progress) });
    expect(seen).toEqual([
      { type: 'routing', reason: 'One volunteer runs the whole model.' },
      { type: 'queued', estimateMs: 700 },
      { type: 'prefill', doneTokens: 0, totalTokens: 5 },
    ]);
  });
});

describe('an answer that fails', () => {
  const error = { code: 'busy', message: 'Everybody is busy.', retryAfterMs: 4_200 };
  const ROUTING: AnswerEvent = { type: 'routing', reason: { code: 'spread', stageCount: 2 } };
  const failed: AnswerEvent = { type: 'done', answer: answerOf('failed', [], { error }) };

  test.each([false, true])(
    'before it began is the error of the call (stream: %o)',
    async (stream) => {
      const { completions } = tell([ROUTING, failed]);
      await expect(completions.create({ ...BODY, stream })).rejects.toMatchObject({
        name: 'ManyhandsError',
        status: 429,
        code: 'busy',
        type: 'rate_limit_error',
        retryAfterMs: 4_200,
      });
    },
  );

  test('later is thrown where it is read, after what came before', async () => {
    const lost = { code: 'chain-lost', message: 'gone' };
    const story = storyOf(WORDS).slice(0, -1);
    const end: AnswerEvent = { type: 'done', answer: answerOf('failed', [], { error: lost }) };
    const stream = await tell([...story, end]).completions.create({ ...BODY, stream: true });
    let text = '';
    const reading = async () => {
      for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
    };
    await expect(reading()).rejects.toMatchObject({ status: 503, code: 'chain-lost' });
    expect(text).toBe('Many hands.');
  });
});

describe('stopping', () => {
  const aborted = { status: 499, code: 'aborted' };

  test('before anything was asked', async () => {
    const { completions, requester } = tell(storyOf(WORDS));
    const options = { signal: AbortSignal.abort() };
    await expect(completions.create(BODY, options)).rejects.toMatchObject(aborted);
    expect(requester.asked).toEqual([]);
  });

  test('by the signal of the call, in the middle', async () => {
    const controller = new AbortController();
    const { completions } = tell(storyOf(WORDS));
    const stream = await completions.create({ ...BODY, stream: true }, controller);
    const reading = async () => {
      for await (const { choices } of stream) if (choices[0]?.delta.content) controller.abort();
    };
    await expect(reading()).rejects.toMatchObject(aborted);
  });

  test('while the page is still connecting', async () => {
    const models = { find: async () => ROOT };
    const never = () => new Promise<never>(() => undefined);
    const controller = new AbortController();
    const asked = [
      createChatCompletions({ models, requester: never }).create(BODY, controller),
      createEmbeddings({ models, embedder: never }).create({ model: 'v', input: 'x' }, controller),
    ];
    controller.abort();
    for (const each of asked) await expect(each).rejects.toMatchObject(aborted);
  });

  test('by a reader of bytes who leaves while nothing comes', async () => {
    const completions = createChatCompletions({
      models: { find: async () => ROOT },
      requester: async () => createWaitingRequester(storyOf(WORDS).slice(0, 5)),
    });
    const stream = await completions.create({ ...BODY, stream: true });
    const reader = stream.toReadableStream().getReader();
    // The role, the first word, and what does not come.
    await reader.read();
    await reader.read();
    const waiting = reader.read();
    await new Promise((resolve) => setTimeout(resolve));
    await reader.cancel();
    expect(stream.controller.signal.aborted).toBe(true);
    expect(await waiting).toMatchObject({ done: true });
  });

  test('by the stream’s controller, or by leaving the loop', async () => {
    const first = tell(storyOf(WORDS));
    const stream = await first.completions.create({ ...BODY, stream: true });
    stream.controller.abort();
    await expect(read(stream)).rejects.toMatchObject(aborted);
    const second = tell(storyOf(WORDS));
    for await (const _ of await second.completions.create({ ...BODY, stream: true })) break;
    expect(second.requester.isLeft).toBe(true);
  });
});
