import { SwarmError } from './error.ts';

/**
 * The SHA-256 fingerprint of the DTLS certificate in a session description, in upper case. Throws
 * `malformed` unless there is exactly one: with several, the peers could sign different ones.
 */
export function fingerprintOf(sdp: string | undefined): string {
  const found = new Set<string>();
  for (const [, algorithm = '', value = ''] of (sdp ?? '').matchAll(
    /^a=fingerprint:(\S+) (\S+)\s*$/gim,
  )) {
    found.add(`${algorithm.toLowerCase()} ${value.toUpperCase()}`);
  }
  const [only] = found;
  if (found.size !== 1 || !/^sha-256 (?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/.test(only ?? '')) {
    throw new SwarmError('malformed', 'A session description needs one SHA-256 fingerprint.');
  }
  return only as string;
}
