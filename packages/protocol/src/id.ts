import * as v from 'valibot';
import { BLOCK_COUNT_MAX, CONTEXT_LENGTH_MAX } from './limits.ts';

/** base64url of exactly `byteLength` bytes. */
const base64Of = (byteLength: number) =>
  v.pipe(
    v.string(),
    v.length(Math.ceil((byteLength * 4) / 3)),
    v.regex(/^[A-Za-z0-9_-]+$/, 'base64url'),
  );
const base64UpTo = (bytesMax: number) =>
  v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(Math.ceil((bytesMax * 4) / 3)),
    v.regex(/^[A-Za-z0-9_-]+$/, 'base64url'),
  );

/** 8 random bytes: one tab of an identity. */
export const TabId = base64Of(8);
/**
 * `identityId.tabId`: where messages go. The identity id is the first 16 bytes of SHA-256 over
 * `alg:publicKey`; it names a browser profile, not a person.
 */
export const PeerId = v.pipe(
  v.string(),
  v.length(34),
  v.regex(/^[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{11}$/, 'peer id'),
);
export type PeerId = v.InferOutput<typeof PeerId>;

/** 16 random bytes chosen by the requester. */
export const SessionId = base64Of(16);
export type SessionId = v.InferOutput<typeof SessionId>;
/** 16 random bytes chosen by the peer that offers a tunnel through the relay. */
export const TunnelId = base64Of(16);
export type TunnelId = v.InferOutput<typeof TunnelId>;
/** 32 random bytes: freshness of a signature. */
export const Nonce = base64Of(32);
/** HMAC-SHA-256 under a key that only the members of a circle have, or random bytes where there is no circle. */
export const MembershipTag = base64Of(32);
/** The Merkle root of a model's manifest: 64 hex digits. */
export const ModelRoot = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'model root'));
export type ModelRoot = v.InferOutput<typeof ModelRoot>;

/** Raised by the requester on every repair; lower ones are dropped. */
export const Epoch = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff));
export const Position = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(0),
  v.maxValue(CONTEXT_LENGTH_MAX),
);
export const BlockIndex = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(0),
  v.maxValue(BLOCK_COUNT_MAX),
);

/** Ed25519 where WebCrypto has it, else ECDSA P-256 with SHA-256. */
export const SignatureAlgorithm = v.picklist(['Ed25519', 'P-256']);
export type SignatureAlgorithm = v.InferOutput<typeof SignatureAlgorithm>;
/** X25519 where WebCrypto has it, else ECDH P-256. */
export const AgreementAlgorithm = v.picklist(['X25519', 'P-256']);
export type AgreementAlgorithm = v.InferOutput<typeof AgreementAlgorithm>;
/** Raw public key: 32 bytes, or 65 (uncompressed point) for P-256. */
export const PublicKeyText = base64UpTo(65);
/** 64 bytes for both algorithms. */
export const SignatureText = base64Of(64);

/** A key of one tunnel and no other; nothing certifies it but the seal it comes in. */
export const EphemeralKey = v.strictObject({ alg: AgreementAlgorithm, publicKey: PublicKeyText });
export type EphemeralKey = v.InferOutput<typeof EphemeralKey>;

/** A public key that others may encrypt to, certified by the identity. */
export const AgreementKey = v.strictObject({
  alg: AgreementAlgorithm,
  publicKey: PublicKeyText,
  /** Identity's signature over `transcript/agreementKeyBytes`. */
  signature: SignatureText,
});
export type AgreementKey = v.InferOutput<typeof AgreementKey>;

/** The half of an identity that everybody may know. */
export const PublicIdentity = v.strictObject({
  peerId: PeerId,
  alg: SignatureAlgorithm,
  publicKey: PublicKeyText,
  agreement: AgreementKey,
});
export type PublicIdentity = v.InferOutput<typeof PublicIdentity>;

/** Version range a side speaks. */
export const Versions = v.pipe(
  v.strictObject({
    min: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(10_000)),
    max: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(10_000)),
  }),
  v.check((range) => range.min <= range.max, 'min <= max'),
);

/** The part of a peer id that names the identity. */
export function identityOf(peerId: PeerId): string {
  return peerId.slice(0, 22);
}
