/** Weight types that tests can write, with GGUF's `ggml_type` numbers. */
export const ENCODED_TYPES = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 8 } as const;
export type EncodedType = keyof typeof ENCODED_TYPES;

/** Encodes numbers as a tensor's bytes, the way llama.cpp's reference quantisers do. */
export function encodeTensor(type: EncodedType, values: Float32Array): Uint8Array<ArrayBuffer> {
  if (type === 'F32') return new Uint8Array(Float32Array.from(values).buffer);
  if (type === 'F16') return new Uint8Array(Uint16Array.from(values, encodeHalf).buffer);
  if (values.length % BLOCK_SIZE !== 0) {
    throw new RangeError(`${type} needs a multiple of ${BLOCK_SIZE} values, not ${values.length}`);
  }
  const blockBytes = type === 'Q8_0' ? 34 : 18;
  const out = new Uint8Array((values.length / BLOCK_SIZE) * blockBytes);
  for (let block = 0; block * BLOCK_SIZE < values.length; block += 1) {
    const input = values.subarray(block * BLOCK_SIZE, (block + 1) * BLOCK_SIZE);
    const output = out.subarray(block * blockBytes, (block + 1) * blockBytes);
    if (type === 'Q8_0') encodeQ80(input, output);
    else encodeQ40(input, output);
  }
  return out;
}

const BLOCK_SIZE = 32;

/** f16 scale, then 32 signed bytes. */
function encodeQ80(input: Float32Array, output: Uint8Array): void {
  const scale = input.reduce((max, value) => Math.max(max, Math.abs(value)), 0) / 127;
  writeHalf(output, scale);
  input.forEach((value, i) => {
    output[2 + i] = scale === 0 ? 0 : Math.round(value / scale);
  });
}

/** f16 scale, then 16 bytes: element i in the low nibble of byte i, i + 16 in its high nibble. */
function encodeQ40(input: Float32Array, output: Uint8Array): void {
  const extreme = input.reduce((a, value) => (Math.abs(value) > Math.abs(a) ? value : a), 0);
  const scale = extreme / -8;
  writeHalf(output, scale);
  const level = (value: number) =>
    scale === 0 ? 8 : Math.min(15, Math.floor(value / scale + 8.5));
  for (let i = 0; i < 16; i += 1) {
    output[2 + i] = level(input[i] ?? 0) | (level(input[i + 16] ?? 0) << 4);
  }
}

function writeHalf(output: Uint8Array, value: number): void {
  const half = encodeHalf(value);
  output[0] = half & 0xff;
  output[1] = half >> 8;
}

/** IEEE 754 binary16 by arithmetic: slow and plain, apart from the product's bit tricks. */
export function encodeHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | roundHalfEven(size * 2 ** 24);
  let exponent = Math.floor(Math.log2(size));
  // log2 may round up to the next power of two.
  if (2 ** exponent > size) exponent -= 1;
  const mantissa = roundHalfEven((size / 2 ** exponent - 1) * 1024);
  return sign | (((exponent + 15) << 10) + mantissa);
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
