import type { ChatCompletionChunk, ChatCompletionStream } from '../../types/manyhands.d.ts';
import { toManyhandsError } from '../error.ts';

/** Chunks as OpenAI's client hands them out. They are read once. */
export function createChunkStream(
  chunks: AsyncGenerator<ChatCompletionChunk>,
  controller: AbortController,
): ChatCompletionStream {
  async function* read(): AsyncGenerator<ChatCompletionChunk> {
    try {
      yield* chunks;
    } catch (error) {
      throw toManyhandsError(error);
    } finally {
      controller.abort();
    }
  }
  const reader = read();
  return {
    controller,
    [Symbol.asyncIterator]: () => reader,
    toReadableStream: () =>
      encodeItems(reader, (chunk) => `${JSON.stringify(chunk)}\n`, controller),
  };
}

/** Bytes of items that are made as they are read; a reader that goes away ends their `making`. */
export function encodeItems<Item>(
  items: AsyncGenerator<Item>,
  write: (item: Item) => string,
  making: AbortController,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await items.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(write(value)));
    },
    async cancel() {
      // A generator that waits for its next item hears nothing of a return before that one.
      making.abort();
      await items.return(undefined);
    },
  });
}
