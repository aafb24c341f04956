import type { ModelConfig } from '@manyhands/model/config';
import { blockBytes, blockSize } from '@manyhands/model/quant/block-layout';
import { decodeFloat16s, encodeFloat16s } from '@manyhands/model/quant/float16';
import type { TensorInfo } from '@manyhands/model/tensor';
import type { OnnxNode, OnnxTensor } from './onnx-model.ts';
import { BLOCK_SIZE, halves, packWeights } from './pack-weights.ts';

/** Precision of activations: halves where the adapter computes with them. */
export type FloatType = 'f32' | 'f16';

/** The bytes of a whole tensor. */
export type ReadWhole = (name: string) => Promise<{ info: TensorInfo; bytes: Uint8Array }>;

export interface ProductOptions {
  readonly floats: FloatType;
  /** 4 lets the operator quantise activations to 8 bits, 0 leaves the choice to it. */
  readonly accuracyLevel: number;
}

/** A product with a matrix: the node that computes it and the weights it needs. */
export interface Product {
  readonly node: OnnxNode;
  readonly weights: readonly OnnxTensor[];
}

/** `output = input x rows^T`, with rows of several tensors below each other. */
export async function product(
  read: ReadWhole,
  names: readonly string[],
  input: string,
  output: string,
  options: ProductOptions & { readonly reorder?: (name: string) => RowOrder | undefined },
): Promise<Product> {
  const parts = await Promise.all(
    names.map(async (name) => {
      const { info, bytes } = await read(name);
      return { info, bytes: reorderRows(info, bytes, options.reorder?.(name)) };
    }),
  );
  const [first] = parts;
  if (first === undefined || parts.some(({ info }) => info.type !== first.info.type)) {
    throw new RangeError(`${names.join(', ')} must have one type`);
  }
  const bytes = parts.length === 1 ? first.bytes : joinBytes(parts.map((part) => part.bytes));
  const rowLength = first.info.dims[0] ?? 0;
  const rowCount = parts.reduce((sum, { info }) => sum + (info.dims[1] ?? 0), 0);
  const matrix = { name: names[0] ?? '', type: first.info.type, bytes, rowLength, rowCount };
  return (
    quantisedProduct(matrix, input, output, options) ?? plainProduct(matrix, input, output, options)
  );
}

interface Matrix {
  readonly name: string;
  readonly type: TensorInfo['type'];
  readonly bytes: Uint8Array;
  readonly rowLength: number;
  readonly rowCount: number;
}

function quantisedProduct(
  { name, type, bytes, rowLength, rowCount }: Matrix,
  input: string,
  output: string,
  { floats, accuracyLevel }: ProductOptions,
): Product | undefined {
  const packed = packWeights(type, bytes);
  if (packed === undefined) return undefined;
  const { bits, quants, scales } = packed;
  const blocks = rowLength / BLOCK_SIZE;
  const data = floats === 'f16' ? halves(scales) : new Uint8Array(scales.buffer);
  return {
    node: {
      op: 'MatMulNBits',
      domain: 'com.microsoft',
      inputs: [input, `${name}.quants`, `${name}.scales`],
      outputs: [output],
      integers: {
        K: rowLength,
        N: rowCount,
        bits,
        block_size: BLOCK_SIZE,
        accuracy_level: accuracyLevel,
      },
    },
    weights: [
      { name: `${name}.quants`, type: 'u8', dims: [rowCount, blocks, 4 * bits], data: quants },
      { name: `${name}.scales`, type: floats, dims: [rowCount * blocks], data },
    ],
  };
}

/** MatMul multiplies with columns: the matrix is transposed. */
function plainProduct(
  { name, type, bytes, rowLength, rowCount }: Matrix,
  input: string,
  output: string,
  { floats }: ProductOptions,
): Product {
  if (type !== 'F16' && type !== 'F32')
    throw new RangeError(`${name} is ${type}, which has no operator`);
  const values = type === 'F16' ? halvesOf(bytes) : floatsOf(bytes);
  const rows = floats === 'f16' ? toHalves(values) : toFloats(values);
  const columns = transpose(rows, rowLength, rowCount);
  const data = new Uint8Array(columns.buffer);
  return {
    node: { op: 'MatMul', inputs: [input, `${name}.columns`], outputs: [output] },
    weights: [{ name: `${name}.columns`, type: floats, dims: [rowLength, rowCount], data }],
  };
}

type Values = Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

function halvesOf(bytes: Uint8Array): Uint16Array<ArrayBuffer> {
  return new Uint16Array(bytes.slice().buffer);
}

function floatsOf(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  return new Float32Array(bytes.slice().buffer);
}

function toHalves(values: Values): Uint16Array<ArrayBuffer> {
  return values instanceof Uint16Array ? values : encodeFloat16s(values);
}

function toFloats(values: Values): Float32Array<ArrayBuffer> {
  return values instanceof Uint16Array ? decodeFloat16s(values) : values;
}

/** In tiles, which stay in the processor's cache. */
function transpose(rows: Values, rowLength: number, rowCount: number): Values {
  const out =
    rows instanceof Uint16Array ? new Uint16Array(rows.length) : new Float32Array(rows.length);
  const tile = 64;
  for (let row = 0; row < rowCount; row += tile) {
    const rowEnd = Math.min(row + tile, rowCount);
    for (let column = 0; column < rowLength; column += 1) {
      for (let r = row; r < rowEnd; r += 1) {
        out[column * rowCount + r] = rows[r * rowLength + column] as number;
      }
    }
  }
  return out;
}

/** By row of the result: the row of the file it is. */
export type RowOrder = (row: number) => number;

/**
 * GGUF stores llama's query and key rows so that rotated pairs are neighbours; onnxruntime's usual
 * models rotate halves. Both rotate the same pairs.
 */
export function halfRotationOrder({
  headDim,
  ropeDim,
  ropeStyle,
}: ModelConfig): RowOrder | undefined {
  if (ropeStyle === 'half') return undefined;
  return (row) => {
    const inHead = row % headDim;
    if (inHead >= ropeDim) return row;
    const half = ropeDim / 2;
    return row - inHead + 2 * (inHead % half) + Math.floor(inHead / half);
  };
}

function reorderRows(info: TensorInfo, bytes: Uint8Array, order: RowOrder | undefined): Uint8Array {
  if (order === undefined) return bytes;
  const rowBytes = ((info.dims[0] ?? 0) / blockSize(info.type)) * blockBytes(info.type);
  const out = new Uint8Array(bytes.length);
  for (let row = 0; row * rowBytes < bytes.length; row += 1) {
    const from = order(row) * rowBytes;
    out.set(bytes.subarray(from, from + rowBytes), row * rowBytes);
  }
  return out;
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
