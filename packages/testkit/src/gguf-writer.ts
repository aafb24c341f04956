/** One metadata value together with the GGUF type it is written as. */
export type GgufField =
  | { readonly type: GgufNumberType; readonly value: number | bigint }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'array'; readonly items: readonly GgufField[]; readonly of: GgufFieldType };

export type GgufNumberType = keyof typeof NUMBER_CODES;
export type GgufFieldType = GgufNumberType | 'bool' | 'string' | 'array';

export interface GgufTensor {
  readonly name: string;
  /** GGUF's `ggml_type` number. */
  readonly type: number;
  /** `dims[0]` is the length of a row. */
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

export interface GgufFile {
  /** Entries rather than an object, so that a test can write a key twice. */
  readonly metadata: Iterable<readonly [string, GgufField]>;
  readonly tensors: readonly GgufTensor[];
  readonly version?: 2 | 3;
  /** Must equal `general.alignment` where the metadata states it. */
  readonly alignment?: number;
}

/** Writes a GGUF file: magic, counts, metadata, tensor index, then each tensor aligned. */
export function writeGguf(file: GgufFile): Uint8Array<ArrayBuffer> {
  const { tensors, alignment = 32 } = file;
  const sized = tensors.map((tensor) => ({ ...tensor, byteLength: tensor.data.length }));
  const out = createSink();
  out.bytes(writeGgufHeader({ ...file, tensors: sized }));
  for (const tensor of tensors) {
    out.bytes(tensor.data);
    out.align(alignment);
  }
  return out.finish();
}

/** A file whose tensors are written afterwards, in order, each padded to the alignment. */
export interface GgufOutline extends Omit<GgufFile, 'tensors'> {
  readonly tensors: readonly (Omit<GgufTensor, 'data'> & { readonly byteLength: number })[];
}

/** What comes before the first tensor, padded: for files too large to be built in memory. */
export function writeGgufHeader(file: GgufOutline): Uint8Array<ArrayBuffer> {
  const { version = 3, alignment = 32 } = file;
  const metadata = [...file.metadata];
  const out = createSink();
  out.bytes(encodeText('GGUF'));
  out.number('uint32', version);
  out.number('uint64', file.tensors.length);
  out.number('uint64', metadata.length);
  for (const [key, field] of metadata) {
    writeString(out, key);
    out.number('uint32', fieldCode(field.type));
    writeField(out, field);
  }
  let offset = 0;
  for (const tensor of file.tensors) {
    writeString(out, tensor.name);
    out.number('uint32', tensor.dims.length);
    for (const dim of tensor.dims) out.number('uint64', dim);
    out.number('uint32', tensor.type);
    out.number('uint64', offset);
    offset = alignUp(offset + tensor.byteLength, alignment);
  }
  // Also where there is no tensor: the data section starts aligned.
  out.align(alignment);
  return out.finish();
}

export const uint32 = (value: number): GgufField => ({ type: 'uint32', value });
export const uint64 = (value: number | bigint): GgufField => ({ type: 'uint64', value });
export const float32 = (value: number): GgufField => ({ type: 'float32', value });
export const bool = (value: boolean): GgufField => ({ type: 'bool', value });
export const text = (value: string): GgufField => ({ type: 'string', value });
export const list = (of: GgufNumberType, values: Iterable<number | bigint>): GgufField => ({
  type: 'array',
  of,
  items: Array.from(values, (value) => ({ type: of, value })),
});
export const texts = (values: Iterable<string>): GgufField => ({
  type: 'array',
  of: 'string',
  items: Array.from(values, text),
});

const NUMBER_CODES = {
  uint8: 0,
  int8: 1,
  uint16: 2,
  int16: 3,
  uint32: 4,
  int32: 5,
  float32: 6,
  uint64: 10,
  int64: 11,
  float64: 12,
} as const;

function fieldCode(type: GgufFieldType): number {
  if (type === 'bool') return 7;
  if (type === 'string') return 8;
  return type === 'array' ? 9 : NUMBER_CODES[type];
}

interface Sink {
  bytes(bytes: Uint8Array): void;
  number(type: GgufNumberType, value: number | bigint): void;
  align(alignment: number): void;
  finish(): Uint8Array<ArrayBuffer>;
}

function createSink(): Sink {
  let buffer = new Uint8Array(1 << 16);
  let length = 0;
  const reserve = (byteLength: number): number => {
    const start = length;
    length += byteLength;
    if (length > buffer.length) {
      const larger = new Uint8Array(Math.max(length, 2 * buffer.length));
      larger.set(buffer);
      buffer = larger;
    }
    return start;
  };
  return {
    bytes(bytes) {
      const start = reserve(bytes.length);
      buffer.set(bytes, start);
    },
    number(type, value) {
      const start = reserve(NUMBER_BYTES[type]);
      setNumber(new DataView(buffer.buffer), start, type, value);
    },
    align(alignment) {
      reserve(alignUp(length, alignment) - length);
    },
    finish: () => buffer.slice(0, length),
  };
}

const NUMBER_BYTES: Record<GgufNumberType, number> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  uint64: 8,
  int64: 8,
  float64: 8,
};

function setNumber(view: DataView, at: number, type: GgufNumberType, value: number | bigint) {
  if (type === 'uint64') return view.setBigUint64(at, BigInt(value), true);
  if (type === 'int64') return view.setBigInt64(at, BigInt(value), true);
  const number = Number(value);
  if (type === 'uint8') return view.setUint8(at, number);
  if (type === 'int8') return view.setInt8(at, number);
  if (type === 'uint16') return view.setUint16(at, number, true);
  if (type === 'int16') return view.setInt16(at, number, true);
  if (type === 'uint32') return view.setUint32(at, number, true);
  if (type === 'int32') return view.setInt32(at, number, true);
  if (type === 'float32') return view.setFloat32(at, number, true);
  return view.setFloat64(at, number, true);
}

function writeField(out: Sink, field: GgufField): void {
  if (field.type === 'string') {
    writeString(out, field.value);
  } else if (field.type === 'bool') {
    out.number('uint8', field.value ? 1 : 0);
  } else if (field.type === 'array') {
    out.number('uint32', fieldCode(field.of));
    out.number('uint64', field.items.length);
    for (const item of field.items) writeField(out, item);
  } else {
    out.number(field.type, field.value);
  }
}

function writeString(out: Sink, value: string): void {
  const bytes = encodeText(value);
  out.number('uint64', bytes.length);
  out.bytes(bytes);
}

function encodeText(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
