export type CliErrorCode =
  | 'usage'
  | 'not-found'
  | 'too-many-stages'
  | 'not-verified'
  | 'unhealthy'
  | 'prompt-empty'
  | 'prompt-too-long'
  | 'bad-token'
  | 'no-chromium'
  | 'browser-lost'
  | 'page-failed'
  | 'timeout'
  | 'interrupted';

/** A command could not be carried out. The message names the remedy. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An error from another process or package, as `code: message`. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `internal: ${String(error)}`;
  const { code } = error as { code?: unknown };
  return `${typeof code === 'string' ? code : 'internal'}: ${error.message}`;
}
