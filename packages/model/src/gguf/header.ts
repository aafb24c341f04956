import type { TensorInfo } from '../tensor.ts';

/** Everything before the tensor data of a GGUF file. */
export interface GgufHeader {
  readonly version: 2 | 3;
  readonly metadata: GgufMetadata;
  /** In the order of the file's tensor index. */
  readonly tensors: readonly TensorInfo[];
  /** Where tensor data starts: the end of the index, aligned. */
  readonly headerBytes: number;
  readonly alignment: number;
  /** Size of the whole file, where its source knows it. */
  readonly fileBytes?: number;
}

export type GgufMetadata = ReadonlyMap<string, GgufValue>;

/** 64-bit integers are numbers while they are safe. */
export type GgufValue = string | number | bigint | boolean | GgufArray;

/** Numeric arrays are typed arrays; 64-bit ones are Float64Array while every item is safe. */
export type GgufArray = readonly string[] | readonly boolean[] | readonly GgufArray[] | GgufNumbers;

export type GgufNumbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array;
