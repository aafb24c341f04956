import { encodeBase64 } from '@manyhands/protocol/base64';
import type { EphemeralKey, PeerId, PublicIdentity, TunnelId } from '@manyhands/protocol/id';
import { type AgreementKeys, generateAgreementKeys } from './agreement.ts';
import { SwarmError } from './error.ts';
import { createFrameChannel } from './frame-channel.ts';
import { BULK_SLICE_BYTES_MAX, TUNNEL_WAITING_RECORDS_MAX } from './limits.ts';
import type { CreatePeerConnection, PeerConnection } from './peer-connection.ts';
import { createOpener, deriveTunnelKeys, keyText } from './tunnel-seal.ts';
import { createTunnelWriter, type TunnelWriter } from './tunnel-writer.ts';
import type { Tunnel, Tunnels } from './tunnels.ts';

/**
 * Connections to one peer through the relay. Each end makes a key for this tunnel alone and sends it in a
 * sealed signal, as a description of WebRTC would go; then both join the tunnel and speak in records
 * that only the other can open. The handshake of the link signs both keys.
 */
export function tunnelConnectionsTo(
  remote: PublicIdentity,
  from: { readonly peerId: PeerId; readonly tunnels: Tunnels },
): CreatePeerConnection {
  return ({ isInitiator }, handlers) => {
    let ownKeys: AgreementKeys | undefined;
    let remoteKey: EphemeralKey | undefined;
    let tunnel: Tunnel | undefined;
    let offeredId: TunnelId | undefined;
    let isClosed = false;

    const leave = () => {
      isClosed = true;
      writer.dispose();
      control.dispose();
      tunnel?.leave();
    };
    const end = (error: SwarmError) => {
      if (isClosed) return;
      leave();
      handlers.onClose(error);
    };
    const writer = createTunnelWriter({
      onFault: (cause) =>
        end(new SwarmError('link-closed', 'Sealing failed; try again.', { cause })),
    });
    const control = createFrameChannel(writer.channels.control, {
      sliceBytesMax: BULK_SLICE_BYTES_MAX,
      // All of it is counted as buffered: the link has its own bound for messages.
      bufferedBytesMax: Number.POSITIVE_INFINITY,
      onFrame: (bytes) => handlers.onText(new TextDecoder().decode(bytes)),
      onViolation: () => end(changed()),
    });

    const offer = async () => {
      ownKeys = await generateAgreementKeys(remote.agreement.alg);
      const { alg, publicKey } = ownKeys;
      offeredId = encodeBase64(crypto.getRandomValues(new Uint8Array(16)));
      const key = { alg, publicKey };
      if (!isClosed) handlers.onSignal({ type: 'tunnel-offer', tunnelId: offeredId, key });
    };
    const answer = async (tunnelId: TunnelId, key: EphemeralKey) => {
      ownKeys = await generateAgreementKeys(key.alg);
      await join(tunnelId, ownKeys, key);
      const { alg, publicKey } = ownKeys;
      if (!isClosed) handlers.onSignal({ type: 'tunnel-answer', key: { alg, publicKey } });
    };
    const join = async (tunnelId: TunnelId, own: AgreementKeys, key: EphemeralKey) => {
      remoteKey = key;
      if (key.alg !== own.alg) throw changed();
      const keys = await deriveTunnelKeys({
        tunnelId,
        own,
        ownPeerId: from.peerId,
        remote: key,
        remotePeerId: remote.peerId,
      });
      if (isClosed) return;
      const joined = from.tunnels.join(remote.peerId, tunnelId, {
        onOpen() {
          writer.open(joined, keys.send);
          handlers.onOpen();
        },
        onRecord: createReceiver(keys.receive, { writer, isClosed: () => isClosed, end }),
        onCredit: writer.pump,
        onClose: end,
      });
      tunnel = joined;
    };
    const attempt = (step: Promise<void>) => {
      step.catch((cause: unknown) => {
        const known = cause instanceof SwarmError ? cause : undefined;
        const message =
          "A key for a link through the relay is of no use; update both browsers' pages.";
        end(known ?? new SwarmError('peer-unreachable', message, { cause }));
      });
    };
    if (isInitiator) attempt(offer());

    const connection: PeerConnection = {
      latency: writer.channels.latency,
      bulk: writer.channels.bulk,
      signal(data) {
        // One key a tunnel: a second one would start its numbers again.
        if (isClosed || remoteKey !== undefined) return;
        if (data.type === 'tunnel-offer' && !isInitiator) {
          remoteKey = data.key;
          attempt(answer(data.tunnelId, data.key));
        } else if (
          data.type === 'tunnel-answer' &&
          ownKeys !== undefined &&
          offeredId !== undefined
        ) {
          attempt(join(offeredId, ownKeys, data.key));
        }
      },
      sendText(text) {
        if (!isClosed) control.send(new TextEncoder().encode(text));
      },
      // The relay loses nothing: what is sent as a message comes in time.
      beat: () => {},
      get bufferedTextBytes() {
        return writer.channels.control.bufferedAmount;
      },
      fingerprints() {
        if (ownKeys === undefined || remoteKey === undefined) throw changed();
        return { local: keyText(ownKeys), remote: keyText(remoteKey) };
      },
      path: async () => ({ path: 'relay', roundTripMs: undefined, lossShare: undefined }),
      // There is one relay on it; when that is gone, so is the tunnel.
      restartIce: () => {},
      destroy: leave,
    };
    return connection;
  };
}

/** Opens records one after another and hands their slices to the channels. */
function createReceiver(
  key: CryptoKey,
  owner: {
    readonly writer: TunnelWriter;
    isClosed(): boolean;
    end(error: SwarmError): void;
  },
): (sealed: Uint8Array<ArrayBuffer>) => void {
  const open = createOpener(key);
  let last = Promise.resolve();
  let waitingCount = 0;
  const receive = async (sealed: Uint8Array<ArrayBuffer>) => {
    if (owner.isClosed()) return;
    const { channel, slice } = await open(sealed);
    const data: unknown = slice.buffer;
    if (!owner.isClosed()) {
      owner.writer.channels[channel].onmessage?.({ data } as MessageEvent<unknown>);
    }
  };
  return (sealed) => {
    waitingCount++;
    if (waitingCount > TUNNEL_WAITING_RECORDS_MAX) {
      owner.end(changed());
      return;
    }
    last = last
      .then(() => receive(sealed))
      .catch((cause: unknown) => owner.end(changed(cause)))
      .finally(() => waitingCount--);
  };
}

function changed(cause?: unknown): SwarmError {
  const message = 'What came through the relay was changed, lost or repeated; the link was closed.';
  return new SwarmError('malformed', message, { cause });
}
