import { decodeBase64 } from '@manyhands/protocol/base64';
import type { EphemeralKey, PeerId, TunnelId } from '@manyhands/protocol/id';
import { tunnelBytes } from '@manyhands/protocol/transcript';
import { paddedLengthOf } from '@manyhands/protocol/tunnel-record';
import { type AgreementKeys, sharedSecretOf } from './agreement.ts';
import { SwarmError } from './error.ts';
import { TUNNEL_RECORDS_MAX } from './limits.ts';

/**
 * Content of a record, little-endian, padded with zeros: kind u8 | length u16 | a slice.
 * `control` carries messages as text, the others frames as on WebRTC's channels of these names.
 */
export const TUNNEL_CHANNELS = ['control', 'latency', 'bulk'] as const;
export type TunnelChannel = (typeof TUNNEL_CHANNELS)[number];
const HEADER_BYTES = 3;

/** Length of a record's content that holds a slice of `byteLength` bytes. */
export function contentLengthOf(byteLength: number): number {
  return paddedLengthOf(HEADER_BYTES + byteLength);
}

/** What one end seals with, and what it opens with. */
export interface TunnelKeys {
  readonly send: CryptoKey;
  readonly receive: CryptoKey;
}

/** As both ends of a link sign it. */
export function keyText(key: EphemeralKey): string {
  return `${key.alg} ${key.publicKey}`;
}

/**
 * Two AES keys from two keys that were made for this tunnel and are forgotten with it: nothing that is
 * kept, and nothing the relay has, opens its records later. Rejects on a key of no use.
 */
export async function deriveTunnelKeys(options: {
  readonly tunnelId: TunnelId;
  readonly own: AgreementKeys;
  readonly ownPeerId: PeerId;
  readonly remote: EphemeralKey;
  readonly remotePeerId: PeerId;
}): Promise<TunnelKeys> {
  const { tunnelId, own, ownPeerId, remote, remotePeerId } = options;
  const isLow = ownPeerId < remotePeerId;
  const ends = [
    { peerId: ownPeerId, key: keyText(own) },
    { peerId: remotePeerId, key: keyText(remote) },
  ] as const;
  const [low, high] = isLow ? ends : [ends[1], ends[0]];
  const transcript = tunnelBytes({
    tunnelId,
    lowPeerId: low.peerId,
    highPeerId: high.peerId,
    lowKey: low.key,
    highKey: high.key,
  });
  const secret = await sharedSecretOf(own.alg, own.privateKey, decodeBase64(remote.publicKey));
  const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const salt = await crypto.subtle.digest('SHA-256', transcript);
  const derive = (direction: 'low-to-high' | 'high-to-low', usage: KeyUsage) => {
    const info = new TextEncoder().encode(`manyhands/1/tunnel-key ${direction}`);
    const parameters = { name: 'HKDF', hash: 'SHA-256', salt, info };
    const aes = { name: 'AES-GCM', length: 256 };
    return crypto.subtle.deriveKey(parameters, material, aes, false, [usage]);
  };
  const [send, receive] = await Promise.all([
    derive(isLow ? 'low-to-high' : 'high-to-low', 'encrypt'),
    derive(isLow ? 'high-to-low' : 'low-to-high', 'decrypt'),
  ]);
  return { send, receive };
}

/** Seals slices of one direction, each under the next number. */
export function createSealer(
  key: CryptoKey,
): (channel: TunnelChannel, slice: Uint8Array) => Promise<Uint8Array<ArrayBuffer>> {
  const nextNonce = createNonces();
  return async (channel, slice) => {
    const content = new Uint8Array(contentLengthOf(slice.length));
    content[0] = TUNNEL_CHANNELS.indexOf(channel);
    new DataView(content.buffer).setUint16(1, slice.length, true);
    content.set(slice, HEADER_BYTES);
    const parameters = { name: 'AES-GCM', iv: nextNonce() };
    return new Uint8Array(await crypto.subtle.encrypt(parameters, key, content));
  };
}

/** Opens records of one direction, in order. Rejects on any but the next, untouched one. */
export function createOpener(
  key: CryptoKey,
): (
  sealed: Uint8Array<ArrayBuffer>,
) => Promise<{ readonly channel: TunnelChannel; readonly slice: Uint8Array<ArrayBuffer> }> {
  const nextNonce = createNonces();
  return async (sealed) => {
    const parameters = { name: 'AES-GCM', iv: nextNonce() };
    const content = await crypto.subtle.decrypt(parameters, key, sealed);
    const view = new DataView(content);
    const channel = TUNNEL_CHANNELS[view.getUint8(0)];
    const length = view.getUint16(1, true);
    if (channel === undefined || HEADER_BYTES + length > content.byteLength) {
      throw new SwarmError('malformed', 'A peer sent a record that holds nothing.');
    }
    // A buffer of its own: receivers transfer frames.
    return { channel, slice: new Uint8Array(content.slice(HEADER_BYTES, HEADER_BYTES + length)) };
  };
}

/** 96 bits that count from zero: each key is used in one direction of one tunnel. */
function createNonces(): () => Uint8Array<ArrayBuffer> {
  let count = 0;
  return () => {
    if (count >= TUNNEL_RECORDS_MAX) {
      throw new SwarmError('over-limit', 'A tunnel carried all it may; connect again.');
    }
    const nonce = new Uint8Array(12);
    new DataView(nonce.buffer).setUint32(8, count, true);
    count += 1;
    return nonce;
  };
}
