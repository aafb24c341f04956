import type { IceServers } from '@manyhands/protocol/relay-message';
import type { Signal } from '@manyhands/protocol/signal';
import type { SwarmError } from './error.ts';
import type { DataChannelLike } from './frame-channel.ts';
import type { Fingerprints } from './link-handshake.ts';
import type { ConnectionPath } from './path-meter.ts';

type WithoutDialId<Member> = Member extends unknown ? Omit<Member, 'dialId'> : never;
/** What one side of a connection has to tell the other before they are connected. */
export type ConnectionSignal = WithoutDialId<
  Extract<
    Signal,
    { type: 'offer' | 'answer' | 'candidate' | 'restart-me' | 'tunnel-offer' | 'tunnel-answer' }
  >
>;
/** Those that make the connection, or its path anew; `restart-me` is for who decides about it. */
export type PathSignal = Exclude<ConnectionSignal, { type: 'restart-me' }>;
/** Those of WebRTC among them. */
export type IceSignal = Extract<PathSignal, { restart: number }>;

/** A connection, by WebRTC or through the relay, before its other end has proven itself. */
export interface PeerConnection {
  readonly latency: DataChannelLike;
  readonly bulk: DataChannelLike;
  signal(data: PathSignal): void;
  /** The initiator looks for another path, with servers as they are recommended now. */
  restartIce(): void;
  sendText(text: string): void;
  readonly bufferedTextBytes: number;
  /** A sign of life that waits for nothing that was lost before it; nothing where there is no such way. */
  beat(): void;
  /**
   * As in the descriptions that the browser holds itself to, or the keys of a tunnel. Throws
   * `SwarmError` `malformed`.
   */
  fingerprints(): Fingerprints;
  path(): Promise<ConnectionPath>;
  /** Ends it without calling `onClose`. */
  destroy(): void;
}

export interface PeerConnectionHandlers {
  onSignal(data: PathSignal): void;
  /** All channels are open. */
  onOpen(): void;
  onText(text: string): void;
  onBeat(): void;
  /** Its path broke off, or is there (again). A connection without one ends after a while. */
  onPath(isUp: boolean): void;
  /** It ended, or never came to be; `malformed` when somebody changed what came. Called once. */
  onClose(error?: SwarmError): void;
}

export type CreatePeerConnection = (
  options: {
    readonly isInitiator: boolean;
    /** What the relay recommends now; TURN's credentials change while a connection lives. */
    iceServers(): IceServers;
    /** `relay`: over TURN alone, never directly. */
    readonly iceTransportPolicy: RTCIceTransportPolicy;
  },
  handlers: PeerConnectionHandlers,
) => PeerConnection;
