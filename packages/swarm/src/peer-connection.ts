import type { LinkPath } from '@manyhands/protocol/peer-message';
import type { FromRelayOf } from '@manyhands/protocol/relay-message';
import type { Signal } from '@manyhands/protocol/signal';
import type { SwarmError } from './error.ts';
import type { DataChannelLike } from './frame-channel.ts';
import type { Fingerprints } from './link-handshake.ts';

type WithoutDialId<Member> = Member extends unknown ? Omit<Member, 'dialId'> : never;
/** What one side of a connection has to tell the other before they are connected. */
export type ConnectionSignal = WithoutDialId<
  Extract<Signal, { type: 'offer' | 'answer' | 'candidate' | 'tunnel-offer' | 'tunnel-answer' }>
>;

/** A connection, by WebRTC or through the relay, before its other end has proven itself. */
export interface PeerConnection {
  readonly latency: DataChannelLike;
  readonly bulk: DataChannelLike;
  signal(data: ConnectionSignal): void;
  sendText(text: string): void;
  readonly bufferedTextBytes: number;
  /**
   * As in the descriptions that the browser holds itself to, or the keys of a tunnel. Throws
   * `SwarmError` `malformed`.
   */
  fingerprints(): Fingerprints;
  path(): Promise<{
    readonly path: LinkPath | undefined;
    readonly roundTripMs: number | undefined;
  }>;
  /** Ends it without calling `onClose`. */
  destroy(): void;
}

export interface PeerConnectionHandlers {
  onSignal(data: ConnectionSignal): void;
  /** All channels are open. */
  onOpen(): void;
  onText(text: string): void;
  /** It ended, or never came to be; `malformed` when somebody changed what came. Called once. */
  onClose(error?: SwarmError): void;
}

export type CreatePeerConnection = (
  options: {
    readonly isInitiator: boolean;
    readonly iceServers: FromRelayOf<'welcome'>['iceServers'];
  },
  handlers: PeerConnectionHandlers,
) => PeerConnection;
