/** The value of an IEEE 754 binary16, given as its 16 bits. */
export function decodeFloat16(half: number): number {
  const exponent = (half >> 10) & 31;
  const mantissa = half & 0x3ff;
  const sign = half & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent < 31) return sign * (1024 + mantissa) * (STEPS[exponent] as number);
  return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
}

/** The nearest binary16 of a binary32 value, ties to even; too large becomes infinity. */
export function encodeFloat16(value: number): number {
  scratchFloat[0] = value;
  const bits = scratchBits[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fff_ffff;
  if (size > BITS_INFINITY) return sign | 0x7e00;
  if (size >= BITS_65520) return sign | 0x7c00;
  if (size < BITS_SMALLEST_NORMAL) {
    // Near 0.5 a binary32 counts in steps of 2^-24, the step of binary16 subnormals.
    scratchFloat[0] = Math.abs(value) + 0.5;
    return sign | ((scratchBits[0] as number) - BITS_HALF);
  }
  const rounded = size + 0xfff + ((size >>> 13) & 1);
  return sign | ((rounded - BITS_EXPONENT_SHIFT) >>> 13);
}

export function decodeFloat16s(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i += 1) values[i] = decodeFloat16(halves[i] as number);
  return values;
}

export function encodeFloat16s(values: Float32Array): Uint16Array<ArrayBuffer> {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i += 1) halves[i] = encodeFloat16(values[i] as number);
  return halves;
}

/** By exponent: the distance of two neighbouring values. */
const STEPS = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (exponent - 25));

const BITS_INFINITY = 0x7f80_0000;
/** The smallest size that rounds to infinity. */
const BITS_65520 = 0x477f_f000;
const BITS_SMALLEST_NORMAL = 0x3880_0000;
const BITS_HALF = 0x3f00_0000;
/** 127 - 15, the difference of the two exponent biases, in binary32's exponent place. */
const BITS_EXPONENT_SHIFT = 112 << 23;

/** Written and read within one call only. */
const scratchBits = new Uint32Array(1);
const scratchFloat = new Float32Array(scratchBits.buffer);
