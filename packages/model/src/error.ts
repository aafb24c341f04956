export type ModelErrorCode =
  | 'not-gguf'
  | 'unsupported-version'
  | 'truncated'
  | 'malformed'
  | 'unsupported-architecture'
  | 'unsupported-tensor-type'
  | 'unsupported-feature'
  | 'missing-tensor'
  | 'range-unsupported'
  | 'network'
  | 'not-found'
  | 'hash-mismatch'
  | 'bad-manifest'
  | 'bad-catalog'
  | 'storage-full'
  | 'unsupported-tokenizer'
  | 'bad-chat-template'
  | 'aborted';

/** Anything wrong with a model file, its source or its cache. The message names the remedy. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code: ModelErrorCode;

  constructor(code: ModelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
