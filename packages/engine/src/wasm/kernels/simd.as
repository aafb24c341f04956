// What the kernels share: fused multiply-add where the engine has it, f16, the exponential.

/** a * b + c; fused or not is the engine's choice with relaxed SIMD. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/**
 * Four f16, given as sign-extended 32-bit lanes, as f32. The bits move to binary32's places, and the
 * product with 2^112 corrects the exponent's bias, of subnormals too. Infinities and NaN do not occur:
 * repacking refuses them.
 */
// @ts-ignore: decorator
@inline
export function halves(bits: v128): v128 {
  const placed = v128.and(i32x4.shl(bits, 13), i32x4.splat(0x8fffffff));
  return f32x4.mul(placed, f32x4.splat(reinterpret<f32>(0x77800000)));
}

/** The same of f16 that repacking multiplied with 2^10, of which none is subnormal. */
// @ts-ignore: decorator
@inline
export function scales(bits: v128): v128 {
  const placed = v128.and(i32x4.shl(bits, 13), i32x4.splat(0x8fffffff));
  return f32x4.mul(placed, f32x4.splat(reinterpret<f32>(0x72800000)));
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
  const clamped = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87)), f32x4.splat(88));
  const n = f32x4.nearest(f32x4.mul(clamped, f32x4.splat(1.44269504088896341)));
  // ln 2 in two parts, the first exact in few bits, so that the remainder keeps its digits.
  let r = f32x4.sub(clamped, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = madd(p, r, f32x4.splat(1.3981999507e-3));
  p = madd(p, r, f32x4.splat(8.3334519073e-3));
  p = madd(p, r, f32x4.splat(4.1665795894e-2));
  p = madd(p, r, f32x4.splat(1.6666665459e-1));
  p = madd(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

/** Stores or adds the sums of four rows. */
// @ts-ignore: decorator
@inline
export function put(out: usize, sums: v128, accumulates: bool): void {
  v128.store(out, accumulates ? f32x4.add(v128.load(out), sums) : sums);
}
