/** Tensor types that load. Numbers are GGUF's `ggml_type`. */
export const TENSOR_TYPES = {
  F32: 0,
  F16: 1,
  Q4_0: 2,
  Q4_1: 3,
  Q5_0: 6,
  Q5_1: 7,
  Q8_0: 8,
  Q2_K: 10,
  Q3_K: 11,
  Q4_K: 12,
  Q5_K: 13,
  Q6_K: 14,
  BF16: 30,
} as const;
export type TensorType = keyof typeof TENSOR_TYPES;

/** One entry of the tensor index. */
export interface TensorInfo {
  readonly name: string;
  readonly type: TensorType;
  /** GGUF order: `dims[0]` is the length of a row (the input size of a matrix), `dims[1]` the rows. */
  readonly dims: readonly number[];
  /** Absolute position of the first byte in the file. */
  readonly offset: number;
  readonly byteLength: number;
}
