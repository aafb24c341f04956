import type { ModelErrorCode } from '@manyhands/model/error';
import type { PeerErrorCode } from '@manyhands/peer/error';
import type { SwarmErrorCode } from '@manyhands/swarm/error';

/** Codes of this package alone. */
export type SdkErrorCode =
  | 'invalid-request'
  | 'unsupported-parameter'
  | 'wrong-model-kind'
  | 'model-not-found'
  | 'closed'
  | 'unknown-path'
  | 'wrong-method'
  | 'request-too-large'
  | 'too-many-requests'
  | 'page-not-serving'
  | 'service-worker-unavailable'
  | 'internal';

type KnownCode = SdkErrorCode | PeerErrorCode | SwarmErrorCode | ModelErrorCode;

/** What an HTTP API would answer; docs/sdk.md shows this table. */
export const STATUSES: Readonly<Record<KnownCode, number>> = {
  // What was asked cannot be answered as it is.
  'invalid-request': 400,
  'unsupported-parameter': 400,
  'wrong-model-kind': 400,
  closed: 400,
  'bad-sampling': 400,
  'prompt-empty': 400,
  'prompt-too-long': 400,
  'no-texts': 400,
  'too-many-texts': 400,
  'text-too-long': 400,
  'bad-chat-template': 400,
  'bad-invite': 400,
  'model-not-found': 404,
  'unknown-path': 404,
  'wrong-method': 405,
  'circle-expired': 410,
  'request-too-large': 413,
  version: 426,
  // Too much at once.
  busy: 429,
  'embed-busy': 429,
  'embed-full': 429,
  'over-ration': 429,
  'over-limit': 429,
  'too-many-requests': 429,
  // The caller ended it.
  aborted: 499,
  // Ours.
  internal: 500,
  'nothing-to-hold': 500,
  'storage-full': 500,
  // This browser, or this kind of model, cannot.
  'insecure-context': 501,
  'webrtc-unavailable': 501,
  'crypto-unavailable': 501,
  'service-worker-unavailable': 501,
  'unsupported-version': 501,
  'unsupported-architecture': 501,
  'unsupported-tensor-type': 501,
  'unsupported-feature': 501,
  'unsupported-tokenizer': 501,
  // Somebody sent something wrong; nothing of it was used.
  'bad-frame': 502,
  'replay-failed': 502,
  'handshake-failed': 502,
  'fingerprint-mismatch': 502,
  malformed: 502,
  'not-gguf': 502,
  truncated: 502,
  'missing-tensor': 502,
  'range-unsupported': 502,
  'hash-mismatch': 502,
  'bad-manifest': 502,
  'bad-catalog': 502,
  'not-found': 502,
  // Nobody is there, or out of reach.
  'no-volunteers': 503,
  'not-covered': 503,
  'only-blocked': 503,
  'not-enough-stages': 503,
  'chain-lost': 503,
  'session-refused': 503,
  'embedding-lost': 503,
  'model-not-ready': 503,
  'catalog-unavailable': 503,
  'relay-outdated': 503,
  'relay-unreachable': 503,
  'relay-refused': 503,
  'embed-refused': 503,
  'peer-unreachable': 503,
  'peer-declined': 503,
  'link-closed': 503,
  network: 503,
  'page-not-serving': 503,
  // Somebody took too long.
  'step-timeout': 504,
  'embedding-timeout': 504,
};

/** The status of a code; a code that is none of ours is a fault of ours. */
export function statusOf(code: string): number {
  return Object.hasOwn(STATUSES, code) ? STATUSES[code as KnownCode] : 500;
}
