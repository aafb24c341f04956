import type { PeerId, PublicIdentity } from '@manyhands/protocol/id';
import type { PeerMessage } from '@manyhands/protocol/peer-message';
import type { ConnectionPath } from './path-meter.ts';

/** `latency` carries steps in small slices; `bulk` carries prefill chunks and never delays a step. */
export type FrameChannel = 'latency' | 'bulk';

export type LinkCloseReason =
  | 'goodbye'
  | 'closed-locally'
  | 'peer-gone'
  | 'handshake-failed'
  | 'protocol-violation'
  | 'overflow';

export interface LinkStats extends ConnectionPath {
  /** Bytes of frames (with slice headers) since the link opened. */
  readonly frameBytesSent: number;
  readonly frameBytesReceived: number;
  /** Nobody lies between: `path` is `direct`. */
  readonly isDirect: boolean;
}

export interface LinkHandlers {
  onMessage(message: PeerMessage): void;
  /** A whole frame, reassembled from its slices, not yet decoded. */
  onFrame(bytes: Uint8Array<ArrayBuffer>): void;
  /** Called once. */
  onClose(reason: LinkCloseReason): void;
}

/**
 * One authenticated connection to a peer: both sides have signed both DTLS fingerprints, or both keys of
 * a tunnel, before a Link exists. Handlers are registered synchronously in the `onLink` callback or right after `connect`
 * resolves; what arrives before is held back.
 */
export interface Link {
  readonly peerId: PeerId;
  readonly identity: PublicIdentity;
  readonly isOpen: boolean;
  /** May be called again by another owner: every registered set of handlers sees everything. Returns a remover. */
  listen(handlers: LinkHandlers): () => void;
  /** Throws `SwarmError` `link-closed` or `over-limit` (send queue full). */
  sendMessage(message: PeerMessage): void;
  /** Tells the other end that this tab is awake, as a `beat` that comes once or twice. Never throws. */
  beat(): void;
  /** Queues one frame; throws like `sendMessage`. */
  sendFrame(bytes: Uint8Array<ArrayBuffer>, channel: FrameChannel): void;
  /**
   * Cheap: the path is looked at once a second at most. Loopback inside a tab counts as direct.
   * `roundTripMs` is that of a message, from page to page, once one was answered.
   */
  stats(): Promise<LinkStats>;
  close(reason: LinkCloseReason): void;
}

/** Makes links. One adapter per way of connecting; all pass `transport-acceptance`. */
export interface Transport {
  readonly peerId: PeerId;
  /**
   * The open link to a peer, dialling if there is none; concurrent calls share one attempt. A link to
   * oneself is a loopback. Rejects with `SwarmError`.
   */
  connect(peerId: PeerId, signal?: AbortSignal): Promise<Link>;
  /** Called for every new link, whichever side dialled. Returns a remover. */
  onLink(handler: (link: Link) => void): () => void;
  readonly links: ReadonlyMap<PeerId, Link>;
  /** Milliseconds to each linked peer and back, as measured last; without those that are unknown. */
  roundTrips(): Promise<ReadonlyMap<PeerId, number>>;
  dispose(): void;
}
