import { TUNNEL_RECORD_EXTRA_BYTES } from '@manyhands/protocol/tunnel-record';
import type { DataChannelLike } from './frame-channel.ts';
import { TUNNEL_MESSAGES_RESERVE_BYTES } from './limits.ts';
import {
  contentLengthOf,
  createSealer,
  TUNNEL_CHANNELS,
  type TunnelChannel,
} from './tunnel-seal.ts';
import type { Tunnel } from './tunnels.ts';

/**
 * The sending half of a tunnel: three channels, of which messages go before steps and steps before
 * bulk. What the relay has not granted yet waits here, and the channels say so, as a browser's do: a
 * ration makes a link slow and loses nothing. The last of what is granted is kept for messages.
 */
export interface TunnelWriter {
  readonly channels: Readonly<Record<TunnelChannel, DataChannelLike>>;
  open(tunnel: Tunnel, key: CryptoKey): void;
  /** Sends what is granted by now. */
  pump(): void;
  dispose(): void;
}

interface QueuedChannel {
  readonly channel: DataChannelLike;
  readonly queue: Uint8Array<ArrayBuffer>[];
  /** A slice is on its way. */
  taken(byteLength: number): void;
}

export function createTunnelWriter(owner: { onFault(error: unknown): void }): TunnelWriter {
  let tunnel: Tunnel | undefined;
  let seal: ReturnType<typeof createSealer> | undefined;
  let isSending = false;
  let isDisposed = false;

  const isOpen = () => tunnel !== undefined && !isDisposed;
  const pump = () => {
    if (!isSending) send().catch(owner.onFault);
  };
  /** One record at a time, so that they leave in the order of their numbers. */
  const send = async () => {
    isSending = true;
    try {
      while (tunnel !== undefined && seal !== undefined && !isDisposed) {
        const name = TUNNEL_CHANNELS.find((each) => all[each].queue.length > 0);
        const slice = name === undefined ? undefined : all[name].queue[0];
        if (name === undefined || slice === undefined) return;
        const recordBytes = contentLengthOf(slice.length) + TUNNEL_RECORD_EXTRA_BYTES;
        const reserveBytes = name === 'control' ? 0 : TUNNEL_MESSAGES_RESERVE_BYTES;
        if (tunnel.creditBytes < recordBytes + reserveBytes) return;
        all[name].queue.shift();
        const sealed = await seal(name, slice);
        if (!isDisposed) tunnel.send(sealed);
        all[name].taken(slice.length);
      }
    } finally {
      isSending = false;
    }
  };
  const all = {
    control: createChannel(isOpen, pump),
    latency: createChannel(isOpen, pump),
    bulk: createChannel(isOpen, pump),
  } satisfies Record<TunnelChannel, QueuedChannel>;

  return {
    channels: {
      control: all.control.channel,
      latency: all.latency.channel,
      bulk: all.bulk.channel,
    },
    open(joined, key) {
      tunnel = joined;
      seal = createSealer(key);
      pump();
    },
    pump,
    dispose() {
      isDisposed = true;
      for (const name of TUNNEL_CHANNELS) all[name].queue.length = 0;
    },
  };
}

function createChannel(isOpen: () => boolean, pump: () => void): QueuedChannel {
  const queue: Uint8Array<ArrayBuffer>[] = [];
  let bufferedBytes = 0;
  const channel: DataChannelLike = {
    get readyState() {
      return isOpen() ? 'open' : 'connecting';
    },
    get bufferedAmount() {
      return bufferedBytes;
    },
    bufferedAmountLowThreshold: 0,
    onbufferedamountlow: null,
    onmessage: null,
    send(slice) {
      queue.push(slice);
      bufferedBytes += slice.length;
      pump();
    },
  };
  return {
    channel,
    queue,
    taken(byteLength) {
      const before = bufferedBytes;
      bufferedBytes -= byteLength;
      const threshold = channel.bufferedAmountLowThreshold;
      const onLow = channel.onbufferedamountlow as (() => void) | null;
      if (before > threshold && bufferedBytes <= threshold) onLow?.();
    },
  };
}
