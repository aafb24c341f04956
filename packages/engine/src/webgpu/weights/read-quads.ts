import type { DeviceType } from '@manyhands/model/quant/device-type';
import f16 from './quads/f16.wgsl?raw';
import f32 from './quads/f32.wgsl?raw';
import q40 from './quads/q4-0.wgsl?raw';
import q4K from './quads/q4-k.wgsl?raw';
import q6K from './quads/q6-k.wgsl?raw';
import q80 from './quads/q8-0.wgsl?raw';

/**
 * WGSL that multiplies four neighbouring weight rows of each type, appended to kernels/quad-rows.wgsl.
 * `rows` is where word 0 of the four rows lies; `spot_of(word)` is how far from it another word does. Both
 * are shares of the texture's size.
 *
 * - `words_per_row()`
 * - `Places` and `places_of(chunk)`: where what a chunk of 32 columns is read from lies
 * - `Lane` and `lane_of(column)`: masks and factors of four columns, that one first
 * - `scaled_low(x, own)`, `scaled_high(x, own)`: what an invocation has of the four columns of step i, and of
 *   those 16 further, as their fields are multiplied where they lie in their words
 * - `add_offsets(shares, low, high, own)`: the same columns, added up where their fields are biased
 * - `Sum` and `no_sum()`: what is added up within a chunk
 * - `add_step(sum, rows, places, i, x, own)`: the columns of step i (`Columns`), without scales
 * - `add_chunk(total, sum, rows, places, chunk, offsets)`: scales and minima; `offsets` are the shares of a
 *   quad together
 */
export const READ_QUADS: Readonly<Record<DeviceType, string>> = {
  F32: f32,
  F16: f16,
  Q8_0: q80,
  Q4_0: q40,
  Q4_K: q4K,
  Q6_K: q6K,
};
