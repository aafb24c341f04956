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

/**
 * Decodes base64url without padding; throws `malformed` on any other character, and on a last
 * character with bits that no byte uses: otherwise one key would have several texts, thus several ids.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  if (!/^(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/.test(text)) {
    throw new ProtocolError('malformed', 'This text is not base64url.');
  }
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}
