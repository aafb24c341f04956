import type { DeviceType } from '@manyhands/model/quant/device-type';
import f16 from './f16.wgsl?raw';
import f32 from './f32.wgsl?raw';
import q40 from './q4-0.wgsl?raw';
import q4K from './q4-k.wgsl?raw';
import q6K from './q6-k.wgsl?raw';
import q80 from './q8-0.wgsl?raw';

/**
 * WGSL that reads a weight row of each type, prepended to every kernel that multiplies. `base` is the
 * index of the row's word 0, word w lies `LANES * w` further:
 *
 * - `words_per_row()`
 * - `chunk_scales(base, chunk)`: for 32 columns, the scale of the first and of the last 16 and, where
 *   `HAS_MINIMUM`, what is subtracted from each scaled weight
 * - `chunk_pair(base, chunk, i)` for i in 0 to 3: unscaled weights of columns 4i and on (`low`) and
 *   16 + 4i and on (`high`)
 *
 * Pairs keep loops short: unrolled chunks took a software adapter a second to compile.
 */
export const READ_WEIGHTS: Readonly<Record<DeviceType, string>> = {
  F32: f32,
  F16: f16,
  Q8_0: q80,
  Q4_0: q40,
  Q4_K: q4K,
  Q6_K: q6K,
};
