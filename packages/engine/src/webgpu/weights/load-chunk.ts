import type { DeviceType } from '@manyhands/model/quant/device-type';
import f16 from './f16.wgsl?raw';
import f32 from './f32.wgsl?raw';
import q40 from './q4-0.wgsl?raw';
import q4K from './q4-k.wgsl?raw';
import q6K from './q6-k.wgsl?raw';
import q80 from './q8-0.wgsl?raw';

/** WGSL of `load_chunk` and `words_per_row` for each weight type: prepended to what multiplies. */
export const LOAD_CHUNK: Readonly<Record<DeviceType, string>> = {
  F32: f32,
  F16: f16,
  Q8_0: q80,
  Q4_0: q40,
  Q4_K: q4K,
  Q6_K: q6K,
};
