import { decodeBase64, encodeBase64 } from './base64.ts';
import { crc32 } from './crc32.ts';
import { ProtocolError } from './error.ts';
import { CONTEXT_LENGTH_MAX, FRAME_PAYLOAD_BYTES_MAX, FRAME_TOKENS_MAX } from './limits.ts';

/** What every frame says about the step it belongs to. */
export interface FrameHeader {
  readonly sessionId: string;
  /** Raised by the requester on every repair; lower ones are dropped. */
  readonly epoch: number;
  /** Counts the steps of a session; results carry the number of the step they answer. */
  readonly step: number;
  /** Position of the first token in the sequence. */
  readonly position: number;
  readonly tokenCount: number;
  /** Last rows whose candidates are wanted (or, on a `candidates` frame, present). */
  readonly headRows: number;
  /** Fills a replacement's cache with what was computed before: nothing comes out at the end. */
  readonly isReplay?: boolean;
}

export const FRAME_KINDS = ['tokens', 'hidden', 'candidates', 'vectors'] as const;
export type FrameKind = (typeof FRAME_KINDS)[number];
export const FRAME_DTYPES = ['none', 'f32', 'f16', 'q8'] as const;
export type FrameDtype = (typeof FRAME_DTYPES)[number];

/** The header as it lies in the bytes. */
export interface RawHeader extends FrameHeader {
  readonly kind: FrameKind;
  readonly dtype: FrameDtype;
  /** Hidden size, number of candidates a row, dimension of a vector, or 0 for tokens. */
  readonly width: number;
}

/** "MHFR" as the first four bytes. */
const MAGIC = 0x5246_484d;
const FRAME_VERSION = 1;
const REPLAY_FLAG = 1;
/** Also the offset of the payload: a multiple of four, so that it can be viewed as numbers. */
export const FRAME_HEADER_BYTES = 52;
export const FRAME_BYTES_MAX = FRAME_HEADER_BYTES + FRAME_PAYLOAD_BYTES_MAX;
const CHECKSUM_OFFSET = 48;

/** Fills the header of `bytes`, whose payload is already in place, and seals it with the checksum. */
export function writeFrameHeader(bytes: Uint8Array<ArrayBuffer>, header: RawHeader): void {
  requireHeader(header);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const sessionId = decodeBase64(header.sessionId);
  if (sessionId.length !== 16) throw new ProtocolError('malformed', 'A session id has 16 bytes.');
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, FRAME_VERSION);
  view.setUint8(5, FRAME_KINDS.indexOf(header.kind));
  view.setUint8(6, FRAME_DTYPES.indexOf(header.dtype));
  view.setUint8(7, header.isReplay ? REPLAY_FLAG : 0);
  bytes.set(sessionId, 8);
  view.setUint32(24, header.epoch, true);
  view.setUint32(28, header.step, true);
  view.setUint32(32, header.position, true);
  view.setUint16(36, header.tokenCount, true);
  view.setUint16(38, header.headRows, true);
  view.setUint32(40, header.width, true);
  view.setUint32(44, bytes.length - FRAME_HEADER_BYTES, true);
  view.setUint32(CHECKSUM_OFFSET, checksumOf(bytes), true);
}

/** Reads and checks a header and the checksum of the whole frame. Throws `ProtocolError`. */
export function readFrameHeader(bytes: Uint8Array): RawHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < FRAME_HEADER_BYTES || view.getUint32(0, true) !== MAGIC) {
    throw new ProtocolError('malformed', 'These bytes are not a frame.');
  }
  const version = view.getUint8(4);
  if (version !== FRAME_VERSION) {
    throw new ProtocolError('version', `Frame version ${version} is unknown; reload the page.`);
  }
  const byteLength = view.getUint32(44, true);
  if (byteLength > FRAME_PAYLOAD_BYTES_MAX) {
    throw new ProtocolError('too-large', `A frame's payload of ${byteLength} bytes is too large.`);
  }
  if (byteLength !== bytes.length - FRAME_HEADER_BYTES) {
    throw new ProtocolError('malformed', 'A frame is shorter or longer than it says.');
  }
  if (view.getUint32(CHECKSUM_OFFSET, true) !== checksumOf(bytes)) {
    throw new ProtocolError('checksum', "A frame's checksum is wrong.");
  }
  const kind = FRAME_KINDS[view.getUint8(5)];
  const dtype = FRAME_DTYPES[view.getUint8(6)];
  const flags = view.getUint8(7);
  if (kind === undefined || dtype === undefined || flags > REPLAY_FLAG) {
    throw new ProtocolError('malformed', 'A frame has an unknown kind or type.');
  }
  const isReplay = flags === REPLAY_FLAG;
  if (isReplay && kind !== 'tokens' && kind !== 'hidden') {
    throw new ProtocolError('malformed', `A ${kind} frame cannot be replayed.`);
  }
  const header: RawHeader = {
    kind,
    dtype,
    sessionId: encodeBase64(bytes.subarray(8, 24)),
    epoch: view.getUint32(24, true),
    step: view.getUint32(28, true),
    position: view.getUint32(32, true),
    tokenCount: view.getUint16(36, true),
    headRows: view.getUint16(38, true),
    width: view.getUint32(40, true),
    ...(isReplay && { isReplay }),
  };
  requireHeader(header);
  return header;
}

/** Over everything but the checksum itself. */
function checksumOf(bytes: Uint8Array): number {
  return crc32(bytes.subarray(FRAME_HEADER_BYTES), crc32(bytes.subarray(0, CHECKSUM_OFFSET)));
}

function requireHeader(header: RawHeader): void {
  requireCount('epoch', header.epoch, 0, 0xffff_ffff);
  requireCount('step', header.step, 0, 0xffff_ffff);
  requireCount('tokenCount', header.tokenCount, 1, FRAME_TOKENS_MAX);
  requireCount('headRows', header.headRows, 0, header.tokenCount);
  requireCount('position', header.position, 0, CONTEXT_LENGTH_MAX - header.tokenCount);
}

/** Throws `malformed` unless `value` is a whole number in [min, max]. */
export function requireCount(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ProtocolError('malformed', `A frame's ${name} of ${value} is outside ${min}-${max}.`);
  }
}
