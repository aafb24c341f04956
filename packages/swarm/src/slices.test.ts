import { createRandom } from '@manyhands/testkit/random';
import { describe, expect, it } from 'vitest';
import { createFrameChannel, type DataChannelLike } from './frame-channel.ts';
import { createReassembler, SLICE_HEADER_BYTES, sliceOf } from './slices.ts';

const SLICE_BYTES = 100;
const random = createRandom(11);

function slicesOf(frame: Uint8Array, frameId: number): Uint8Array<ArrayBuffer>[] {
  const slices: Uint8Array<ArrayBuffer>[] = [];
  for (let offset = 0; offset < frame.length; offset += SLICE_BYTES - SLICE_HEADER_BYTES) {
    slices.push(sliceOf(frame, frameId, offset, SLICE_BYTES));
  }
  return slices;
}

describe('slices', () => {
  it('join to the frames they were cut from', () => {
    const reassembler = createReassembler();
    for (const [frameId, size] of [1, 87, 88, 89, 176, 177, 5_000].entries()) {
      const frame = random.bytes(size);
      const joined = slicesOf(frame, frameId).map((slice) => reassembler.take(slice));
      expect(joined.pop()).toEqual(frame);
      expect(joined.every((one) => one === undefined)).toBe(true);
    }
  });

  it('are refused truncated, lengthened, repeated, swapped, skipped, or with a flipped header', () => {
    const [first, second, third] = slicesOf(random.bytes(250), 0) as [
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>,
    ];
    const refuses = (...slices: Uint8Array<ArrayBuffer>[]) => {
      const reassembler = createReassembler();
      const last = slices.pop() as Uint8Array<ArrayBuffer>;
      for (const slice of slices) reassembler.take(slice);
      expect(() => reassembler.take(last)).toThrow(expect.objectContaining({ code: 'malformed' }));
    };
    for (let length = 0; length <= SLICE_HEADER_BYTES; length++) refuses(first.slice(0, length));
    refuses(second);
    refuses(first, first);
    refuses(first, third);
    refuses(first, second, third, first);
    refuses(first, second, Uint8Array.from([...third, 1]));
    for (let bit = 0; bit < SLICE_HEADER_BYTES * 8; bit++) {
      const changed = second.slice();
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      refuses(first, changed);
    }
    const huge = sliceOf(new Uint8Array(250), 0, 0, SLICE_BYTES);
    new DataView(huge.buffer).setUint32(8, 0xffff_ffff, true);
    refuses(huge);
  });
});

describe('frame channel', () => {
  it('waits while the browser has enough to send, and loses nothing', () => {
    const { channel, sent } = createFakeChannel();
    const frames: Uint8Array[] = [];
    const sender = createFrameChannel(channel, options());
    const receiverSide = createFakeChannel();
    const receiver = createFrameChannel(receiverSide.channel, {
      ...options(),
      onFrame: (frame) => frames.push(frame),
    });
    const original = [random.bytes(450), random.bytes(30), random.bytes(1_000)];
    for (const frame of original) sender.send(frame);
    expect(sent.length).toBe(3);
    let guard = 100;
    while (sent.length > 0 && guard-- > 0) {
      channel.bufferedAmount = 0;
      for (const data of sent.splice(0)) {
        receiverSide.channel.onmessage?.({ data: data.buffer } as MessageEvent<unknown>);
      }
      channel.onbufferedamountlow?.call(channel as RTCDataChannel, {} as Event);
    }
    expect(frames).toEqual(original);
    expect(receiver.receivedBytes).toBe(sender.sentBytes);
  });

  it('says when its queue is full', () => {
    const { channel } = createFakeChannel();
    const sender = createFrameChannel(channel, options());
    const frame = new Uint8Array(4 * 1024 * 1024);
    for (let index = 0; index < 7; index++) sender.send(frame);
    const overLimit = expect.objectContaining({ code: 'over-limit' });
    expect(() => {
      sender.send(frame);
      sender.send(frame);
    }).toThrow(overLimit);
    expect(() => sender.send(new Uint8Array())).toThrow(overLimit);
  });

  it('reports text and slices that do not fit', () => {
    for (const data of ['text', new ArrayBuffer(3)]) {
      const { channel } = createFakeChannel();
      let violationCount = 0;
      createFrameChannel(channel, { ...options(), onViolation: () => violationCount++ });
      channel.onmessage?.({ data } as MessageEvent<unknown>);
      expect(violationCount).toBe(1);
    }
  });
});

function options() {
  const onFrame: (frame: Uint8Array<ArrayBuffer>) => void = () => {};
  const onViolation: () => void = () => {};
  return { sliceBytesMax: SLICE_BYTES, bufferedBytesMax: 300, onFrame, onViolation };
}

function createFakeChannel() {
  const sent: Uint8Array<ArrayBuffer>[] = [];
  const channel: { -readonly [Key in keyof DataChannelLike]: DataChannelLike[Key] } = {
    readyState: 'open',
    bufferedAmount: 0,
    bufferedAmountLowThreshold: 0,
    onbufferedamountlow: null,
    onmessage: null,
    send(bytes) {
      sent.push(bytes);
      channel.bufferedAmount += bytes.length;
    },
  };
  return { channel, sent };
}
