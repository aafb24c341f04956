import { tensorByteLength } from '@manyhands/model/quant/block-layout';
import { createConverter } from '@manyhands/model/quant/device-type';
import type { TensorInfo } from '@manyhands/model/tensor';
import { EngineError } from '../../error.ts';
import { encodeGroup, ROWS_PER_GROUP } from './row-layout.ts';

/** The words of each group of 32 rows of a matrix, in order, as its bytes arrive. */
export async function* readGroups(
  tensor: TensorInfo,
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint32Array<ArrayBuffer>> {
  const [columnCount = 0, rowCount = 1] = tensor.dims;
  const converter = createConverter(tensor.type);
  const type = converter.deviceType;
  const rowBytes = tensorByteLength(type, [columnCount]);
  const group = new Uint8Array(rowBytes * ROWS_PER_GROUP);
  let filled = 0;
  let rowsLeft = rowCount;
  for await (const chunk of chunks) {
    let rest = converter.push(chunk);
    while (rest.length > 0) {
      const wanted = Math.min(ROWS_PER_GROUP, rowsLeft) * rowBytes - filled;
      if (wanted === 0) throw wrongLength(tensor, 'more');
      const taken = rest.subarray(0, wanted);
      group.set(taken, filled);
      filled += taken.length;
      rest = rest.subarray(taken.length);
      if (taken.length < wanted) break;
      const count = filled / rowBytes;
      yield encodeGroup(type, columnCount, group.subarray(0, filled), count);
      rowsLeft -= count;
      filled = 0;
    }
  }
  converter.finish();
  if (rowsLeft > 0) throw wrongLength(tensor, 'fewer');
}

function wrongLength(tensor: TensorInfo, comparison: string): EngineError {
  return new EngineError(
    'unsupported-model',
    `${tensor.name} has ${comparison} bytes than its dimensions say; fetch the model again`,
  );
}
