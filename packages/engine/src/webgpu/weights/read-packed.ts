import type { DeviceType } from '@manyhands/model/quant/device-type';
import q40 from './packed/q4-0.wgsl?raw';
import q4K from './packed/q4-k.wgsl?raw';
import q6K from './packed/q6-k.wgsl?raw';
import q80 from './packed/q8-0.wgsl?raw';

/**
 * WGSL that reads quants as packed bytes, appended to a type's reader; absent where a type has none:
 *
 * - `QUANT_OFFSET`: by how much the bytes are larger than the quants
 * - `chunk_quants(base, chunk, i)`: columns 4i and on of a chunk of 32, and 16 + 4i and on
 */
export const READ_PACKED: Readonly<Partial<Record<DeviceType, string>>> = {
  Q8_0: q80,
  Q4_0: q40,
  Q4_K: q4K,
  Q6_K: q6K,
};
