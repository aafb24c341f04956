// Vectors that never change, as variables. V8 makes a constant anew, in three instructions, wherever a loop
// uses it, which was a fifth of the products' time with one row; a variable it loads once, or keeps. They are
// exported, so that no compiler finds out that nobody writes them.

export let lowNibbles: v128 = i8x16.splat(15);
/** Of 16 bits, where products leave nibbles in place. */
export let nibbles0: v128 = i16x8.splat(0x000f);
export let nibbles4: v128 = i16x8.splat(0x00f0);
export let nibbles8: v128 = i16x8.splat(0x0f00);
export let lowBytes: v128 = i16x8.splat(0x00ff);
export let signBits: v128 = i8x16.splat(-128);

/** Sign, exponent and fraction of an f16 where binary32 has them: see simd.as. */
export let halfBits: v128 = i32x4.splat(0x8fffffff);
export let halfFactor: v128 = f32x4.splat(reinterpret<f32>(0x77800000));
export let scaleFactor: v128 = f32x4.splat(reinterpret<f32>(0x72800000));
/** A sixteenth of the latter. */
export let highScaleFactor: v128 = f32x4.splat(reinterpret<f32>(0x70800000));

/** Of `exponential` in simd.as. */
export let expLeast: v128 = f32x4.splat(-87);
export let expMost: v128 = f32x4.splat(88);
export let expLog2e: v128 = f32x4.splat(1.44269504088896341);
export let expLn2High: v128 = f32x4.splat(0.693359375);
export let expLn2Low: v128 = f32x4.splat(-2.12194440e-4);
export let exp0: v128 = f32x4.splat(1.9875691500e-4);
export let exp1: v128 = f32x4.splat(1.3981999507e-3);
export let exp2: v128 = f32x4.splat(8.3334519073e-3);
export let exp3: v128 = f32x4.splat(4.1665795894e-2);
export let exp4: v128 = f32x4.splat(1.6666665459e-1);
export let exp5: v128 = f32x4.splat(5.0000001201e-1);
export let one: v128 = f32x4.splat(1);
export let exponentBias: v128 = i32x4.splat(127);
export let minusInfinity: v128 = f32x4.splat(-Infinity);
