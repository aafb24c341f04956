import { ModelError } from '../error.ts';

export interface RangeRequest {
  readonly url: string;
  readonly start: number;
  readonly end: number;
  /** Size of the whole file: a mirror that states another one serves another file. */
  readonly fileBytes: number;
  readonly fetch: typeof fetch;
  readonly stallMs: number;
  readonly signal: AbortSignal;
}

/**
 * Streams bytes `[start, end)`. Every chunk must come within `stallMs`. Throws `range-unsupported`,
 * `not-found`, `network` (worth another attempt) or `aborted`; stopping early cancels the transfer.
 */
export async function* requestRange(
  request: RangeRequest,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { url, start, end, signal } = request;
  const stop = new AbortController();
  const stall = createStallTimer(request.stallMs, () => stop.abort(STALLED));
  const forward = () => stop.abort(signal.reason);
  signal.addEventListener('abort', forward);
  if (signal.aborted) forward();
  let missing = end - start;
  try {
    const response = await request.fetch(url, {
      headers: { range: `bytes=${start}-${end - 1}` },
      // Pieces live in the piece cache; the HTTP cache would keep a second copy, good or damaged.
      cache: 'no-store',
      signal: stop.signal,
    });
    checkResponse(response, request);
    if (response.body === null) throw new ModelError('network', `${url} sent no body`);
    for await (const chunk of readBody(response.body)) {
      stall.restart();
      missing -= chunk.length;
      if (missing < 0) throw new ModelError('network', `${url} sent more than was asked for`);
      yield chunk;
    }
  } catch (error) {
    throw signal.aborted ? aborted(error) : asModelError(error, url);
  } finally {
    stall.stop();
    signal.removeEventListener('abort', forward);
    // Also ends a body that is not wanted any more, such as a whole file sent for a range.
    stop.abort();
  }
  if (missing > 0) throw new ModelError('network', `${url} ended ${missing} bytes early`);
}

function checkResponse(response: Response, request: RangeRequest): void {
  const { status } = response;
  if (status === 404 || status === 410 || status === 401 || status === 403) {
    throw new ModelError(
      'not-found',
      `${request.url} answers ${status}; choose another model or mirror`,
    );
  }
  if (status === 416) throw otherFile(request);
  // The whole of a small file is what some servers send without calling it a part.
  const isWhole = request.start === 0 && request.end === request.fileBytes;
  if (status === 200 && isWhole) return;
  if (status === 200) {
    throw new ModelError(
      'range-unsupported',
      `${request.url} ignores Range requests; host the file where they work`,
    );
  }
  if (status !== 206) {
    throw new ModelError('network', `${request.url} answers ${status}; try again later`);
  }
  checkContentRange(response.headers.get('content-range'), request);
}

/** Cross-origin responses may hide the header: then length and hashes have to do. */
function checkContentRange(header: string | null, request: RangeRequest): void {
  if (header === null) return;
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header);
  if (
    match === null ||
    Number(match[1]) !== request.start ||
    Number(match[2]) !== request.end - 1
  ) {
    throw new ModelError(
      'range-unsupported',
      `${request.url} answers with another range (${header.slice(0, 60)}); use another mirror`,
    );
  }
  if (match[3] !== '*' && Number(match[3]) !== request.fileBytes) throw otherFile(request);
}

function otherFile({ url, fileBytes }: RangeRequest): ModelError {
  return new ModelError(
    'hash-mismatch',
    `${url} is not the file of ${fileBytes} bytes that the manifest describes; ` +
      'the relay has to hash it again',
  );
}

/** Safari cannot iterate a ReadableStream yet. */
async function* readBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}

const STALLED = 'stalled';

function createStallTimer(stallMs: number, onStall: () => void) {
  let timer = setTimeout(onStall, stallMs);
  return {
    restart() {
      clearTimeout(timer);
      timer = setTimeout(onStall, stallMs);
    },
    stop: () => clearTimeout(timer),
  };
}

function aborted(cause: unknown): ModelError {
  return new ModelError('aborted', 'loading the weights was stopped', { cause });
}

function asModelError(error: unknown, url: string): ModelError {
  if (error instanceof ModelError) return error;
  const reason = error === STALLED ? 'stopped sending' : 'cannot be reached';
  return new ModelError('network', `${url} ${reason}; check the connection and try again`, {
    cause: error,
  });
}
