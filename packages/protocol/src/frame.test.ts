import { createRandom } from '@manyhands/testkit/random';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64 } from './base64.ts';
import { crc32 } from './crc32.ts';
import { ProtocolError } from './error.ts';
import { type CandidatesFrame, decodeFrame, encodeFrame, type Frame } from './frame.ts';
import { FRAME_HEADER_BYTES } from './frame-header.ts';
import { CONTEXT_LENGTH_MAX, VOCAB_SIZE_MAX } from './limits.ts';

const random = createRandom(7);
const header = {
  sessionId: encodeBase64(random.bytes(16)),
  epoch: 3,
  step: 41,
  position: 1_000,
  tokenCount: 3,
  headRows: 2,
};
const tokens: Frame = { ...header, kind: 'tokens', tokenIds: Uint32Array.of(0, 5, 1_000_000) };
const hidden: Frame = {
  ...header,
  kind: 'hidden',
  dtype: 'f32',
  hiddenSize: 5,
  hidden: random.floats(15),
};
const candidates: CandidatesFrame = {
  ...header,
  kind: 'candidates',
  candidateCount: 2,
  candidateIds: Uint32Array.of(9, 4, 7, 8),
  logits: Float32Array.of(2, 1, -1, -1),
  logSumExp: Float32Array.of(3, 0),
};
const nothing: CandidatesFrame = {
  ...header,
  headRows: 0,
  kind: 'candidates',
  candidateCount: 0,
  candidateIds: new Uint32Array(),
  logits: new Float32Array(),
  logSumExp: new Float32Array(),
};
const vectors: Frame = {
  ...header,
  kind: 'vectors',
  dimension: 4,
  vectors: random.floats(12),
};
const bytes: Frame = {
  ...header,
  kind: 'hidden',
  dtype: 'q8',
  hiddenSize: 5,
  // Whole multiples of a row's scale, so that rounding changes nothing.
  hidden: Float32Array.of(127, -3, 0, 1, 126, 0, 0, 0, 0, 0, -254, 2, 4, -6, 100),
};
const frames = { tokens, hidden, bytes, candidates, nothing, vectors };

describe('frame', () => {
  it.each(Object.entries(frames))('comes back as it was sent: %s', (_, frame) => {
    expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
  });

  it('rounds hidden states to f16 or to bytes, and falls back to f32 where a value is too large', () => {
    const values = Float32Array.of(1, 0.1, -3.25);
    const frame: Frame = { ...header, kind: 'hidden', dtype: 'f16', hiddenSize: 1, hidden: values };
    const halved = decodeFrame(encodeFrame(frame));
    expect(halved).toMatchObject({
      dtype: 'f16',
      hidden: Float32Array.of(1, 0.0999755859375, -3.25),
    });
    const row = {
      tokenCount: 1,
      headRows: 0,
      hiddenSize: 3,
      hidden: Float32Array.of(254, 3.1, -5.2),
    };
    const rough = decodeFrame(encodeFrame({ ...frame, ...row, dtype: 'q8' }));
    expect(rough).toMatchObject({ dtype: 'q8', hidden: Float32Array.of(254, 4, -6) });
    const large = { ...frame, hidden: Float32Array.of(1, 70_000, 0.1) };
    expect(decodeFrame(encodeFrame(large))).toEqual({ ...large, dtype: 'f32' });
  });

  it('reads a frame that lies at an odd offset of a buffer', () => {
    const bytes = encodeFrame(hidden);
    const shifted = new Uint8Array(bytes.length + 3).subarray(3);
    shifted.set(bytes);
    expect(decodeFrame(shifted)).toEqual(hidden);
  });

  it.each(Object.entries(frames))('refuses every truncation and any extra byte: %s', (_, frame) => {
    const bytes = encodeFrame(frame);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeFrame(bytes.subarray(0, length))).toThrow(ProtocolError);
    }
    const longer = new Uint8Array(bytes.length + 1);
    longer.set(bytes);
    expect(() => decodeFrame(longer)).toThrow(ProtocolError);
  });

  it.each(Object.entries(frames))('refuses every flipped bit: %s', (_, frame) => {
    const bytes = encodeFrame(frame);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = bytes.slice();
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => decodeFrame(changed)).toThrow(ProtocolError);
    }
  });

  it('refuses fields out of bounds even under a right checksum', () => {
    const cases: [string, Frame, number, 1 | 2 | 4, number, string][] = [
      ['magic', tokens, 0, 4, 0, 'malformed'],
      ['version', tokens, 4, 1, 2, 'version'],
      ['kind', tokens, 5, 1, 4, 'malformed'],
      ['tokens as vectors', tokens, 5, 1, 3, 'malformed'],
      ['vectors in f16', vectors, 6, 1, 2, 'malformed'],
      ['vectors of nothing', vectors, 40, 4, 0, 'malformed'],
      ['fewer vectors than it says', vectors, 36, 2, 4, 'malformed'],
      ['NaN in vectors', vectors, FRAME_HEADER_BYTES + 4, 4, 0x7fc0_0000, 'malformed'],
      ['tokens as hidden', tokens, 5, 1, 1, 'malformed'],
      ['hidden as candidates', hidden, 5, 1, 2, 'malformed'],
      ['dtype', hidden, 6, 1, 4, 'malformed'],
      ['vectors in q8', vectors, 6, 1, 3, 'malformed'],
      ['tokens in q8', tokens, 6, 1, 3, 'malformed'],
      ['a hidden size that its bytes do not fill', bytes, 40, 4, 6, 'malformed'],
      ['NaN as the scale of a row', bytes, FRAME_HEADER_BYTES + 8, 4, 0x7fc0_0000, 'malformed'],
      ['a level that is never sent', bytes, FRAME_HEADER_BYTES + 12, 1, 0x80, 'malformed'],
      ['dtype of another size', hidden, 6, 1, 2, 'malformed'],
      ['tokens with a dtype', tokens, 6, 1, 1, 'malformed'],
      ['unknown flag', tokens, 7, 1, 2, 'malformed'],
      ['candidates as replay', candidates, 7, 1, 1, 'malformed'],
      ['position', tokens, 32, 4, CONTEXT_LENGTH_MAX, 'malformed'],
      ['no tokens', tokens, 36, 2, 0, 'malformed'],
      ['too many tokens', tokens, 36, 2, 65, 'malformed'],
      ['other token count', tokens, 36, 2, 4, 'malformed'],
      ['head rows above tokens', tokens, 38, 2, 4, 'malformed'],
      ['other head rows', candidates, 38, 2, 3, 'malformed'],
      ['width of tokens', tokens, 40, 4, 1, 'malformed'],
      ['hidden size', hidden, 40, 4, 0xffff_ffff, 'malformed'],
      ['hidden size of nothing', hidden, 40, 4, 0, 'malformed'],
      ['candidate count', candidates, 40, 4, 65, 'malformed'],
      ['payload too large', tokens, 44, 4, 0x8000_0000, 'too-large'],
      ['payload length', tokens, 44, 4, 8, 'malformed'],
      ['token id', tokens, FRAME_HEADER_BYTES, 4, VOCAB_SIZE_MAX, 'malformed'],
      ['NaN in hidden', hidden, FRAME_HEADER_BYTES + 4, 4, 0x7fc0_0000, 'malformed'],
      ['infinity in hidden', hidden, FRAME_HEADER_BYTES + 56, 4, 0xff80_0000, 'malformed'],
      ['candidate id', candidates, FRAME_HEADER_BYTES + 12, 4, VOCAB_SIZE_MAX, 'malformed'],
      ['logits that rise', candidates, FRAME_HEADER_BYTES + 20, 4, 0x4020_0000, 'malformed'],
      ['NaN in logits', candidates, FRAME_HEADER_BYTES + 28, 4, 0x7fc0_0000, 'malformed'],
      ['infinity in logits', candidates, FRAME_HEADER_BYTES + 28, 4, 0xff80_0000, 'malformed'],
      ['log-sum-exp below a logit', candidates, FRAME_HEADER_BYTES + 32, 4, 0, 'malformed'],
      ['infinite log-sum-exp', candidates, FRAME_HEADER_BYTES + 36, 4, 0x7f80_0000, 'malformed'],
    ];
    for (const [name, frame, offset, size, value, code] of cases) {
      const bytes = encodeFrame(frame);
      const view = new DataView(bytes.buffer);
      if (size === 1) view.setUint8(offset, value);
      else if (size === 2) view.setUint16(offset, value, true);
      else view.setUint32(offset, value, true);
      expect(
        codeOf(() => decodeFrame(sealed(bytes))),
        name,
      ).toBe(code);
    }
  });

  it('refuses to send what no receiver takes', () => {
    const wrong: Frame[] = [
      { ...tokens, tokenCount: 0 },
      { ...tokens, sessionId: 'AAAA' },
      { ...tokens, epoch: -1 },
      { ...tokens, step: 1.5 },
      { ...tokens, position: Number.NaN },
      { ...tokens, tokenIds: Uint32Array.of(1) },
      { ...hidden, hiddenSize: 4 } as Frame,
      { ...hidden, hidden: new Float32Array(15).fill(Number.NaN) } as Frame,
      { ...candidates, logits: Float32Array.of(1, 2, -1, -1) },
      { ...candidates, candidateIds: Uint32Array.of(1) },
      { ...vectors, dimension: 3 } as Frame,
      { ...vectors, vectors: new Float32Array(12).fill(Number.NaN) } as Frame,
    ];
    for (const frame of wrong) expect(codeOf(() => encodeFrame(frame))).toBe('malformed');
  });

  it('survives random bytes behind a right header', () => {
    void fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, isSealed) => {
        const bytes = noise.slice() as Uint8Array<ArrayBuffer>;
        if (isSealed && bytes.length >= FRAME_HEADER_BYTES) {
          bytes.set(encodeFrame(tokens).subarray(0, 5));
          new DataView(bytes.buffer).setUint32(44, bytes.length - FRAME_HEADER_BYTES, true);
          sealed(bytes);
        }
        return codeOf(() => decodeFrame(bytes)) !== 'not coded';
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes the largest prefill chunk of a model with hidden size 4,096', () => {
    const values = random.floats(64 * 4_096);
    const frame: Frame = {
      ...header,
      tokenCount: 64,
      kind: 'hidden',
      dtype: 'f32',
      hiddenSize: 4_096,
      hidden: values,
    };
    const decoded = decodeFrame(encodeFrame(frame));
    // Element by element here: the matcher takes a second for a megabyte.
    expect(decoded.kind === 'hidden' && decoded.hidden.length).toBe(values.length);
    expect(decoded.kind === 'hidden' && decoded.hidden.every((x, i) => x === values[i])).toBe(true);
  });
});

describe('crc32', () => {
  it('gives the standard check value, whole or in parts', () => {
    const bytes = new TextEncoder().encode('123456789');
    expect(crc32(bytes)).toBe(0xcbf4_3926);
    expect(crc32(bytes.subarray(5), crc32(bytes.subarray(0, 5)))).toBe(0xcbf4_3926);
  });
});

/** The same bytes with the checksum made right, as an attacker would. */
function sealed(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const sum = crc32(bytes.subarray(FRAME_HEADER_BYTES), crc32(bytes.subarray(0, 48)));
  new DataView(bytes.buffer).setUint32(48, sum, true);
  return bytes;
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof ProtocolError ? error.code : 'not coded';
  }
  return 'no error';
}
