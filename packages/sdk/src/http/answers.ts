import { toManyhandsError } from '../error.ts';

/** The body of an error, as OpenAI's API has it. */
export function errorBody(error: unknown) {
  const { message, type, param, code } = toManyhandsError(error);
  return { error: { message, type, param, code } };
}

export function answerError(error: unknown): Response {
  const { status, retryAfterMs } = toManyhandsError(error);
  return answerJson(errorBody(error), {
    status,
    headers:
      retryAfterMs === undefined
        ? {}
        : {
            'Retry-After': String(Math.ceil(retryAfterMs / 1000)),
            // OpenAI's clients read this one first.
            'Retry-After-Ms': String(Math.ceil(retryAfterMs)),
          },
  });
}

export function answerJson(
  value: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
  });
}
