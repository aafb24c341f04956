import { decodeBase64, encodeBase64 } from './base64.ts';
import { ProtocolError } from './error.ts';
import type { TunnelId } from './id.ts';
import { TUNNEL_CONTENT_BYTES_MAX, TUNNEL_CONTENT_BYTES_MIN } from './limits.ts';

/**
 * A binary message between a peer and its relay: tunnel id 16 | AES-GCM ciphertext with its tag. The
 * relay passes it on as it is. Records are numbered by both ends and the number is the nonce, so it does
 * not travel: one that is lost, repeated, moved or changed cannot be opened.
 */
const ID_BYTES = 16;
const TAG_BYTES = 16;
/** What a record has besides its padded content. */
export const TUNNEL_RECORD_EXTRA_BYTES = ID_BYTES + TAG_BYTES;
const BYTES_MIN = TUNNEL_CONTENT_BYTES_MIN + TUNNEL_RECORD_EXTRA_BYTES;
export const TUNNEL_RECORD_BYTES_MAX = TUNNEL_CONTENT_BYTES_MAX + TUNNEL_RECORD_EXTRA_BYTES;

/** Puts the id in front of a ciphertext. */
export function encodeRecord(tunnelId: TunnelId, sealed: Uint8Array): Uint8Array<ArrayBuffer> {
  const record = new Uint8Array(ID_BYTES + sealed.length);
  record.set(decodeBase64(tunnelId));
  record.set(sealed, ID_BYTES);
  return record;
}

/** Which tunnel a record is for, and what is sealed. Throws `ProtocolError` `malformed`, `too-large`. */
export function decodeRecord<Buffer extends ArrayBufferLike>(
  record: Uint8Array<Buffer>,
): { readonly tunnelId: TunnelId; readonly sealed: Uint8Array<Buffer> } {
  if (record.length > TUNNEL_RECORD_BYTES_MAX) {
    throw new ProtocolError('too-large', `A record of ${record.length} bytes is too large.`);
  }
  if (record.length < BYTES_MIN) {
    throw new ProtocolError('malformed', `A record of ${record.length} bytes is not padded.`);
  }
  return {
    tunnelId: encodeBase64(record.subarray(0, ID_BYTES)),
    sealed: record.subarray(ID_BYTES),
  };
}

/**
 * Padded length of `byteLength` bytes of content: rounded up so that a size tells only its magnitude and
 * a few bits, for at most an eighth more (Padmé: https://lbarman.ch/blog/padme/).
 */
export function paddedLengthOf(byteLength: number): number {
  const length = Math.max(byteLength, TUNNEL_CONTENT_BYTES_MIN);
  const exponent = Math.floor(Math.log2(length));
  const step = 2 ** (exponent - Math.floor(Math.log2(exponent)) - 1);
  return Math.ceil(length / step) * step;
}
