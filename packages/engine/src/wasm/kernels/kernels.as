// What a module exports. Everything is called from ../kernels.ts, which says what the numbers are.

export { attention } from './attention';
export { candidates } from './candidates';
export { productBytes } from './product-bytes';
export { productF32 } from './product-f32';
export { productNibbles } from './product-nibbles';
export { quantizeI16, quantizeI8 } from './quantize';
export { repackF16, repackF32, repackQ40, repackQ4K, repackQ6K, repackQ80 } from './repack';
export { placeHeads, rmsNorm, swiGlu } from './rows';
export { unpackRow } from './unpack';
