import type { ByteSource } from './byte-source.ts';
import { ModelError } from './error.ts';
import { checkPart, type FileVersion, retryAfterMs } from './http-answer.ts';
import {
  HTTP_ATTEMPTS_MAX,
  HTTP_BACKOFF_MS,
  HTTP_BACKOFF_MS_MAX,
  HTTP_STALL_MS,
} from './limits.ts';
import { checkRange } from './memory-source.ts';

export interface HttpSourceOptions {
  readonly fetch?: typeof fetch;
  readonly stallMs?: number;
  readonly backoffMs?: number;
}

/**
 * A file behind a URL, read by Range requests. Attempts that fail on the way are repeated from the
 * first byte that is missing; every answer must speak of the same version of the file.
 */
export function httpSource(url: string, options: HttpSourceOptions = {}): ByteSource {
  const { backoffMs = HTTP_BACKOFF_MS } = options;
  const file: FileVersion = { url, byteLength: undefined, etag: undefined };
  return {
    get byteLength() {
      return file.byteLength;
    },
    async read(start, end, signal) {
      checkRange(start, end, file.byteLength ?? Number.MAX_SAFE_INTEGER, signal);
      const part: Part = { start, end, bytes: undefined, filled: 0 };
      if (start === end) return new Uint8Array(0);
      for (let attempt = 1; ; attempt += 1) {
        const failure = await fetchPart(file, part, options, signal);
        if (failure === undefined) return part.bytes as Uint8Array<ArrayBuffer>;
        if (attempt === HTTP_ATTEMPTS_MAX) throw failure.error;
        const backoff = Math.min(backoffMs * 2 ** (attempt - 1), HTTP_BACKOFF_MS_MAX);
        await wait(Math.max(backoff, failure.waitMs), signal);
      }
    },
  };
}

/** What has arrived so far of one read. */
interface Part {
  readonly start: number;
  readonly end: number;
  /** Allocated when an answer has promised the bytes. */
  bytes: Uint8Array<ArrayBuffer> | undefined;
  filled: number;
}

/** Something that may work the next time, no sooner than after `waitMs`. */
interface Failure {
  readonly error: ModelError;
  readonly waitMs: number;
}

async function fetchPart(
  file: FileVersion,
  part: Part,
  options: HttpSourceOptions,
  signal: AbortSignal | undefined,
): Promise<Failure | undefined> {
  const deadline = createDeadline(options.stallMs ?? HTTP_STALL_MS, signal);
  const fetchBytes = options.fetch ?? fetch;
  let isAnswered = false;
  try {
    const first = part.start + part.filled;
    const response = await fetchBytes(file.url, {
      headers: { Range: `bytes=${first}-${part.end - 1}` },
      // Weights are kept in OPFS after they were checked; a second copy would only take room.
      cache: 'no-store',
      signal: deadline.signal,
    });
    isAnswered = true;
    if (isTransient(response.status)) {
      await cancelBody(response);
      return { error: refused(file.url, response.status), waitMs: retryAfterMs(response) };
    }
    try {
      checkPart(file, response, first, part.end);
    } catch (error) {
      // A whole file may be under way, gigabytes of it.
      await cancelBody(response);
      throw error;
    }
    part.bytes ??= new Uint8Array(part.end - part.start);
    await fill(part, part.bytes, response, deadline.touch);
  } catch (error) {
    if (signal?.aborted) throw new ModelError('aborted', 'reading was stopped', { cause: error });
    if (error instanceof ModelError) throw error;
    return { error: lost(file.url, isAnswered, error), waitMs: 0 };
  } finally {
    deadline.dispose();
  }
  if (part.filled === part.end - part.start) return undefined;
  const got = part.start + part.filled;
  const message = `${file.url} stopped at byte ${got} of the ${part.end} asked for; try again later`;
  return { error: new ModelError('truncated', message), waitMs: 0 };
}

async function fill(
  part: Part,
  bytes: Uint8Array,
  response: Response,
  touch: () => void,
): Promise<void> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    touch();
    if (part.filled + value.length > bytes.length) {
      await reader.cancel();
      throw new ModelError(
        'range-unsupported',
        'the server sends more than the range it announced',
      );
    }
    bytes.set(value, part.filled);
    part.filled += value.length;
  }
}

/** Aborts when `signal` does, or when nobody called `touch` for `stallMs`. */
function createDeadline(stallMs: number, signal: AbortSignal | undefined) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  let timer = setTimeout(abort, stallMs);
  signal?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    touch() {
      clearTimeout(timer);
      timer = setTimeout(abort, stallMs);
    },
    dispose() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    },
  };
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new ModelError('aborted', 'reading was stopped'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

async function cancelBody(response: Response): Promise<void> {
  try {
    await response.body?.cancel();
  } catch {
    // The connection is gone already, which is what cancelling was for.
  }
}

/** Overload, time-outs and failures of a server or of a proxy before it. */
function isTransient(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

function refused(url: string, status: number): ModelError {
  return new ModelError('network', `${url} answers ${status}; try again later or another mirror`);
}

function lost(url: string, isAnswered: boolean, cause: unknown): ModelError {
  const what = isAnswered ? 'broke off' : 'cannot be reached';
  return new ModelError('network', `${url} ${what}; check the connection or try another mirror`, {
    cause,
  });
}
