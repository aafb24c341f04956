import { decodeBase64, encodeBase64 } from '@manyhands/protocol/base64';
import type { ModelRoot, PeerId } from '@manyhands/protocol/id';
import { CLOCK_TOLERANCE_MS } from '@manyhands/protocol/limits';
import { blindedRootBytes, circleEntryBytes, circleKeyBytes } from '@manyhands/protocol/transcript';
import { type CircleInvite, expired } from './circle-invite.ts';

/**
 * What a member keeps. Neither key can leave WebCrypto, and the secret they come from is not needed any
 * more: whoever copies a member's storage has no invitation.
 */
export interface CircleKeys {
  /** Names the circle in this browser, and nowhere else. */
  readonly id: string;
  readonly expiresAtMs: number;
  /** Blinds the roots of models in directories. */
  readonly directory: CryptoKey;
  /** Proves membership, on links and in entries. */
  readonly link: CryptoKey;
}

/** What a link inside a circle needs of it; see `sealed` and `link-handshake`. */
export interface LinkMembership {
  /** Mixed into the key of a sealed signal: strangers' signals cannot be opened, nor members' by them. */
  sealShare(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  /** Rejects with `circle-expired`. */
  prove(bytes: Uint8Array<ArrayBuffer>): Promise<string>;
  /** In constant time. After the circle's end nothing is proven any more. */
  verify(bytes: Uint8Array<ArrayBuffer>, proof: string): Promise<boolean>;
}

/** A circle that this tab is a member of. */
export interface Circle extends LinkMembership {
  readonly expiresAtMs: number;
  /** What members announce and watch in the place of a model's root. */
  blind(modelRoot: ModelRoot): Promise<ModelRoot>;
  /** Marks this peer's directory entry for members. Rejects with `circle-expired`. */
  tagEntry(peerId: PeerId): Promise<string>;
  provesEntry(peerId: PeerId, tag: string): Promise<boolean>;
}

const HMAC = { name: 'HMAC', hash: 'SHA-256', length: 256 } as const;

/** The same keys from the same invitation, everywhere; others from one that was edited anywhere. */
export async function deriveCircleKeys(invite: CircleInvite): Promise<CircleKeys> {
  const { secret, expiresAtMs } = invite;
  const usages: KeyUsage[] = ['deriveKey', 'deriveBits'];
  const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, usages);
  const parametersOf = (purpose: 'id' | 'directory' | 'link') => ({
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(32),
    info: circleKeyBytes({ ...invite, purpose }),
  });
  const derive = (purpose: 'directory' | 'link', keyUsages: KeyUsage[]) =>
    crypto.subtle.deriveKey(parametersOf(purpose), material, HMAC, false, keyUsages);
  const [id, directory, link] = await Promise.all([
    crypto.subtle.deriveBits(parametersOf('id'), material, 128),
    derive('directory', ['sign']),
    derive('link', ['sign', 'verify']),
  ]);
  return { id: encodeBase64(new Uint8Array(id)), expiresAtMs, directory, link };
}

/**
 * Opens a circle by this tab's own clock: a relay's must not make it last longer. What others prove
 * counts a minute longer, since their clocks may be behind.
 */
export function openCircle(keys: CircleKeys, nowMs: () => number = Date.now): Circle {
  const { expiresAtMs, directory, link } = keys;
  const requireTime = () => {
    if (nowMs() >= expiresAtMs) throw expired();
  };
  const sealShare = async (bytes: Uint8Array<ArrayBuffer>) =>
    new Uint8Array(await crypto.subtle.sign('HMAC', link, bytes));
  const prove = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => {
    requireTime();
    return encodeBase64(await sealShare(bytes));
  };
  const verify = async (bytes: Uint8Array<ArrayBuffer>, proof: string): Promise<boolean> => {
    if (nowMs() >= expiresAtMs + CLOCK_TOLERANCE_MS) return false;
    try {
      return await crypto.subtle.verify('HMAC', link, decodeBase64(proof), bytes);
    } catch {
      // A stranger's text that is no tag proves nothing.
      return false;
    }
  };
  return {
    expiresAtMs,
    sealShare,
    prove,
    verify,
    async blind(modelRoot) {
      const tag = await crypto.subtle.sign('HMAC', directory, blindedRootBytes(modelRoot));
      return [...new Uint8Array(tag)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    },
    tagEntry: (peerId) => prove(circleEntryBytes(peerId)),
    provesEntry: (peerId, tag) => verify(circleEntryBytes(peerId), tag),
  };
}
