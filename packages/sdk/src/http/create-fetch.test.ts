import { expect, test } from 'vitest';
import type { Manyhands } from '../../types/manyhands.d.ts';
import { createChatCompletions } from '../requests/chat.ts';
import { createEmbeddings } from '../requests/embeddings.ts';
import { createModelDirectory } from '../requests/models.ts';
import { answerOf, createScriptedRequester, storyOf } from '../testing/scripted-requester.ts';
import { createFetch } from './create-fetch.ts';

const ROOT = 'ab'.repeat(32);
const VECTOR_ROOT = 'cd'.repeat(32);
const entry = {
  id: 'm',
  name: 'M',
  description: 'd',
  source: { type: 'file', file: 'm.gguf' },
  revision: 'r',
  sizeBytes: 9,
  blockCount: 8,
  contextLength: 64,
  licence: 'CC0-1.0',
  parameters: '1K',
  status: 'ready',
  modelRoot: ROOT,
  sourceUrls: [],
} as const;
const card = { dimension: 2, tokensMax: 8, pooling: 'mean', normalizes: true } as const;
const tokenizer = { type: 'file', file: 't.json' } as const;
const entries = [
  entry,
  { ...entry, id: 'late', status: 'hashing', modelRoot: undefined },
  { ...entry, id: 'v', modelRoot: VECTOR_ROOT, blockCount: 0, embedding: { card, tokenizer } },
];

function open(events = storyOf(['Many', ' hands'])): Manyhands['fetch'] {
  const requester = createScriptedRequester(events);
  const models = createModelDirectory({ read: async () => ({ version: 1, entries }) as never });
  const embedder = async () => ({
    embed: async (texts: readonly string[]) => ({
      dimension: 2,
      vectors: texts.map((text) => Float32Array.of(text.length, -0.5)),
      tokenCount: 7,
      provenance: [],
    }),
  });
  return createFetch({
    chat: { completions: createChatCompletions({ models, requester: async () => requester }) },
    embeddings: createEmbeddings({ models, embedder }),
    models,
  });
}

const BASE = 'https://site.example/v1';
const post = (body: unknown) => ({ method: 'POST', body: JSON.stringify(body) });
const ask = (more: object = {}) =>
  post({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...more });
const codeOf = async (response: Response) => {
  const { error } = await response.json();
  return [response.status, error.code, error.param];
};

test('a stream is server-sent events', async () => {
  const answer = await open()(`${BASE}/chat/completions`, ask({ stream: true }));
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const events = (await answer.text()).trim().split('\n\n');
  expect(events.every((event) => event.startsWith('data: '))).toBe(true);
  expect(events.at(-1)).toBe('data: [DONE]');
  const texts = events.slice(0, -1).map((event) => JSON.parse(event.slice(6)));
  expect(texts.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Many hands');
});

test('what fails in the middle of a stream is its last event', async () => {
  const error = { code: 'chain-lost', message: 'gone' };
  const story = storyOf(['Many']).slice(0, -1);
  const failing = open([...story, { type: 'done', answer: answerOf('failed', [], { error }) }]);
  const answer = await failing(`${BASE}/chat/completions`, ask({ stream: true }));
  expect(answer.status).toBe(200);
  const last = (await answer.text()).trim().split('\n\n').at(-1) ?? '';
  expect(JSON.parse(last.slice(6))).toEqual({
    error: { message: 'gone', type: 'server_error', param: null, code: 'chain-lost' },
  });
});

test('busy volunteers are a 429 that says when to ask again', async () => {
  const error = { code: 'busy', message: 'busy', retryAfterMs: 1_300 };
  const busy = open([{ type: 'done', answer: answerOf('failed', [], { error }) }]);
  const answer = await busy(new Request(`${BASE}/chat/completions`, ask({ stream: true })));
  expect(await codeOf(answer)).toEqual([429, 'busy', null]);
  expect(answer.headers.get('retry-after')).toBe('2');
  expect(answer.headers.get('retry-after-ms')).toBe('1300');
});

test('vectors are numbers, or base64 where it is asked for', async () => {
  const embed = async (more: object) => {
    const body = post({ model: 'v', input: ['a', 'abc'], ...more });
    return (await (await open()(`${BASE}/embeddings`, body)).json()).data;
  };
  expect(await embed({})).toEqual([
    { object: 'embedding', index: 0, embedding: [1, -0.5] },
    { object: 'embedding', index: 1, embedding: [3, -0.5] },
  ]);
  const [first] = await embed({ encoding_format: 'base64', dimensions: 2 });
  const bytes = Uint8Array.from(atob(first.embedding), (each) => each.charCodeAt(0));
  expect([...new Float32Array(bytes.buffer)]).toEqual([1, -0.5]);
  const tokens = await open()(`${BASE}/embeddings`, post({ model: 'v', input: [1, 2] }));
  expect(await codeOf(tokens)).toEqual([400, 'invalid-request', 'input']);
  const cut = await open()(`${BASE}/embeddings`, post({ model: 'v', input: 'a', dimensions: 1 }));
  expect(await codeOf(cut)).toEqual([400, 'invalid-request', 'dimensions']);
});

test('models are those that were verified', async () => {
  const list = await (await open()(`${BASE}/models`)).json();
  expect(
    list.data.map(({ id, manyhands }: never) => [id, (manyhands as { kind: string }).kind]),
  ).toEqual([
    ['m', 'chat'],
    ['v', 'embedding'],
  ]);
  const one = await (await open()(`${BASE}/models/${ROOT}`)).json();
  expect(one).toMatchObject({ id: 'm', object: 'model', manyhands: { root: ROOT } });
});

test.each([
  ['models/other', {}, [404, 'model-not-found', 'model']],
  ['models/%zz', {}, [404, 'model-not-found', 'model']],
  ['models/late', {}, [503, 'model-not-ready', 'model']],
  ['chat/completions', ask({ model: 'other' }), [404, 'model-not-found', 'model']],
  ['chat/completions', ask({ model: 'v' }), [400, 'wrong-model-kind', 'model']],
  ['chat/completions', ask({ tools: [{}] }), [400, 'unsupported-parameter', 'tools']],
  ['chat/completions', {}, [405, 'wrong-method', null]],
  ['chat/completions', { method: 'POST', body: '{' }, [400, 'invalid-request', null]],
  ['chat/completions', post([]), [400, 'invalid-request', null]],
  ['chat/completions', post('x'.repeat(8_000_001)), [413, 'request-too-large', null]],
  ['models', post({}), [405, 'wrong-method', null]],
  ['files', {}, [404, 'unknown-path', null]],
])('%s is answered with an error %#', async (path, init, expected) => {
  expect(await codeOf(await open()(`${BASE}/${path}`, init))).toEqual(expected);
});

test('a list that was stopped says so, for whatever reason', async () => {
  const models = createModelDirectory({
    read: (signal) => Promise.reject(signal?.reason),
  });
  const signal = AbortSignal.abort(new DOMException('Too late.', 'TimeoutError'));
  const aborted = { code: 'aborted', status: 499 };
  await expect(models.list({ signal })).rejects.toMatchObject(aborted);
  await expect(models.retrieve('m', { signal })).rejects.toMatchObject(aborted);
});

test('a `fetch` that was stopped rejects as every other does', async () => {
  const signal = AbortSignal.abort();
  const stopped = open()(`${BASE}/chat/completions`, { ...ask(), signal });
  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
});
