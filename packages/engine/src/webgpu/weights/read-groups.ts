import type { TensorInfo } from '@manyhands/model/tensor';
import { readRows } from '../../read-rows.ts';
import { encodeGroup, ROWS_PER_GROUP } from './row-layout.ts';

/** The words of each group of 32 rows of a matrix, in order, as its bytes arrive. */
export async function* readGroups(
  tensor: TensorInfo,
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint32Array<ArrayBuffer>> {
  for await (const group of readRows(tensor, chunks, ROWS_PER_GROUP)) {
    yield encodeGroup(group.type, group.columnCount, group.bytes, group.rowCount);
  }
}
