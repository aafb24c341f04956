import { type ActivationType, decodeActivation, encodeActivation } from './activation.ts';
import { ProtocolError } from './error.ts';
import {
  FRAME_HEADER_BYTES,
  type FrameHeader,
  type RawHeader,
  readFrameHeader,
  requireCount,
  writeFrameHeader,
} from './frame-header.ts';
import {
  CANDIDATES_MAX,
  FRAME_PAYLOAD_BYTES_MAX,
  HIDDEN_SIZE_MAX,
  VOCAB_SIZE_MAX,
} from './limits.ts';

/** Token ids for a stage that embeds: one for each row. */
export interface TokensFrame extends FrameHeader {
  readonly kind: 'tokens';
  readonly tokenIds: Uint32Array<ArrayBuffer>;
}
/** Hidden states from one stage to the next, `[tokenCount, hiddenSize]`. */
export interface HiddenFrame extends FrameHeader {
  readonly kind: 'hidden';
  readonly dtype: ActivationType;
  readonly hiddenSize: number;
  readonly hidden: Float32Array<ArrayBuffer>;
}
/** The likeliest tokens of the last `headRows` rows (0 acknowledges a prefill chunk). */
export interface CandidatesFrame extends FrameHeader {
  readonly kind: 'candidates';
  readonly candidateCount: number;
  /** `[headRows, candidateCount]`, likeliest first. */
  readonly candidateIds: Uint32Array<ArrayBuffer>;
  /** `[headRows, candidateCount]`, descending. */
  readonly logits: Float32Array<ArrayBuffer>;
  /** `[headRows]`, over the whole vocabulary. */
  readonly logSumExp: Float32Array<ArrayBuffer>;
}
/** The answer to an embedding request, whose id is in `sessionId`: one vector a text, in order. */
export interface VectorsFrame extends FrameHeader {
  readonly kind: 'vectors';
  readonly dimension: number;
  /** `[tokenCount, dimension]`: here the header counts texts. */
  readonly vectors: Float32Array<ArrayBuffer>;
}
export type Frame = TokensFrame | HiddenFrame | CandidatesFrame | VectorsFrame;

/**
 * The bytes of a frame; numbers are little-endian, as on every machine with WebGPU. A hidden state too
 * large for its type travels as f32. Throws `ProtocolError` `malformed` on a frame no receiver would take.
 */
export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  switch (frame.kind) {
    case 'tokens':
      requireTokenIds(frame.tokenIds, frame.tokenCount);
      return assemble({ ...frame, dtype: 'none', width: 0 }, [bytesOf(frame.tokenIds)]);
    case 'hidden': {
      requireLength('hidden', frame.hidden.length, frame.tokenCount * frame.hiddenSize);
      const { dtype, payload } = encodeHidden(frame);
      return assemble({ ...frame, dtype, width: frame.hiddenSize }, [payload]);
    }
    case 'candidates':
      requireCandidates(frame);
      return assemble({ ...frame, dtype: 'f32', width: frame.candidateCount }, [
        bytesOf(frame.candidateIds),
        bytesOf(frame.logits),
        bytesOf(frame.logSumExp),
      ]);
    case 'vectors':
      requireCount('dimension', frame.dimension, 1, HIDDEN_SIZE_MAX);
      requireLength('vectors', frame.vectors.length, frame.tokenCount * frame.dimension);
      return assemble({ ...frame, dtype: 'f32', width: frame.dimension }, [
        encodeActivation(frame.vectors, 'f32', frame.dimension),
      ]);
    default:
      return frame satisfies never;
  }
}

/** Reads a frame from outside. Throws `ProtocolError` `malformed`, `too-large`, `checksum`, `version`. */
export function decodeFrame(bytes: Uint8Array): Frame {
  const { kind, dtype, width, ...header } = readFrameHeader(bytes);
  const payload = bytes.subarray(FRAME_HEADER_BYTES);
  if (kind === 'tokens' && dtype === 'none' && width === 0) {
    requireLength('payload', payload.length, header.tokenCount * 4);
    const tokenIds = new Uint32Array(payload.slice().buffer);
    requireTokenIds(tokenIds, header.tokenCount);
    return { ...header, kind, tokenIds };
  }
  if (kind === 'hidden' && dtype !== 'none') {
    requireCount('hiddenSize', width, 1, HIDDEN_SIZE_MAX);
    const hidden = decodeActivation(payload, dtype, header.tokenCount * width, width);
    return { ...header, kind, dtype, hiddenSize: width, hidden };
  }
  if (kind === 'candidates' && dtype === 'f32') {
    requireCount('candidateCount', width, 0, CANDIDATES_MAX);
    const valueCount = header.headRows * width;
    requireLength('payload', payload.length, valueCount * 8 + header.headRows * 4);
    const { buffer } = payload.slice();
    const frame: CandidatesFrame = {
      ...header,
      kind,
      candidateCount: width,
      candidateIds: new Uint32Array(buffer.slice(0, valueCount * 4)),
      logits: new Float32Array(buffer.slice(valueCount * 4, valueCount * 8)),
      logSumExp: new Float32Array(buffer.slice(valueCount * 8)),
    };
    requireCandidates(frame);
    return frame;
  }
  if (kind === 'vectors' && dtype === 'f32') {
    requireCount('dimension', width, 1, HIDDEN_SIZE_MAX);
    const vectors = decodeActivation(payload, dtype, header.tokenCount * width, width);
    return { ...header, kind, dimension: width, vectors };
  }
  throw new ProtocolError('malformed', `A ${kind} frame cannot hold ${dtype} values.`);
}

function encodeHidden(frame: HiddenFrame): {
  dtype: ActivationType;
  payload: Uint8Array<ArrayBuffer>;
} {
  const { hidden, dtype, hiddenSize } = frame;
  requireCount('hiddenSize', hiddenSize, 1, HIDDEN_SIZE_MAX);
  try {
    return { dtype, payload: encodeActivation(hidden, dtype, hiddenSize) };
  } catch (error) {
    // Some models have a few hidden values beyond 65,504; exactness matters more than bytes.
    if (!(error instanceof ProtocolError && error.code === 'overflow')) throw error;
    return { dtype: 'f32', payload: encodeActivation(hidden, 'f32', hiddenSize) };
  }
}

function assemble(
  header: RawHeader,
  parts: readonly Uint8Array<ArrayBuffer>[],
): Uint8Array<ArrayBuffer> {
  const byteLength = parts.reduce((sum, part) => sum + part.length, 0);
  if (byteLength > FRAME_PAYLOAD_BYTES_MAX) {
    throw new ProtocolError('too-large', `A frame's payload of ${byteLength} bytes is too large.`);
  }
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + byteLength);
  let offset = FRAME_HEADER_BYTES;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  writeFrameHeader(bytes, header);
  return bytes;
}

function requireTokenIds(tokenIds: Uint32Array, tokenCount: number): void {
  requireLength('tokenIds', tokenIds.length, tokenCount);
  for (const tokenId of tokenIds) requireCount('token id', tokenId, 0, VOCAB_SIZE_MAX - 1);
}

function requireCandidates(frame: CandidatesFrame): void {
  const { headRows, candidateCount, candidateIds, logits, logSumExp } = frame;
  requireCount('candidateCount', candidateCount, headRows > 0 ? 1 : 0, CANDIDATES_MAX);
  requireLength('candidateIds', candidateIds.length, headRows * candidateCount);
  requireLength('logits', logits.length, headRows * candidateCount);
  requireLength('logSumExp', logSumExp.length, headRows);
  for (const tokenId of candidateIds) requireCount('token id', tokenId, 0, VOCAB_SIZE_MAX - 1);
  for (let row = 0; row < headRows; row++) {
    // Also what makes every probability at most one; the comparisons are false for NaN.
    let previous = logSumExp[row] as number;
    let isInOrder = previous < Number.POSITIVE_INFINITY;
    for (let index = 0; index < candidateCount; index++) {
      const logit = logits[row * candidateCount + index] as number;
      isInOrder &&= logit <= previous && logit > Number.NEGATIVE_INFINITY;
      previous = logit;
    }
    if (!isInOrder) {
      throw new ProtocolError(
        'malformed',
        "A candidates frame's logits are not finite or ordered.",
      );
    }
  }
}

function requireLength(name: string, length: number, expected: number): void {
  if (length !== expected) {
    throw new ProtocolError(
      'malformed',
      `A frame's ${name} has ${length} values, not ${expected}.`,
    );
  }
}

function bytesOf(values: Float32Array | Uint32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
}
