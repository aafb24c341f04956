/** Element types that tests need; numbers are ONNX's `TensorProto.DataType`. */
const ELEMENT_TYPES = { float32: 1, int32: 6, int64: 7 } as const;
export type OnnxElement = keyof typeof ELEMENT_TYPES;

/** A constant of the graph. */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** An input or output of the graph; text names a dimension that is not fixed. */
export interface OnnxValue {
  readonly name: string;
  readonly element: OnnxElement;
  readonly dims: readonly (number | string)[];
}

/** An attribute says its type: ONNX tells `1` from `1.0`. */
export type OnnxAttribute =
  | { readonly type: 'int' | 'float'; readonly value: number }
  | { readonly type: 'ints'; readonly value: readonly number[] };

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** ONNX's own operators unless stated, e.g. `com.microsoft`. */
  readonly domain?: string;
}

export interface OnnxGraph {
  readonly name: string;
  /** Version of each operator set, by domain; ONNX's own is ''. */
  readonly opsets: Readonly<Record<string, number>>;
  /** In an order in which they can run. */
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

const IR_VERSION = 8;
/** `AttributeProto.AttributeType`, and the field that holds the value. */
const ATTRIBUTE_CODES = { float: 1, int: 2, ints: 7 } as const;

/**
 * Writes an ONNX model file: the protobuf of `ModelProto`, with the field numbers of
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 */
export function writeOnnx(graph: OnnxGraph): Uint8Array<ArrayBuffer> {
  const opsets = Object.entries(graph.opsets).map(([domain, version]) =>
    nested(8, [textField(1, domain), varintField(2, version)]),
  );
  return join([
    varintField(1, IR_VERSION),
    textField(2, 'manyhands-testkit'),
    nested(7, [
      ...graph.nodes.map((node, index) => nested(1, nodeFields(node, index))),
      textField(2, graph.name),
      ...graph.initializers.map((tensor) => nested(5, tensorFields(tensor))),
      ...graph.inputs.map((value) => nested(11, valueFields(value))),
      ...graph.outputs.map((value) => nested(12, valueFields(value))),
    ]),
    ...opsets,
  ]);
}

export const int = (value: number): OnnxAttribute => ({ type: 'int', value });
export const float = (value: number): OnnxAttribute => ({ type: 'float', value });
export const ints = (...value: number[]): OnnxAttribute => ({ type: 'ints', value });

function nodeFields(node: OnnxNode, index: number): Uint8Array[] {
  const { op, inputs, outputs, attributes = {}, domain } = node;
  return [
    ...inputs.map((name) => textField(1, name)),
    ...outputs.map((name) => textField(2, name)),
    textField(3, `${op}_${index}`),
    textField(4, op),
    ...Object.entries(attributes).map(([name, value]) => nested(5, attributeFields(name, value))),
    ...(domain === undefined ? [] : [textField(7, domain)]),
  ];
}

function attributeFields(name: string, attribute: OnnxAttribute): Uint8Array[] {
  const type = varintField(20, ATTRIBUTE_CODES[attribute.type]);
  if (attribute.type === 'ints') {
    return [textField(1, name), ...attribute.value.map((value) => varintField(8, value)), type];
  }
  const { value } = attribute;
  const field = attribute.type === 'float' ? floatField(2, value) : varintField(3, value);
  return [textField(1, name), field, type];
}

function tensorFields({ name, dims, data }: OnnxTensor): Uint8Array[] {
  const element = data instanceof Float32Array ? 'float32' : 'int64';
  return [
    ...dims.map((dim) => varintField(1, dim)),
    varintField(2, ELEMENT_TYPES[element]),
    textField(8, name),
    bytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ];
}

function valueFields({ name, element, dims }: OnnxValue): Uint8Array[] {
  const shape = dims.map((dim) =>
    nested(1, [typeof dim === 'number' ? varintField(1, dim) : textField(2, dim)]),
  );
  const tensorType = nested(1, [varintField(1, ELEMENT_TYPES[element]), nested(2, shape)]);
  return [textField(1, name), nested(2, [tensorType])];
}

// The four wire shapes of protobuf (https://protobuf.dev/programming-guides/encoding/).

function varintField(field: number, value: number): Uint8Array {
  return join([varint(field * 8), varint(value)]);
}

function floatField(field: number, value: number): Uint8Array {
  return join([varint(field * 8 + 5), new Uint8Array(Float32Array.of(value).buffer)]);
}

function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return join([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

function textField(field: number, value: string): Uint8Array {
  return bytesField(field, new TextEncoder().encode(value));
}

function nested(field: number, fields: readonly Uint8Array[]): Uint8Array {
  return bytesField(field, join(fields));
}

/** Seven bits a byte, lowest first; negative numbers as 64-bit two's complement. */
function varint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
