export type ProtocolErrorCode =
  | 'malformed'
  | 'too-large'
  | 'version'
  | 'checksum'
  | 'overflow'
  | 'bad-signature'
  | 'unsealable'
  | 'replayed';

/** Bytes from outside that this protocol does not allow. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
