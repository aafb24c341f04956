import type { PeerId, PublicIdentity } from '@manyhands/protocol/id';

/** How transports exchange sealed blobs before a connection exists: the relay link, or a test. */
export interface Signaling {
  /** Throws `SwarmError` `relay-unreachable` or `over-limit`. */
  signalTo(to: PeerId, sealed: string): void;
  /** `from` is whom the relay authenticated; the seal proves it again. */
  onSignal(handler: (from: PublicIdentity, sealed: string) => void): () => void;
  /** The relay could not deliver to this peer. */
  onUnreachable(handler: (peerId: PeerId) => void): () => void;
  /** The proven identity of a peer in a watched directory. */
  identityOf(peerId: PeerId): PublicIdentity | undefined;
}
