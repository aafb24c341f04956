import { decodeBase64, encodeBase64 } from '@manyhands/protocol/base64';
import { SwarmError } from './error.ts';
import { CIRCLE_LIFETIME_MS_MAX, CIRCLE_NAME_CHARS_MAX } from './limits.ts';

/** What an invitation says: whoever has it is a member. */
export interface CircleInvite {
  readonly version: number;
  /** 32 random bytes. */
  readonly secret: Uint8Array<ArrayBuffer>;
  /** A whole second. */
  readonly expiresAtMs: number;
  readonly name: string;
}

export const CIRCLE_VERSION = 1;

/**
 * Bytes of an invitation, big-endian: version u8 | secret 32 | expiry u32, in seconds | name in UTF-8 |
 * the first 4 bytes of SHA-256 over all before, which only tell a damaged link from a whole one.
 */
const SECRET_BYTES = 32;
const HEAD_BYTES = 1 + SECRET_BYTES + 4;
const CHECK_BYTES = 4;
const CHARS_MAX = Math.ceil(((HEAD_BYTES + 4 * CIRCLE_NAME_CHARS_MAX + CHECK_BYTES) * 4) / 3);

/** A circle that nobody is in yet. Throws `bad-invite` for a name or a time that no invitation has. */
export function createInvite(name: string, expiresAtMs: number): CircleInvite {
  const tidyName = name.normalize('NFC').trim().replace(/\s+/gu, ' ');
  if (!isName(tidyName)) {
    throw new SwarmError('bad-invite', `A name has 1 to ${CIRCLE_NAME_CHARS_MAX} letters.`);
  }
  const secret = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  const wholeSeconds = Math.floor(expiresAtMs / 1_000) * 1_000;
  return { version: CIRCLE_VERSION, secret, expiresAtMs: wholeSeconds, name: tidyName };
}

/** The invitation as text for the fragment of a link, which browsers send to nobody. */
export async function writeInvite(invite: CircleInvite): Promise<string> {
  const name = new TextEncoder().encode(invite.name);
  const bytes = new Uint8Array(HEAD_BYTES + name.length + CHECK_BYTES);
  bytes[0] = invite.version;
  bytes.set(invite.secret, 1);
  new DataView(bytes.buffer).setUint32(1 + SECRET_BYTES, invite.expiresAtMs / 1_000);
  bytes.set(name, HEAD_BYTES);
  bytes.set(await checkOf(bytes), bytes.length - CHECK_BYTES);
  return encodeBase64(bytes);
}

/**
 * Reads what somebody was given. Throws `SwarmError` `bad-invite` for a damaged or unknown one and
 * `circle-expired`. An edited one that is whole again leads to a circle with nobody in it.
 */
export async function readInvite(text: string, nowMs: number): Promise<CircleInvite> {
  const bytes = text.length <= CHARS_MAX ? tryDecode(text) : undefined;
  if (bytes === undefined || bytes.length <= HEAD_BYTES + CHECK_BYTES) throw damaged();
  const check = await checkOf(bytes);
  if (check.some((byte, index) => byte !== bytes[bytes.length - CHECK_BYTES + index])) {
    throw damaged();
  }
  const version = bytes[0] ?? 0;
  if (version !== CIRCLE_VERSION) {
    throw new SwarmError('bad-invite', 'This invitation is of another version: reload the page.');
  }
  const secret = bytes.slice(1, 1 + SECRET_BYTES);
  const expiresAtMs = new DataView(bytes.buffer).getUint32(1 + SECRET_BYTES) * 1_000;
  const name = tryText(bytes.subarray(HEAD_BYTES, bytes.length - CHECK_BYTES));
  if (name === undefined || !isName(name) || expiresAtMs > nowMs + CIRCLE_LIFETIME_MS_MAX) {
    throw damaged();
  }
  if (expiresAtMs <= nowMs) throw expired();
  return { version, secret, expiresAtMs, name };
}

export function expired(): SwarmError {
  return new SwarmError('circle-expired', 'This circle has expired: ask for a new invitation.');
}

function damaged(): SwarmError {
  return new SwarmError('bad-invite', 'This invitation is damaged or cut off: ask for it again.');
}

/** Nothing that could hide or turn around what a person reads before they say yes. */
function isName(name: string): boolean {
  const length = [...name].length;
  const isShort = length >= 1 && length <= CIRCLE_NAME_CHARS_MAX;
  return isShort && !/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(name);
}

async function checkOf(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const checked = bytes.subarray(0, bytes.length - CHECK_BYTES);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', checked)).subarray(0, CHECK_BYTES);
}

function tryDecode(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return decodeBase64(text);
  } catch {
    return undefined;
  }
}

function tryText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
