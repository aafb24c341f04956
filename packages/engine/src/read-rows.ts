import { tensorByteLength } from '@manyhands/model/quant/block-layout';
import { dequantize } from '@manyhands/model/quant/dequantize';
import { createConverter, type DeviceType } from '@manyhands/model/quant/device-type';
import type { TensorInfo } from '@manyhands/model/tensor';
import { EngineError } from './error.ts';

/** Some rows of a matrix in the type that kernels multiply with. */
export interface RowGroup {
  readonly type: DeviceType;
  readonly columnCount: number;
  /** Fewer than asked for only at the matrix's end. */
  readonly rowCount: number;
  /** Overwritten by the next group. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A matrix's rows, `rowsPerGroup` at a time, as its bytes arrive. */
export async function* readRows(
  tensor: TensorInfo,
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  rowsPerGroup: number,
): AsyncGenerator<RowGroup> {
  const [columnCount = 0, rowCount = 1] = tensor.dims;
  const converter = createConverter(tensor.type);
  const type = converter.deviceType;
  const rowBytes = tensorByteLength(type, [columnCount]);
  const group = new Uint8Array(rowBytes * rowsPerGroup);
  let filled = 0;
  let rowsLeft = rowCount;
  for await (const chunk of chunks) {
    let rest = converter.push(chunk);
    while (rest.length > 0) {
      const wanted = Math.min(rowsPerGroup, rowsLeft) * rowBytes - filled;
      if (wanted === 0) throw wrongLength(tensor, 'more');
      const taken = rest.subarray(0, wanted);
      group.set(taken, filled);
      filled += taken.length;
      rest = rest.subarray(taken.length);
      if (taken.length < wanted) break;
      const count = filled / rowBytes;
      yield { type, columnCount, rowCount: count, bytes: group.subarray(0, filled) };
      rowsLeft -= count;
      filled = 0;
    }
  }
  converter.finish();
  if (rowsLeft > 0) throw wrongLength(tensor, 'fewer');
}

/** The numbers of a small tensor. */
export async function readValues(
  tensor: TensorInfo,
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
): Promise<Float32Array<ArrayBuffer>> {
  const bytes = new Uint8Array(tensor.byteLength);
  let at = 0;
  for await (const chunk of chunks) {
    if (at + chunk.length > bytes.length) throw wrongLength(tensor, 'more');
    bytes.set(chunk, at);
    at += chunk.length;
  }
  if (at < bytes.length) throw wrongLength(tensor, 'fewer');
  return dequantize(tensor.type, bytes, elementCount(tensor));
}

export function elementCount(tensor: TensorInfo): number {
  return tensor.dims.reduce((product, dim) => product * dim, 1);
}

function wrongLength(tensor: TensorInfo, comparison: string): EngineError {
  return new EngineError(
    'unsupported-model',
    `${tensor.name} has ${comparison} bytes than its dimensions say; fetch the model again`,
  );
}
