export type RelayErrorCode =
  | 'bad-setting'
  | 'port-in-use'
  | 'cannot-listen'
  | 'unknown-model'
  | 'bad-model-file';

/** The relay cannot do what its operator asked for. The message names the remedy. */
export class RelayError extends Error {
  override readonly name = 'RelayError';
  readonly code: RelayErrorCode;

  constructor(code: RelayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
