import { createHash, createHmac } from 'node:crypto';

/** Messages of STUN (RFC 5389) and TURN (RFC 5766), as far as asking a server whether it serves needs. */

const MAGIC_COOKIE = 0x2112a442;
const HEADER_BYTES = 20;
const INTEGRITY_BYTES = 24;
const MESSAGE_INTEGRITY = 0x0008;

export const METHOD = { binding: 0x001, allocate: 0x003, refresh: 0x004 } as const;
export const ATTRIBUTE = {
  username: 0x0006,
  errorCode: 0x0009,
  lifetime: 0x000d,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedTransport: 0x0019,
  xorMappedAddress: 0x0020,
} as const;

export interface StunResponse {
  readonly isSuccess: boolean;
  readonly transactionId: Buffer;
  readonly attributes: ReadonlyMap<number, Buffer>;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly realm: string;
  readonly nonce: string;
}

/** A request; with credentials it says who asks and proves it (long-term mechanism). */
export function encodeRequest(
  method: number,
  transactionId: Buffer,
  attributes: readonly (readonly [type: number, value: Buffer])[],
  credentials?: Credentials,
): Buffer {
  const named = credentials
    ? [
        ...attributes,
        [ATTRIBUTE.username, Buffer.from(credentials.username)] as const,
        [ATTRIBUTE.nonce, Buffer.from(credentials.nonce)] as const,
        [ATTRIBUTE.realm, Buffer.from(credentials.realm)] as const,
      ]
    : attributes;
  const body = Buffer.concat(named.map(([type, value]) => encodeAttribute(type, value)));
  if (credentials === undefined) return Buffer.concat([header(body.length), body]);
  // The hash covers a header whose length counts the hash itself already.
  const signed = Buffer.concat([header(body.length + INTEGRITY_BYTES), body]);
  const { username, realm, password } = credentials;
  const key = createHash('md5').update(`${username}:${realm}:${password}`).digest();
  const hash = createHmac('sha1', key).update(signed).digest();
  return Buffer.concat([signed, encodeAttribute(MESSAGE_INTEGRITY, hash)]);

  function header(bodyBytes: number): Buffer {
    const bytes = Buffer.alloc(HEADER_BYTES);
    bytes.writeUInt16BE(method, 0);
    bytes.writeUInt16BE(bodyBytes, 2);
    bytes.writeUInt32BE(MAGIC_COOKIE, 4);
    transactionId.copy(bytes, 8);
    return bytes;
  }
}

/** The first message of `bytes`, or `undefined` where it is none or not whole yet. */
export function parseResponse(bytes: Buffer): StunResponse | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32BE(4) !== MAGIC_COOKIE) return undefined;
  const end = HEADER_BYTES + bytes.readUInt16BE(2);
  // Bit 8 of the type says that it is a response, bit 4 that it is an error.
  const type = bytes.readUInt16BE(0);
  if ((type & 0xc100) !== 0x0100 || bytes.length < end) return undefined;
  const attributes = new Map<number, Buffer>();
  for (let at = HEADER_BYTES; at + 4 <= end; ) {
    const length = bytes.readUInt16BE(at + 2);
    if (at + 4 + length > end) return undefined;
    const attribute = bytes.readUInt16BE(at);
    if (!attributes.has(attribute)) {
      attributes.set(attribute, bytes.subarray(at + 4, at + 4 + length));
    }
    at += 4 + Math.ceil(length / 4) * 4;
  }
  const transactionId = bytes.subarray(8, HEADER_BYTES);
  return { isSuccess: (type & 0x0010) === 0, transactionId, attributes };
}

/** `401 Unauthorized`; 0 where the attribute is missing or damaged. */
export function errorOf({ attributes }: StunResponse): { code: number; reason: string } {
  const value = attributes.get(ATTRIBUTE.errorCode);
  if (value === undefined || value.length < 4) return { code: 0, reason: 'no reason given' };
  const code = ((value[2] ?? 0) & 7) * 100 + (value[3] ?? 0);
  // It is printed: what no text is, is left out.
  const reason = value
    .subarray(4, 104)
    .toString('utf8')
    .replace(/[^\x20-\x7e]/g, '');
  return { code, reason };
}

/** The IPv4 address of a XOR-...-ADDRESS, `undefined` for other families. */
export function addressOf(value: Buffer | undefined): string | undefined {
  if (value === undefined || value.length < 8 || value[1] !== 1) return undefined;
  const address = (value.readUInt32BE(4) ^ MAGIC_COOKIE) >>> 0;
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

function encodeAttribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}
