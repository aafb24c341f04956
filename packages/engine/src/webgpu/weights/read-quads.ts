import type { DeviceType } from '@manyhands/model/quant/device-type';
import f16 from './quads/f16.wgsl?raw';
import f32 from './quads/f32.wgsl?raw';
import q40 from './quads/q4-0.wgsl?raw';
import q4K from './quads/q4-k.wgsl?raw';
import q6K from './quads/q6-k.wgsl?raw';
import q80 from './quads/q8-0.wgsl?raw';

/**
 * WGSL that multiplies four neighbouring weight rows of each type, appended to kernels/quad-rows.wgsl.
 * `at` is the vector that holds word 0 of the four rows, word w lies `VECTORS * w` further:
 *
 * - `words_per_row()`
 * - `Sum` and `no_sum()`: what is added up within a chunk of 32 columns
 * - `scaled_columns(x)`: x as fields are multiplied that are masked where they lie
 * - `add_offsets(sums, x)`: the columns whose fields are biased
 * - `add_step(sum, at, chunk, i, x)`: columns 4i and on and 16 + 4i and on, without scales
 * - `add_chunk(total, sum, at, chunk, offsets)`: scales and minima
 */
export const READ_QUADS: Readonly<Record<DeviceType, string>> = {
  F32: f32,
  F16: f16,
  Q8_0: q80,
  Q4_0: q40,
  Q4_K: q4K,
  Q6_K: q6K,
};
