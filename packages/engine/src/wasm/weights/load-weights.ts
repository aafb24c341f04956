import { type DeviceType, deviceType } from '@manyhands/model/quant/device-type';
import type { TensorInfo } from '@manyhands/model/tensor';
import { EngineError } from '../../error.ts';
import { elementCount, readRows, readValues } from '../../read-rows.ts';
import type { ReadTensor } from '../../stage.ts';
import type { Kernels } from '../kernels.ts';
import type { WasmMemory } from '../memory.ts';
import { HELD_TYPES, ROWS_PER_STRIP, stripBytes, stripCount } from './held-type.ts';

/** A matrix in strips. */
export interface Matrix {
  readonly type: DeviceType;
  readonly address: number;
  readonly columnCount: number;
  readonly rowCount: number;
  readonly stripBytes: number;
  readonly stripCount: number;
}

/** Weights by the names of their tensors. */
export interface Weights {
  matrix(name: string): Matrix;
  /** The address of a vector's f32 numbers. */
  vector(name: string): number;
  values(name: string): Float32Array<ArrayBuffer>;
}

/** Allocates everything, so that what does not fit is not fetched, then repacks tensors as they arrive. */
export async function loadWeights(
  kernels: Kernels,
  memory: WasmMemory,
  tensors: readonly TensorInfo[],
  readTensor: ReadTensor,
  signal?: AbortSignal,
): Promise<Weights> {
  const matrices = new Map<string, Matrix>();
  const vectors = new Map<string, { readonly address: number; readonly length: number }>();
  for (const tensor of tensors) {
    if (tensor.dims.length > 1) matrices.set(tensor.name, allocateMatrix(memory, tensor));
    else {
      const length = elementCount(tensor);
      const address = memory.allocate('weights', tensor.name, length * 4);
      vectors.set(tensor.name, { address, length });
    }
  }
  const loadMatrix = createMatrixLoader(kernels, memory, [...matrices.values()]);
  for (const tensor of tensors) {
    const chunks = readTensor(tensor, signal);
    const matrix = matrices.get(tensor.name);
    if (matrix !== undefined) await loadMatrix.load(tensor, matrix, chunks);
    else {
      const { address, length } = find(vectors, tensor.name);
      memory.f32(address, length).set(await readValues(tensor, chunks));
    }
  }
  loadMatrix.dispose();
  return {
    matrix: (name) => find(matrices, name),
    vector: (name) => find(vectors, name).address,
    values(name) {
      const { address, length } = find(vectors, name);
      return memory.f32(address, length).slice();
    },
  };
}

function allocateMatrix(memory: WasmMemory, tensor: TensorInfo): Matrix {
  const [columnCount = 0, rowCount = 1] = tensor.dims;
  const type = deviceType(tensor.type);
  const strip = stripBytes(type, columnCount);
  const count = stripCount(rowCount);
  const address = memory.allocate('weights', tensor.name, strip * count);
  return { type, address, columnCount, rowCount, stripBytes: strip, stripCount: count };
}

function createMatrixLoader(kernels: Kernels, memory: WasmMemory, matrices: readonly Matrix[]) {
  // No type's rows are longer in the file than as f32.
  const rowBytesMax = Math.max(0, ...matrices.map(({ columnCount }) => columnCount * 4));
  const rows = memory.allocate('scratch', 'rows to repack', rowBytesMax * ROWS_PER_STRIP);
  return {
    async load(
      tensor: TensorInfo,
      matrix: Matrix,
      chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
    ): Promise<void> {
      const repack = kernels[HELD_TYPES[matrix.type].repack];
      let out = matrix.address;
      for await (const { bytes, rowCount, columnCount } of readRows(
        tensor,
        chunks,
        ROWS_PER_STRIP,
      )) {
        memory.u8(rows, bytes.length).set(bytes);
        const allFinite = repack(rows, rowCount, columnCount, out);
        if (allFinite === 0) throw nonFinite(tensor);
        out += matrix.stripBytes;
      }
    },
    dispose: () => memory.free(rows),
  };
}

function find<T>(byName: ReadonlyMap<string, T>, name: string): T {
  const found = byName.get(name);
  if (found !== undefined) return found;
  throw new EngineError(
    'unsupported-model',
    `the stage needs ${name} but was not given it; load the manifest again`,
  );
}

function nonFinite(tensor: TensorInfo): EngineError {
  return new EngineError(
    'non-finite',
    `${tensor.name} contains NaN, infinity or scales of 64 and more; fetch the model again or ` +
      'choose another',
  );
}
