import type { DeviceType } from '@manyhands/model/quant/device-type';
import f16 from './quads/f16.wgsl?raw';
import f32 from './quads/f32.wgsl?raw';
import q40 from './quads/q4-0.wgsl?raw';
import q4K from './quads/q4-k.wgsl?raw';
import q6K from './quads/q6-k.wgsl?raw';
import q80 from './quads/q8-0.wgsl?raw';

/**
 * WGSL that multiplies four neighbouring weight rows of each type, appended to kernels/quad-rows.wgsl.
 * `rows` is the texel of word 0 of the four rows; `place_of(word)` is what lies between it and a word's.
 *
 * - `words_per_row()`
 * - `Places` and `places_of(chunk)`: where what a chunk of 32 columns is read from lies
 * - `Lane` and `lane_of(lane)`: masks and factors that differ between invocations of a quad
 * - `scaled_low(x, own)`, `scaled_high(x, own)`: this invocation's column of step i (4i + lane, and 16
 *   further), as its field is multiplied where it lies in its word
 * - `add_offsets(sums, low, high, own)`: the same two columns where their fields are biased
 * - `Sum` and `no_sum()`: what is added up within a chunk
 * - `add_step(sum, rows, places, i, x, own)`: the columns of step i (`Columns`), without scales
 * - `add_chunk(total, sum, rows, places, chunk, offsets)`: scales and minima
 */
export const READ_QUADS: Readonly<Record<DeviceType, string>> = {
  F32: f32,
  F16: f16,
  Q8_0: q80,
  Q4_0: q40,
  Q4_K: q4K,
  Q6_K: q6K,
};
