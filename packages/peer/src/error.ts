export type PeerErrorCode =
  | 'no-volunteers'
  | 'not-covered'
  | 'not-enough-stages'
  | 'only-blocked'
  | 'chain-lost'
  | 'step-timeout'
  | 'replay-failed'
  | 'session-refused'
  | 'busy'
  | 'prompt-empty'
  | 'prompt-too-long'
  | 'bad-sampling'
  | 'bad-frame'
  | 'no-texts'
  | 'too-many-texts'
  | 'text-too-long'
  | 'embedding-lost'
  | 'embedding-timeout'
  | 'nothing-to-hold'
  | 'model-not-ready'
  | 'catalog-unavailable'
  | 'aborted';

/** A request or an offer to serve could not be carried out. The message names the remedy. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
  readonly code: PeerErrorCode;
  /** The volunteer that failed, where it is one: the next chain avoids it. */
  readonly peerId: string | undefined;
  /** With `busy`: when it is worth asking again. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: PeerErrorCode,
    message: string,
    options?: ErrorOptions & { peerId?: string; retryAfterMs?: number },
  ) {
    super(message, options);
    this.code = code;
    this.peerId = options?.peerId;
    this.retryAfterMs = options?.retryAfterMs;
  }
}
