import { orAborted } from '@manyhands/peer/deadline';
import type { AnswerEvent, Requester } from '@manyhands/peer/requester/answer';
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionParams,
  ChatCompletionStream,
  ChatCompletions,
  RequestOptions,
} from '../../types/manyhands.d.ts';
import { failureOf, ManyhandsError, stopped } from '../error.ts';
import { createChunkStream } from './chunk-stream.ts';
import { type ChunkWriter, createChunkWriter } from './chunk-writer.ts';
import type { ModelDirectory } from './models.ts';
import { progressOf } from './progress.ts';
import { readChatRequest } from './read-chat-request.ts';

export interface ChatDeps {
  readonly models: Pick<ModelDirectory, 'find'>;
  /** Connects where nothing is connected yet. */
  readonly requester: () => Promise<Requester>;
}

/** `chat.completions` over a requester. */
export function createChatCompletions(deps: ChatDeps): ChatCompletions {
  const create = async (
    body: ChatCompletionParams,
    options: RequestOptions = {},
  ): Promise<ChatCompletion | ChatCompletionStream> => {
    const controller = new AbortController();
    const signal = options.signal
      ? AbortSignal.any([options.signal, controller.signal])
      : controller.signal;
    try {
      const { model, answer, ...shape } = readChatRequest(body);
      signal.throwIfAborted();
      const modelRoot = await deps.models.find(model, 'chat', signal);
      const requester = await orAborted(deps.requester(), signal);
      const events = requester.answer({ modelRoot, ...answer }, signal)[Symbol.asyncIterator]();
      const writer = createChunkWriter({ model, modelRoot, ...shape });
      // An error that comes before anything was computed should be this call's, with its status.
      const first = await readUntilComputed(events, options.onProgress);
      const chunks = writeChunks(writer, first, events, options.onProgress);
      if (!shape.isStreamed) return await writer.whole(chunks);
      return createChunkStream(chunks, controller);
    } catch (error) {
      throw failureOf(error, signal);
    }
  };
  // One function for all overloads: what `stream` says decides what comes back.
  return { create: create as ChatCompletions['create'] };
}

type Events = AsyncIterator<AnswerEvent>;

/** Passes what happens before the first step; returns the event of it. */
async function readUntilComputed(
  events: Events,
  onProgress: RequestOptions['onProgress'],
): Promise<AnswerEvent> {
  for (;;) {
    const event = await nextEvent(events, onProgress);
    if (event.type === 'done') throwFailure(event.answer);
    if (event.type === 'prefill' || event.type === 'token' || event.type === 'done') return event;
  }
}

async function* writeChunks(
  writer: ChunkWriter,
  first: AnswerEvent,
  events: Events,
  onProgress: RequestOptions['onProgress'],
): AsyncGenerator<ChatCompletionChunk> {
  try {
    yield writer.begin();
    let event = first;
    for (;;) {
      if (event.type === 'token') {
        const chunk = writer.token(event);
        if (chunk !== undefined) yield chunk;
      } else if (event.type === 'done') {
        throwFailure(event.answer);
        yield* writer.end(event.answer);
        return;
      }
      event = await nextEvent(events, onProgress);
    }
  } finally {
    // Whoever leaves early wants no more of it.
    await events.return?.();
  }
}

async function nextEvent(
  events: Events,
  onProgress: RequestOptions['onProgress'],
): Promise<AnswerEvent> {
  const { value, done } = await events.next();
  if (done) throw new ManyhandsError('internal', 'The answer ended without saying how.');
  const progress = progressOf(value);
  if (progress !== undefined) onProgress?.(progress);
  return value;
}

function throwFailure({ finishReason, error }: Extract<AnswerEvent, { type: 'done' }>['answer']) {
  if (finishReason === 'aborted') throw stopped(error);
  if (finishReason !== 'failed') return;
  const { code, message, ...more } = error ?? { code: 'internal', message: 'The answer failed.' };
  throw new ManyhandsError(code, message, more);
}
