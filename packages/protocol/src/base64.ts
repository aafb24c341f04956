import { ProtocolError } from './error.ts';

/** Encodes bytes as base64url without padding (RFC 4648, section 5). */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  // String.fromCharCode takes arguments, and engines bound their number.
  for (let start = 0; start < bytes.length; start += 0x2000) {
    text += String.fromCharCode(...bytes.subarray(start, start + 0x2000));
  }
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Decodes base64url without padding; throws `malformed` on any other character. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
    throw new ProtocolError('malformed', 'This text is not base64url.');
  }
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
