// What the kernels share: fused multiply-add where the engine has it, f16, the exponential.

import {
  exp0, exp1, exp2, exp3, exp4, exp5, expLeast, expLn2High, expLn2Low, expLog2e, expMost, exponentBias,
  halfBits, halfFactor, one, scaleFactor,
} from './constants';

/** a * b + c; fused or not is the engine's choice with relaxed SIMD. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** What was read only so that it is near when it is needed; exported, or nobody would read. */
export let reads: i64 = 0;

// @ts-ignore: decorator
@inline
export function keepReads(all: i64): void {
  reads = all;
}

/** A number of each cache line of some memory. */
// @ts-ignore: decorator
@inline
export function linesAt(from: usize, byteLength: usize): i64 {
  let all: i64 = 0;
  for (let at: usize = 0; at < byteLength; at += 64) all |= load<i64>(from + at);
  return all;
}

/**
 * Four f16, given as sign-extended 32-bit lanes, as f32. The bits move to binary32's places, and the
 * product with 2^112 corrects the exponent's bias, of subnormals too. Infinities and NaN do not occur:
 * repacking refuses them.
 */
// @ts-ignore: decorator
@inline
export function halves(bits: v128): v128 {
  return scalesTimes(bits, halfFactor);
}

/** The same of f16 that repacking multiplied with 2^10, of which none is subnormal. */
// @ts-ignore: decorator
@inline
export function scales(bits: v128): v128 {
  return scalesTimes(bits, scaleFactor);
}

// @ts-ignore: decorator
@inline
export function scalesTimes(bits: v128, factor: v128): v128 {
  return f32x4.mul(v128.and(i32x4.shl(bits, 13), halfBits), factor);
}

/** Adds the four lanes. */
// @ts-ignore: decorator
@inline
export function total(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) +
    f32x4.extract_lane(v, 1) +
    (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** The largest of the four lanes; NaN where one is. */
// @ts-ignore: decorator
@inline
export function largest(v: v128): f32 {
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

/**
 * e^x of four numbers within 2 ulp (Cephes' expf: 2^n times a polynomial on [-ln 2 / 2, ln 2 / 2]).
 * Below -87 it gives what is under 2e-38, above 88 what is over 1e38; NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function exponential(x: v128): v128 {
  // These two, unlike min and max, are one instruction; of NaN they take the first operand.
  const clamped = f32x4.pmin(f32x4.pmax(x, expLeast), expMost);
  const n = f32x4.nearest(f32x4.mul(clamped, expLog2e));
  // ln 2 in two parts, the first exact in few bits, so that the remainder keeps its digits.
  let r = f32x4.sub(clamped, f32x4.mul(n, expLn2High));
  r = f32x4.sub(r, f32x4.mul(n, expLn2Low));
  let p = madd(exp0, r, exp1);
  p = madd(p, r, exp2);
  p = madd(p, r, exp3);
  p = madd(p, r, exp4);
  p = madd(p, r, exp5);
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), one);
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), exponentBias), 23);
  return f32x4.mul(p, power);
}

/** Stores or adds the sums of four rows. */
// @ts-ignore: decorator
@inline
export function put(out: usize, sums: v128, accumulates: bool): void {
  v128.store(out, accumulates ? f32x4.add(v128.load(out), sums) : sums);
}
