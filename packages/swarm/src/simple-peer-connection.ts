import SimplePeer from 'simple-peer/simplepeer.min.js';
import { fingerprintOf } from './dtls-fingerprint.ts';
import { SwarmError } from './error.ts';
import { createIceRestarts } from './ice-restarts.ts';
import { createPathMeter } from './path-meter.ts';
import type { CreatePeerConnection, PeerConnection } from './peer-connection.ts';

// Negotiated channels exist on both sides without a message; these ids are clear of those that the
// browser gives to simple-peer's own channel (0 or 1).
const CHANNEL_IDS = { latency: 64, bulk: 65, beat: 66 } as const;

/** A WebRTC connection made by simple-peer, whose prebuilt bundle is the one that Vite can load. */
export const createSimplePeerConnection: CreatePeerConnection = (options, handlers) => {
  if (!SimplePeer.WEBRTC_SUPPORT) {
    throw new SwarmError('webrtc-unavailable', 'This browser has no WebRTC; use another browser.');
  }
  const { isInitiator, iceTransportPolicy } = options;
  const iceServers = () => [...options.iceServers()] as RTCIceServer[];
  const peer = new SimplePeer({
    initiator: isInitiator,
    trickle: true,
    // Keeps the boundaries of messages and leaves text as text.
    objectMode: true,
    // Always given: simple-peer's default names servers of third parties.
    config: { iceServers: iceServers(), iceTransportPolicy },
  });
  const pc = (peer as unknown as { _pc: RTCPeerConnection })._pc;
  const { onSignal } = handlers;
  const restarts = createIceRestarts(pc, { isInitiator, iceServers, onSignal });
  // Before the offer is made (simple-peer makes it in a later task), so that both are part of it.
  const open = (label: keyof typeof CHANNEL_IDS, how: RTCDataChannelInit = {}) => {
    const id = CHANNEL_IDS[label];
    const channel = pc.createDataChannel(label, { ...how, negotiated: true, id });
    channel.binaryType = 'arraybuffer';
    channel.addEventListener('open', announceOpen);
    channel.addEventListener('close', end);
    return channel;
  };
  let isControlOpen = false;
  let isAnnounced = false;
  let isClosed = false;
  const announceOpen = () => {
    const isOpen = isControlOpen && [latency, bulk].every((one) => one.readyState === 'open');
    if (!isOpen || isClosed || isAnnounced) return;
    isAnnounced = true;
    handlers.onOpen();
  };
  const end = () => {
    if (isClosed) return;
    isClosed = true;
    peer.destroy();
    handlers.onClose();
  };
  const latency = open('latency');
  const bulk = open('bulk');
  // A beat that was lost is not sent again, and the next one does not wait for it.
  const beats = open('beat', { ordered: false, maxRetransmits: 0 });
  beats.onmessage = () => handlers.onBeat();

  peer.on('signal', (data) => {
    // Renegotiation is never needed: no media, and all channels exist from the start.
    if (data.type === 'offer' || data.type === 'answer') {
      onSignal({ type: data.type, restart: 0, sdp: data.sdp ?? '' });
    } else if (data.type === 'candidate') {
      const { candidate, sdpMid, sdpMLineIndex } = data.candidate;
      const { count: restart } = restarts;
      onSignal({ type: 'candidate', restart, candidate, sdpMid, sdpMLineIndex });
    }
  });
  // Beside simple-peer, which takes `failed` for the end and does nothing before it.
  pc.addEventListener('iceconnectionstatechange', () => {
    const { iceConnectionState: state } = pc;
    if (state === 'connected' || state === 'completed') handlers.onPath(true);
    else if (state === 'disconnected') handlers.onPath(false);
  });
  peer.on('connect', () => {
    isControlOpen = true;
    announceOpen();
  });
  peer.on('data', (data: unknown) => handlers.onText(typeof data === 'string' ? data : ''));
  // Errors of simple-peer are the ways a connection ends; a close follows, and the page's remedy is one.
  peer.on('error', end);
  peer.on('close', end);

  const connection: PeerConnection = {
    latency,
    bulk,
    signal(data) {
      if (isClosed || data.type === 'tunnel-offer' || data.type === 'tunnel-answer') return;
      if (data.restart > 0 || restarts.count > 0) restarts.take(data);
      else if (data.type === 'candidate') {
        const { candidate, sdpMid, sdpMLineIndex } = data;
        const init = { candidate, sdpMid, sdpMLineIndex };
        peer.signal({ type: 'candidate', candidate: init as RTCIceCandidate });
      } else {
        peer.signal({ type: data.type, sdp: data.sdp });
      }
    },
    restartIce: restarts.begin,
    sendText(text) {
      if (isClosed) return;
      try {
        peer.send(text);
      } catch (error) {
        // A channel closes a moment before its `close` event, which ends the link: nobody is there to read.
        const isOver = error instanceof DOMException && error.name === 'InvalidStateError';
        if (!isOver) throw error;
      }
    },
    beat() {
      // What a path that is cut does not take is not worth keeping.
      if (beats.readyState === 'open' && beats.bufferedAmount === 0) beats.send('beat');
    },
    get bufferedTextBytes() {
      return (peer as unknown as { bufferSize: number }).bufferSize;
    },
    fingerprints: () => ({
      local: fingerprintOf(pc.localDescription?.sdp),
      remote: fingerprintOf(pc.remoteDescription?.sdp),
    }),
    path: createPathMeter(pc),
    destroy() {
      isClosed = true;
      peer.destroy();
    },
  };
  return connection;
};
