/**
 * Protocol buffers' wire format, as much as ONNX needs. Messages are lists of chunks: weights of a
 * gigabyte are written without being copied into every message around them.
 */
export interface Message {
  readonly byteLength: number;
  readonly chunks: readonly Uint8Array[];
}

const WIRE = { varint: 0, bytes: 2, fixed32: 5 } as const;

/** Fields in the order given. */
export function message(...fields: readonly Message[]): Message {
  return {
    byteLength: fields.reduce((sum, { byteLength }) => sum + byteLength, 0),
    chunks: fields.flatMap(({ chunks }) => chunks),
  };
}

/** An int32, int64 or enum field; negative numbers take ten bytes. */
export function integerField(field: number, value: number): Message {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a whole number`);
  return ofBytes([...tag(field, WIRE.varint), ...varint(BigInt(value))]);
}

export function floatField(field: number, value: number): Message {
  const bytes = new Uint8Array(Float32Array.of(value).buffer);
  return ofBytes([...tag(field, WIRE.fixed32), ...bytes]);
}

export function textField(field: number, value: string): Message {
  return bytesField(field, new TextEncoder().encode(value));
}

export function messageField(field: number, value: Message): Message {
  const head = Uint8Array.from([...tag(field, WIRE.bytes), ...varint(BigInt(value.byteLength))]);
  return {
    byteLength: head.length + value.byteLength,
    chunks: [head, ...value.chunks],
  };
}

/** The bytes are kept, not copied. */
export function bytesField(field: number, value: Uint8Array): Message {
  return messageField(field, { byteLength: value.length, chunks: [value] });
}

function ofBytes(bytes: readonly number[]): Message {
  return { byteLength: bytes.length, chunks: [Uint8Array.from(bytes)] };
}

function tag(field: number, wire: number): number[] {
  return varint(BigInt(field * 8 + wire));
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}
