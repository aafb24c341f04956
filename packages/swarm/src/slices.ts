import { FRAME_BYTES_MAX } from '@manyhands/protocol/frame-header';
import { SwarmError } from './error.ts';

/** A slice, little-endian: frame id u32, offset u32, frame length u32, then bytes of the frame. */
export const SLICE_HEADER_BYTES = 12;

/** The slice of `frame` at `offset`, of at most `sliceBytesMax` bytes with its header. */
export function sliceOf(
  frame: Uint8Array,
  frameId: number,
  offset: number,
  sliceBytesMax: number,
): Uint8Array<ArrayBuffer> {
  const part = frame.subarray(offset, offset + sliceBytesMax - SLICE_HEADER_BYTES);
  const slice = new Uint8Array(SLICE_HEADER_BYTES + part.length);
  const view = new DataView(slice.buffer);
  view.setUint32(0, frameId, true);
  view.setUint32(4, offset, true);
  view.setUint32(8, frame.length, true);
  slice.set(part, SLICE_HEADER_BYTES);
  return slice;
}

/** Joins the slices of one ordered channel; at most one frame is under way at a time. */
export interface Reassembler {
  /** The whole frame with its last slice, else undefined. Throws `SwarmError` `malformed`. */
  take(slice: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined;
}

export function createReassembler(): Reassembler {
  let frameId = 0;
  let frame: Uint8Array<ArrayBuffer> | undefined;
  let receivedBytes = 0;
  return {
    take(slice) {
      const partBytes = slice.length - SLICE_HEADER_BYTES;
      if (partBytes <= 0) throw malformed();
      const view = new DataView(slice.buffer, slice.byteOffset, slice.length);
      const length = view.getUint32(8, true);
      // Channels are reliable and ordered, so anything but the expected next slice is a wrong peer.
      const isExpected =
        view.getUint32(0, true) === frameId &&
        view.getUint32(4, true) === receivedBytes &&
        length === (frame?.length ?? length) &&
        length <= FRAME_BYTES_MAX &&
        receivedBytes + partBytes <= length;
      if (!isExpected) throw malformed();
      const part = slice.subarray(SLICE_HEADER_BYTES);
      let whole: Uint8Array<ArrayBuffer> | undefined;
      if (partBytes === length) {
        whole = part;
      } else {
        frame ??= new Uint8Array(length);
        frame.set(part, receivedBytes);
        receivedBytes += partBytes;
        if (receivedBytes < length) return undefined;
        whole = frame;
      }
      frame = undefined;
      receivedBytes = 0;
      frameId = (frameId + 1) >>> 0;
      return whole;
    },
  };
}

function malformed(): SwarmError {
  return new SwarmError('malformed', 'A peer sent a slice that does not fit.');
}
