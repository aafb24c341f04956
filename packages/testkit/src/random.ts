/** Seeded randomness: the same seed gives the same numbers on every machine. */
export interface Random {
  /** A whole number in [0, 2^32). */
  uint32(): number;
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in [0, limit). */
  below(limit: number): number;
  /** Normally distributed, mean 0 and standard deviation 1. */
  normal(): number;
  bytes(length: number): Uint8Array<ArrayBuffer>;
  /** Normally distributed numbers with the given standard deviation. */
  floats(length: number, deviation?: number): Float32Array<ArrayBuffer>;
}

export function createRandom(seed: number): Random {
  const uint32 = createXoshiro128(seed);
  const next = () => uint32() / 2 ** 32;
  // Box-Muller; 1 - next() keeps the logarithm finite.
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    uint32,
    next,
    below: (limit) => Math.floor(next() * limit),
    normal,
    bytes: (length) => Uint8Array.from({ length }, () => uint32() >>> 24),
    floats: (length, deviation = 1) => Float32Array.from({ length }, () => normal() * deviation),
  };
}

/** xoshiro128** (https://prng.di.unimi.it), its state filled by splitmix32. */
function createXoshiro128(seed: number): () => number {
  let mix = seed >>> 0;
  const splitmix = () => {
    mix = (mix + 0x9e3779b9) >>> 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let [a, b, c, d] = [splitmix(), splitmix(), splitmix(), splitmix()];
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
