// What a module exports. Everything is called from ../kernels.ts, which says what the numbers are.

export { attendParts, attention, joinParts } from './attention';
export { candidates } from './candidates';
export * from './constants';
export { productF32 } from './product-f32';
export { q40I16, q4KI16, q6KI16, q80I16 } from './product-i16';
export {
  dotKind, q40I8, q40I8InPairs, q40I8Signed, q4KI8, q4KI8InPairs, q4KI8Signed, q6KI8, q80I8, q80I8Signed,
} from './product-i8';
export { quantizeI16, quantizeI8, quantizeI8Wide } from './quantize';
export { repackF16, repackF32, repackQ40, repackQ4K, repackQ6K, repackQ80 } from './repack';
export { placeHeads, rmsNorm, swiGlu } from './rows';
export { reads } from './simd';
export { unpackRow } from './unpack';
