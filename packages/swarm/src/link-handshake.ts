import { encodeBase64 } from '@manyhands/protocol/base64';
import type { PeerId, PublicIdentity } from '@manyhands/protocol/id';
import type { PeerMessage } from '@manyhands/protocol/peer-message';
import { type LinkTranscript, linkBytes, membershipBytes } from '@manyhands/protocol/transcript';
import { verifyPublicIdentity, verifySignature } from '@manyhands/protocol/verify';
import { chooseVersion, PROTOCOL_VERSIONS } from '@manyhands/protocol/version';
import type { LinkMembership } from './circle.ts';
import { SwarmError } from './error.ts';
import type { Identity } from './identity.ts';

export interface Fingerprints {
  readonly local: string;
  readonly remote: string;
}

/**
 * Both ends say who they are, then sign both DTLS fingerprints, both nonces and both peer ids. Whoever
 * sits in the middle shows each end another certificate, and cannot sign. Inside a circle both also
 * prove membership. Rejects with `SwarmError` `version` where this page is the older one and `peer-declined`
 * where the peer is, `handshake-failed` or `fingerprint-mismatch`; the caller brings the deadline.
 */
export async function shakeHands(options: {
  readonly identity: Identity;
  readonly remotePeerId: PeerId;
  readonly fingerprints: Fingerprints;
  /** Only members of this circle get a link. */
  readonly membership?: LinkMembership | undefined;
  send(message: PeerMessage): void;
  receive(): Promise<PeerMessage>;
}): Promise<PublicIdentity> {
  const { identity, remotePeerId, fingerprints, membership, send, receive } = options;
  const nonce = randomText();
  const versions = { ...PROTOCOL_VERSIONS };
  send({ type: 'link-hello', versions, identity: identity.publicIdentity, nonce });

  const hello = await receive();
  if (hello.type !== 'link-hello') throw failed('did not introduce itself');
  if (chooseVersion(PROTOCOL_VERSIONS, hello.versions) === undefined) {
    throw hello.versions.max < PROTOCOL_VERSIONS.min
      ? new SwarmError('peer-declined', 'A peer is of an older version; choose another.')
      : new SwarmError('version', 'This page is older than a peer; reload the page.');
  }
  const remote = hello.identity;
  if (remote.peerId !== remotePeerId) throw failed('is not who was dialled');
  if (!(await verifyPublicIdentity(remote))) throw failed('cannot prove its identity');

  const ours = { peerId: identity.peerId, nonce, fingerprint: fingerprints.local };
  const theirs = { peerId: remotePeerId, nonce: hello.nonce, fingerprint: fingerprints.remote };
  const [low, high] = ours.peerId < theirs.peerId ? [ours, theirs] : [theirs, ours];
  const transcriptOf = (signer: PeerId): LinkTranscript => ({
    lowPeerId: low.peerId,
    highPeerId: high.peerId,
    lowNonce: low.nonce,
    highNonce: high.nonce,
    lowFingerprint: low.fingerprint,
    highFingerprint: high.fingerprint,
    signer,
  });
  const own = transcriptOf(ours.peerId);
  send({
    type: 'link-proof',
    signature: await identity.sign(linkBytes(own)),
    membership: (await membership?.prove(membershipBytes(own))) ?? randomText(),
  });

  const proof = await receive();
  if (proof.type !== 'link-proof') throw failed('did not prove the connection');
  const { publicKey, alg } = remote;
  const signed = transcriptOf(theirs.peerId);
  if (!(await verifySignature(publicKey, alg, proof.signature, linkBytes(signed)))) {
    throw new SwarmError(
      'fingerprint-mismatch',
      'The two ends of a link do not see the same connection; somebody may sit in between.',
    );
  }
  // The other end sees a connection that closes, as after any other failure.
  if (membership && !(await membership.verify(membershipBytes(signed), proof.membership))) {
    throw failed('is no member of this circle');
  }
  return remote;
}

function randomText(): string {
  return encodeBase64(crypto.getRandomValues(new Uint8Array(32)));
}

function failed(what: string): SwarmError {
  return new SwarmError('handshake-failed', `A peer ${what}; the connection was closed.`);
}
