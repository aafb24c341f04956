import { statusOf } from './status-of.ts';

type ErrorType = 'invalid_request_error' | 'rate_limit_error' | 'aborted' | 'server_error';

/** A request that failed, with what an HTTP API would answer. */
export class ManyhandsError extends Error {
  override readonly name = 'ManyhandsError';
  /** Of this package, or of the ones below: `status-of` lists them. */
  readonly code: string;
  readonly status: number;
  readonly type: ErrorType;
  readonly param: string | null;
  readonly retryAfterMs: number | undefined;

  constructor(
    code: string,
    message: string,
    options?: ErrorOptions & { param?: string | undefined; retryAfterMs?: number | undefined },
  ) {
    super(message, options);
    this.code = code;
    this.status = statusOf(code);
    this.type = typeOf(this.status);
    this.param = options?.param ?? null;
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** Anything thrown, as an error of this package; codes stay. */
export function toManyhandsError(error: unknown): ManyhandsError {
  if (error instanceof ManyhandsError) return error;
  const { code, retryAfterMs } = (error ?? {}) as { code?: unknown; retryAfterMs?: unknown };
  const message = error instanceof Error ? error.message : String(error);
  const isAbort = error instanceof DOMException && error.name === 'AbortError';
  const known = typeof code === 'string' ? code : 'internal';
  return new ManyhandsError(isAbort ? 'aborted' : known, message, {
    cause: error,
    retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : undefined,
  });
}

/** Why a request failed that `signal` may have stopped, for whatever reason that one gives. */
export function failureOf(error: unknown, signal?: AbortSignal | null): ManyhandsError {
  return signal?.aborted ? stopped(error) : toManyhandsError(error);
}

export function stopped(cause: unknown): ManyhandsError {
  return new ManyhandsError('aborted', 'The request was stopped by the page.', { cause });
}

function typeOf(status: number): ErrorType {
  if (status === 429) return 'rate_limit_error';
  if (status === 499) return 'aborted';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}
