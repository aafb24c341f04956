import { ModelError } from '../error.ts';
import { GGUF_DIM_COUNT_MAX, GGUF_TENSOR_NAME_BYTES_MAX } from '../limits.ts';
import { tensorByteLength } from '../quant/block-layout.ts';
import { TENSOR_TYPES, type TensorInfo, type TensorType } from '../tensor.ts';
import type { Cursor } from './cursor.ts';

export interface TensorIndexOptions {
  readonly tensorCount: number;
  readonly alignment: number;
  readonly fileBytes: number | undefined;
}

export interface TensorIndex {
  readonly tensors: readonly TensorInfo[];
  readonly headerBytes: number;
}

/** Reads the tensor index and proves that each tensor has bytes of its own within the file. */
export function parseTensorIndex(cursor: Cursor, options: TensorIndexOptions): TensorIndex {
  const { tensorCount, alignment, fileBytes } = options;
  const tensors: TensorInfo[] = [];
  const names = new Set<string>();
  for (let i = 0; i < tensorCount; i += 1) {
    const tensor = parseTensor(cursor, alignment);
    if (names.has(tensor.name)) {
      throw new ModelError('malformed', `the tensor ${tensor.name} appears twice`);
    }
    names.add(tensor.name);
    tensors.push(tensor);
  }
  // Offsets count from the aligned end of the index, which is known only now.
  const headerBytes = Math.ceil(cursor.position / alignment) * alignment;
  const placed = tensors.map((tensor) => ({ ...tensor, offset: headerBytes + tensor.offset }));
  checkPlaces(placed, fileBytes);
  return { tensors: placed, headerBytes };
}

function parseTensor(cursor: Cursor, alignment: number): TensorInfo {
  const name = cursor.text(GGUF_TENSOR_NAME_BYTES_MAX, 'a tensor name', true);
  const dimCount = cursor.uint32();
  if (dimCount < 1 || dimCount > GGUF_DIM_COUNT_MAX) {
    throw new ModelError('malformed', `the tensor ${name} has ${dimCount} dimensions`);
  }
  const dims: number[] = [];
  for (let i = 0; i < dimCount; i += 1) {
    const dim = cursor.count(Number.MAX_SAFE_INTEGER, `a dimension of ${name}`);
    if (dim === 0) throw new ModelError('malformed', `the tensor ${name} has a dimension of zero`);
    dims.push(dim);
  }
  const type = tensorType(cursor.uint32(), name);
  const offset = cursor.count(Number.MAX_SAFE_INTEGER, `the offset of ${name}`);
  if (offset % alignment !== 0) {
    throw new ModelError('malformed', `the tensor ${name} starts off the alignment ${alignment}`);
  }
  return { name, type, dims, offset, byteLength: byteLengthOf(name, type, dims) };
}

function byteLengthOf(name: string, type: TensorType, dims: readonly number[]): number {
  try {
    return tensorByteLength(type, dims);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new ModelError(error.code, `${name}: ${error.message}`, { cause: error });
  }
}

function checkPlaces(tensors: readonly TensorInfo[], fileBytes: number | undefined): void {
  let previous: TensorInfo | undefined;
  for (const tensor of tensors.toSorted((a, b) => a.offset - b.offset)) {
    const end = tensor.offset + tensor.byteLength;
    if (!Number.isSafeInteger(end)) {
      throw new ModelError('malformed', `the tensor ${tensor.name} ends beyond any file`);
    }
    if (previous !== undefined && tensor.offset < previous.offset + previous.byteLength) {
      throw new ModelError('malformed', `${previous.name} and ${tensor.name} overlap`);
    }
    if (fileBytes !== undefined && end > fileBytes) {
      throw new ModelError(
        'truncated',
        `the file ends at byte ${fileBytes}, before ${tensor.name} does at ${end}; fetch it again`,
      );
    }
    previous = tensor;
  }
}

function tensorType(code: number, name: string): TensorType {
  const type = TYPES_BY_CODE.get(code);
  if (type !== undefined) return type;
  const label = OTHER_TYPES[code] ?? `number ${code}`;
  throw new ModelError(
    'unsupported-tensor-type',
    `the tensor ${name} has the type ${label}, which has no loader; use one of ` +
      `${Object.keys(TENSOR_TYPES).join(', ')}`,
  );
}

const TYPES_BY_CODE: ReadonlyMap<number, TensorType> = new Map(
  Object.entries(TENSOR_TYPES).map(([type, code]) => [code, type as TensorType]),
);

/** Names of ggml types that do not load, for the message only. */
const OTHER_TYPES: Readonly<Record<number, string>> = {
  9: 'Q8_1',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  20: 'IQ4_NL',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  24: 'I8',
  25: 'I16',
  26: 'I32',
  27: 'I64',
  28: 'F64',
  29: 'IQ1_M',
  34: 'TQ1_0',
  35: 'TQ2_0',
  39: 'MXFP4',
};
