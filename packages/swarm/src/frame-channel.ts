import { FRAME_BYTES_MAX } from '@manyhands/protocol/frame-header';
import { SwarmError } from './error.ts';
import { SEND_QUEUE_BYTES_MAX } from './limits.ts';
import { createReassembler, SLICE_HEADER_BYTES, sliceOf } from './slices.ts';

/** What is used of an RTCDataChannel. */
export type DataChannelLike = Pick<
  RTCDataChannel,
  'readyState' | 'bufferedAmount' | 'bufferedAmountLowThreshold' | 'onbufferedamountlow'
> & {
  onmessage: ((event: MessageEvent<unknown>) => void) | null;
  send(bytes: Uint8Array<ArrayBuffer>): void;
};

/** Whole frames over one data channel, in slices, paced by what the browser has not sent yet. */
export interface FrameChannel {
  /** Throws `SwarmError` `over-limit`. */
  send(frame: Uint8Array<ArrayBuffer>): void;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  dispose(): void;
}

export function createFrameChannel(
  channel: DataChannelLike,
  options: {
    readonly sliceBytesMax: number;
    readonly bufferedBytesMax: number;
    onFrame(frame: Uint8Array<ArrayBuffer>): void;
    /** The peer broke the rules of this channel. */
    onViolation(): void;
  },
): FrameChannel {
  const { sliceBytesMax, bufferedBytesMax, onFrame, onViolation } = options;
  const queue: Uint8Array<ArrayBuffer>[] = [];
  const reassembler = createReassembler();
  let queuedBytes = 0;
  let sentBytes = 0;
  let receivedBytes = 0;
  let frameId = 0;
  let offset = 0;

  const pump = () => {
    let frame = queue[0];
    while (
      frame !== undefined &&
      channel.readyState === 'open' &&
      channel.bufferedAmount < bufferedBytesMax
    ) {
      const slice = sliceOf(frame, frameId, offset, sliceBytesMax);
      channel.send(slice);
      offset += slice.length - SLICE_HEADER_BYTES;
      sentBytes += slice.length;
      if (offset >= frame.length) {
        queue.shift();
        queuedBytes -= frame.length;
        frameId = (frameId + 1) >>> 0;
        offset = 0;
        frame = queue[0];
      }
    }
  };

  channel.bufferedAmountLowThreshold = bufferedBytesMax / 2;
  channel.onbufferedamountlow = pump;
  channel.onmessage = ({ data }) => {
    if (!(data instanceof ArrayBuffer)) {
      onViolation();
      return;
    }
    receivedBytes += data.byteLength;
    let frame: Uint8Array<ArrayBuffer> | undefined;
    try {
      frame = reassembler.take(new Uint8Array(data));
    } catch (error) {
      if (!(error instanceof SwarmError)) throw error;
      onViolation();
      return;
    }
    if (frame !== undefined) onFrame(frame);
  };

  return {
    send(frame) {
      const isTooMuch = queuedBytes + frame.length > SEND_QUEUE_BYTES_MAX;
      if (frame.length === 0 || frame.length > FRAME_BYTES_MAX || isTooMuch) {
        throw new SwarmError('over-limit', 'A link takes no more frames now; wait for credit.');
      }
      queue.push(frame);
      queuedBytes += frame.length;
      pump();
    },
    get sentBytes() {
      return sentBytes;
    },
    get receivedBytes() {
      return receivedBytes;
    },
    dispose() {
      queue.length = 0;
      channel.onmessage = null;
      channel.onbufferedamountlow = null;
    },
  };
}
