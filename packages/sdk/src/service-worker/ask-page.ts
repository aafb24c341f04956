import * as v from 'valibot';
import { ManyhandsError } from '../error.ts';
import { ACCEPT_TIMEOUT_MS, CHUNKS_WAITING_MAX, HEAD_TIMEOUT_MS } from '../limits.ts';
import { FromPage, type FromWorker } from './messages.ts';

/**
 * The response that a page sends through a port. Chunks are asked for one by one while the reader has
 * room, so a slow reader slows the answer down instead of filling the worker's memory.
 */
export function askPage(
  port: MessagePort,
  signal: AbortSignal,
  notServing: () => Error,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    let body: ReadableStreamDefaultController<Uint8Array> | undefined;
    let askedFor = false;
    let isOver = false;
    const tell = (message: FromWorker): void => port.postMessage(message);
    const finish = (): void => {
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      port.close();
    };
    const cancel = (): void => {
      if (isOver) return;
      tell({ type: 'cancel' });
      finish();
    };
    const fail = (error: Error): void => {
      cancel();
      body?.error(error);
      reject(error);
    };
    const onAbort = (): void => fail(new ManyhandsError('aborted', 'The page stopped it.'));
    let timer = setTimeout(() => fail(notServing()), ACCEPT_TIMEOUT_MS);

    const pull = (): void => {
      if (askedFor || isOver) return;
      askedFor = true;
      tell({ type: 'pull' });
    };
    const begin = (status: number, headers: [string, string][]): void => {
      clearTimeout(timer);
      const strategy = { highWaterMark: CHUNKS_WAITING_MAX };
      const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
        {
          start(controller) {
            body = controller;
          },
          pull,
          cancel,
        },
        strategy,
      );
      resolve(new Response(stream, { status, headers }));
    };
    const receive = (message: FromPage): void => {
      switch (message.type) {
        case 'accepted':
          clearTimeout(timer);
          timer = setTimeout(() => fail(broken()), HEAD_TIMEOUT_MS);
          return;
        case 'head':
          begin(message.status, message.headers);
          return;
        case 'chunk':
          askedFor = false;
          body?.enqueue(message.bytes);
          // A stream asks again by itself only while nothing is under way.
          if ((body?.desiredSize ?? 0) > 0) pull();
          return;
        case 'end':
          finish();
          body?.close();
          return;
        case 'failed':
          fail(broken());
          return;
        default:
          message satisfies never;
      }
    };
    port.onmessage = ({ data }: MessageEvent<unknown>) => {
      const parsed = v.safeParse(FromPage, data);
      if (parsed.success) receive(parsed.output);
      else fail(broken());
    };
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
}

function broken(): ManyhandsError {
  return new ManyhandsError('internal', 'The page could not answer.');
}
