import type {
  ChatCompletionParams,
  ChatCompletionStream,
  EmbeddingParams,
  Manyhands,
} from '../../types/manyhands.d.ts';
import { ManyhandsError } from '../error.ts';
import { BODY_CHARACTERS_MAX } from '../limits.ts';
import { encodeItems } from '../requests/chunk-stream.ts';
import { answerError, answerJson, errorBody } from './answers.ts';

type Api = Pick<Manyhands, 'chat' | 'embeddings' | 'models'>;

/** OpenAI's API as a `fetch` that never reaches a network: the end of a path says what is asked. */
export function createFetch(api: Api): Manyhands['fetch'] {
  return async (input, init) => {
    const request = new Request(input, init);
    try {
      return await answer(api, request);
    } catch (error) {
      // A `fetch` that was stopped rejects; whoever stopped it waits for no answer.
      request.signal.throwIfAborted();
      return answerError(error);
    }
  };
}

async function answer(api: Api, request: Request): Promise<Response> {
  const { signal } = request;
  const path = new URL(request.url).pathname.replace(/\/+$/, '');
  if (path.endsWith('/chat/completions')) {
    const body = (await readBody(request)) as ChatCompletionParams;
    const answered = await api.chat.completions.create(body, { signal });
    return 'choices' in answered ? answerJson(answered) : answerEvents(answered);
  }
  if (path.endsWith('/embeddings')) {
    const body = (await readBody(request)) as EmbeddingParams;
    return answerJson(await api.embeddings.create(body, { signal }));
  }
  const model = /\/models(?:\/([^/]+))?$/.exec(path);
  if (model === null) {
    const message = `Nothing is at ${path}: there are chat/completions, embeddings and models.`;
    throw new ManyhandsError('unknown-path', message);
  }
  if (request.method !== 'GET') throw wrongMethod('GET');
  const [, id] = model;
  const answered =
    id === undefined
      ? await api.models.list({ signal })
      : await api.models.retrieve(decoded(id), { signal });
  return answerJson(answered);
}

/** What is no encoding of anything is no model's name either, and is asked for as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function readBody(request: Request): Promise<unknown> {
  if (request.method !== 'POST') throw wrongMethod('POST');
  const text = await request.text();
  if (text.length > BODY_CHARACTERS_MAX) {
    throw new ManyhandsError('request-too-large', 'This request is longer than any model reads.');
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ManyhandsError('invalid-request', 'The body is not JSON.', { cause });
  }
}

/** Server-sent events, each made when it is read. */
function answerEvents(stream: ChatCompletionStream): Response {
  async function* events(): AsyncGenerator<string> {
    try {
      for await (const chunk of stream) yield JSON.stringify(chunk);
      yield '[DONE]';
    } catch (error) {
      // The status is sent already: clients of OpenAI's API look for this.
      yield JSON.stringify(errorBody(error));
    }
  }
  return new Response(
    encodeItems(events(), (data) => `data: ${data}\n\n`, stream.controller),
    { headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' } },
  );
}

function wrongMethod(method: string): ManyhandsError {
  return new ManyhandsError('wrong-method', `Use ${method} here.`);
}
