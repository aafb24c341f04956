import type { DeviceType } from '@manyhands/model/quant/device-type';
import { createKernels, type Kernels, type KernelVariant } from './kernels.ts';
import { createWasmMemory, type WasmMemory } from './memory.ts';
import type { Rows } from './scratch.ts';
import { HELD_TYPES, rowStride, stripBytes, stripCount } from './weights/held-type.ts';
import type { Matrix } from './weights/load-weights.ts';

/** Kernels of one module and a memory to put numbers in: for tests. */
export interface KernelTester {
  readonly kernels: Kernels;
  readonly memory: WasmMemory;
  bytes(byteLength: number): number;
  floats(values: ArrayLike<number>): number;
  /** Rows at the stride that products write. */
  rows(values: Float32Array, columnCount: number): Rows;
  read(rows: Rows, rowCount: number, columnCount: number): Float32Array<ArrayBuffer>;
  matrix(
    type: DeviceType,
    rows: Uint8Array<ArrayBuffer>,
    columnCount: number,
    rowCount: number,
  ): Matrix;
}

export async function createKernelTester(variant: KernelVariant): Promise<KernelTester> {
  const memory = createWasmMemory(2 ** 28);
  const kernels = await createKernels(variant, memory.memory);
  const bytes = (byteLength: number) => memory.allocate('scratch', 'a test', byteLength);
  const floats = (values: ArrayLike<number>): number => {
    const address = bytes(values.length * 4);
    memory.f32(address, values.length).set(values);
    return address;
  };
  return {
    kernels,
    memory,
    bytes,
    floats,
    rows(values, columnCount) {
      const stride = rowStride(columnCount);
      const rowCount = values.length / columnCount;
      // Products of several rows write multiples of four.
      const address = bytes(stride * Math.ceil(rowCount / 4) * 4);
      for (let row = 0; row < rowCount; row += 1) {
        const from = values.subarray(row * columnCount, (row + 1) * columnCount);
        memory.f32(address + row * stride, columnCount).set(from);
      }
      return { address, stride };
    },
    read({ address, stride }, rowCount, columnCount) {
      const out = new Float32Array(rowCount * columnCount);
      for (let row = 0; row < rowCount; row += 1) {
        out.set(memory.f32(address + row * stride, columnCount), row * columnCount);
      }
      return out;
    },
    matrix(type, rows, columnCount, rowCount) {
      const strip = stripBytes(type, columnCount);
      const count = stripCount(rowCount);
      const address = bytes(strip * count);
      const from = bytes(rows.length);
      memory.u8(from, rows.length).set(rows);
      const rowBytes = rows.length / rowCount;
      for (let first = 0; first < rowCount; first += 8) {
        const out = address + (first / 8) * strip;
        const held = Math.min(8, rowCount - first);
        const allFinite = kernels[HELD_TYPES[type].repack](
          from + first * rowBytes,
          held,
          columnCount,
          out,
        );
        if (!allFinite) throw new RangeError('the test has weights that are not finite');
      }
      return { type, address, columnCount, rowCount, stripBytes: strip, stripCount: count };
    },
  };
}
