export type SwarmErrorCode =
  | 'insecure-context'
  | 'webrtc-unavailable'
  | 'crypto-unavailable'
  | 'relay-unreachable'
  | 'relay-refused'
  | 'version'
  | 'relay-outdated'
  | 'peer-unreachable'
  | 'peer-declined'
  | 'handshake-failed'
  | 'fingerprint-mismatch'
  | 'link-closed'
  | 'over-ration'
  | 'bad-invite'
  | 'circle-expired'
  | 'over-limit'
  | 'embed-refused'
  | 'embed-full'
  | 'embed-busy'
  | 'malformed'
  | 'aborted';

/** A peer or the relay could not be reached or was not who it claims. The message names the remedy. */
export class SwarmError extends Error {
  override readonly name = 'SwarmError';
  readonly code: SwarmErrorCode;

  constructor(code: SwarmErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
