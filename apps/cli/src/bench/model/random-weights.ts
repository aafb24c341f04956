import { blockBytes, blockSize } from '@manyhands/model/quant/block-layout';
import { encodeFloat16 } from '@manyhands/model/quant/float16';
import type { Random } from '@manyhands/testkit/random';
import type { WeightType } from './shapes.ts';

/** What is made up at a time: gigabytes never lie in memory. */
const CHUNK_BYTES_MAX = 8 * 1024 * 1024;

export interface RandomMatrix {
  readonly type: WeightType;
  readonly rowLength: number;
  readonly rowCount: number;
  /** Products with normed inputs have about this standard deviation. */
  readonly gain: number;
}

/**
 * Bytes of a matrix of random weights in the order of the file, in chunks. Quants are uniform over their
 * range and the signs of scales are random, so that weights have no mean: with one, every product would
 * mostly count its inputs.
 */
export function* randomMatrix(random: Random, matrix: RandomMatrix): Generator<Uint8Array> {
  const { type, rowLength, rowCount, gain } = matrix;
  const size = blockSize(type);
  if (rowLength % size !== 0) throw new RangeError(`rows of ${rowLength} do not fill ${type}`);
  const rowBytes = (rowLength / size) * blockBytes(type);
  const rowsMax = Math.max(1, Math.floor(CHUNK_BYTES_MAX / rowBytes));
  const deviation = gain / Math.sqrt(rowLength);
  const next = createWords(random.uint32());
  for (let row = 0; row < rowCount; row += rowsMax) {
    const byteLength = Math.min(rowsMax, rowCount - row) * rowBytes;
    const words = new Uint32Array(Math.ceil(byteLength / 4));
    for (let i = 0; i < words.length; i += 1) words[i] = next();
    if (type === 'F16') shapeHalves(words, deviation);
    const bytes = new Uint8Array(words.buffer, 0, byteLength);
    if (type !== 'F16') placeScales(type, bytes, deviation);
    yield bytes;
  }
}

/** A xorshift of 32 bits: a gigabyte must not take minutes, and nobody attacks a benchmark. */
function createWords(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  };
}

/** Random signs and mantissas, in the two octaves that come nearest to the deviation. */
function shapeHalves(words: Uint32Array, deviation: number): void {
  const exponent = Math.round(Math.log2(deviation / OCTAVES_DEVIATION)) + 15;
  const base = (exponent << 10) | (exponent << 26);
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] as number;
    words[i] = (word & 0x83ff_83ff) + base - (word & 0x0400_0400);
  }
}

/** Of numbers uniform in [0.5, 1) or in [1, 2), either half of the time. */
const OCTAVES_DEVIATION = Math.sqrt(35 / 24);

/** Puts scales where random bytes lie; the quants stay what they are. */
function placeScales(type: Exclude<WeightType, 'F16'>, bytes: Uint8Array, deviation: number): void {
  const scales = scaleTable(deviation / UNIT_DEVIATIONS[type]);
  const step = blockBytes(type);
  for (let at = 0; at < bytes.length; at += step) {
    const scale = scales[bytes[at] as number] as number;
    writeHalf(bytes, at, scale);
    if (type === 'Q4_K') placeQ4K(bytes, at, scale);
  }
}

/** Deviation of a weight whose scale is 1; a Q4_K sub-block multiplies it by 32 to 63. */
const UNIT_DEVIATIONS = {
  Q4_0: Math.sqrt(21.5),
  Q8_0: Math.sqrt((256 ** 2 - 1) / 12),
  Q4_K: Math.sqrt(21.5) * 48,
} as const;

/** By a random byte: a half of either sign, 0.75 to 1.25 times `scale`. */
function scaleTable(scale: number): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    const size = scale * (0.75 + (byte >> 1) / 254);
    return encodeFloat16(byte & 1 ? size : -size);
  });
}

/**
 * Minima are 8 times the scales, so that a weight is `scale * (quant - 8)`: what MatMulNBits computes
 * too, and rivals then hold the same weights.
 */
function placeQ4K(bytes: Uint8Array, at: number, scale: number): void {
  // Eight times a half is a half with three more in its exponent, unless it is subnormal.
  writeHalf(bytes, at + 2, (scale & 0x7c00) === 0 ? timesEight(scale) : scale + (3 << 10));
  for (let i = 0; i < 4; i += 1) {
    const low = 32 | ((bytes[at + 4 + i] as number) & 31);
    const high = 32 | ((bytes[at + 8 + i] as number) & 31);
    bytes[at + 4 + i] = low | ((high >> 4) << 6);
    bytes[at + 8 + i] = bytes[at + 4 + i] as number;
    bytes[at + 12 + i] = (high & 15) * 17;
  }
}

function timesEight(subnormal: number): number {
  const sign = subnormal & 0x8000 ? -1 : 1;
  return encodeFloat16(sign * (subnormal & 0x3ff) * 8 * 2 ** -24);
}

function writeHalf(bytes: Uint8Array, at: number, half: number): void {
  bytes[at] = half & 0xff;
  bytes[at + 1] = half >> 8;
}
