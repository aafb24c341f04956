import {
  bytesField,
  floatField,
  integerField,
  type Message,
  message,
  messageField,
  textField,
} from './protobuf.ts';

/*
 * ONNX's messages, with the field numbers of onnx.proto (https://onnx.ai/onnx/intro/concepts.html).
 */

/** Numbers of `TensorProto.DataType`. */
export const ELEMENT_TYPES = { f32: 1, u8: 2, i32: 6, i64: 7, f16: 10 } as const;
export type ElementType = keyof typeof ELEMENT_TYPES;

export interface OnnxTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

/** An input or output; a dimension given by name is only known when it runs. */
export interface OnnxValue {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly (number | string)[];
}

export interface OnnxNode {
  readonly op: string;
  /** `com.microsoft` for onnxruntime's own operators. */
  readonly domain?: string;
  /** An empty name leaves an optional input or output out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly integers?: Readonly<Record<string, number>>;
  readonly floats?: Readonly<Record<string, number>>;
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly weights: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

const IR_VERSION = 8;
const OPSET = 17;
/** A message is addressed with 31 bits. */
const MODEL_BYTES_MAX = 2 ** 31 - 1;

/** The bytes of a model file, in chunks. */
export function writeOnnxModel(graph: OnnxGraph): Message {
  const model = message(
    integerField(1, IR_VERSION),
    textField(2, 'manyhands-bench'),
    messageField(7, graphMessage(graph)),
    messageField(8, message(textField(1, ''), integerField(2, OPSET))),
    messageField(8, message(textField(1, 'com.microsoft'), integerField(2, 1))),
  );
  if (model.byteLength <= MODEL_BYTES_MAX) return model;
  throw new RangeError(
    `the ONNX model takes ${model.byteLength} bytes and its format ends at ${MODEL_BYTES_MAX}; ` +
      'ask for fewer blocks',
  );
}

function graphMessage({ nodes, weights, inputs, outputs }: OnnxGraph): Message {
  return message(
    ...nodes.map((node, index) => messageField(1, nodeMessage(node, index))),
    textField(2, 'decoder'),
    ...weights.map((weight) => messageField(5, tensorMessage(weight))),
    ...inputs.map((value) => messageField(11, valueMessage(value))),
    ...outputs.map((value) => messageField(12, valueMessage(value))),
  );
}

function nodeMessage(node: OnnxNode, index: number): Message {
  const { op, domain = '', inputs, outputs, integers = {}, floats = {} } = node;
  return message(
    ...inputs.map((name) => textField(1, name)),
    ...outputs.map((name) => textField(2, name)),
    textField(3, `${op}_${index}`),
    textField(4, op),
    ...Object.entries(integers).map(([name, value]) =>
      messageField(5, message(textField(1, name), integerField(3, value), integerField(20, 2))),
    ),
    ...Object.entries(floats).map(([name, value]) =>
      messageField(5, message(textField(1, name), floatField(2, value), integerField(20, 1))),
    ),
    textField(7, domain),
  );
}

function tensorMessage({ name, type, dims, data }: OnnxTensor): Message {
  return message(
    ...dims.map((dim) => integerField(1, dim)),
    integerField(2, ELEMENT_TYPES[type]),
    textField(8, name),
    bytesField(9, data),
  );
}

function valueMessage({ name, type, dims }: OnnxValue): Message {
  const shape = message(
    ...dims.map((dim) =>
      messageField(1, typeof dim === 'number' ? integerField(1, dim) : textField(2, dim)),
    ),
  );
  const tensor = message(integerField(1, ELEMENT_TYPES[type]), messageField(2, shape));
  return message(textField(1, name), messageField(2, messageField(1, tensor)));
}
