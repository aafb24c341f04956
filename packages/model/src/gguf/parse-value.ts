import { ModelError } from '../error.ts';
import { GGUF_ARRAY_DEPTH_MAX, GGUF_ARRAY_LENGTH_MAX, GGUF_STRING_BYTES_MAX } from '../limits.ts';
import { type Cursor, safeNumber } from './cursor.ts';
import type { GgufArray, GgufNumbers, GgufValue } from './header.ts';

/** Reads one metadata value: its type code, then the value. */
export function parseValue(cursor: Cursor, key: string): GgufValue {
  return parseTyped(cursor, key, cursor.uint32());
}

function parseTyped(cursor: Cursor, key: string, code: number): GgufValue {
  if (code === CODE_STRING) return parseText(cursor, key);
  if (code === CODE_BOOL) return parseBool(cursor, key);
  if (code === CODE_ARRAY) return parseArray(cursor, key, 1);
  const numbers = numberType(code, key);
  const value = numbers.read(cursor.view, cursor.take(numbers.bytes));
  return typeof value === 'bigint' ? safeNumber(value) : value;
}

function parseArray(cursor: Cursor, key: string, depth: number): GgufArray {
  if (depth > GGUF_ARRAY_DEPTH_MAX) {
    throw new ModelError('malformed', `${key} nests arrays deeper than ${GGUF_ARRAY_DEPTH_MAX}`);
  }
  const code = cursor.uint32();
  const length = cursor.count(GGUF_ARRAY_LENGTH_MAX, `the length of ${key}`);
  if (code === CODE_STRING) {
    // Each string brings at least its length: a made-up count fails before anything is allocated.
    cursor.need(length * 8);
    return repeat(length, () => parseText(cursor, key));
  }
  if (code === CODE_BOOL) {
    cursor.need(length);
    return repeat(length, () => parseBool(cursor, key));
  }
  if (code === CODE_ARRAY) {
    cursor.need(length * 12);
    return repeat(length, () => parseArray(cursor, key, depth + 1));
  }
  return parseNumbers(cursor, numberType(code, key), length);
}

function parseNumbers(cursor: Cursor, type: NumberType, length: number): GgufNumbers {
  const bytes = cursor.bytes(length * type.bytes);
  // Copied: the file's bytes are rarely aligned for a typed array, and a view would keep them alive.
  const numbers = new type.array(bytes.slice().buffer);
  if (!(numbers instanceof BigUint64Array || numbers instanceof BigInt64Array)) return numbers;
  const isSafe = numbers.every((value) => typeof safeNumber(value) === 'number');
  return isSafe ? Float64Array.from(numbers, Number) : numbers;
}

function repeat<Item>(length: number, parseItem: () => Item): Item[] {
  const items: Item[] = [];
  for (let i = 0; i < length; i += 1) items.push(parseItem());
  return items;
}

/** Tokens of some published vocabularies are not UTF-8, so values are decoded leniently. */
function parseText(cursor: Cursor, key: string): string {
  return cursor.text(GGUF_STRING_BYTES_MAX, `the text of ${key}`, false);
}

function parseBool(cursor: Cursor, key: string): boolean {
  const byte = cursor.uint8();
  if (byte > 1) throw new ModelError('malformed', `${key} is a boolean of value ${byte}`);
  return byte === 1;
}

interface NumberType {
  readonly bytes: number;
  readonly array: new (buffer: ArrayBuffer) => GgufNumbers;
  readonly read: (view: DataView, at: number) => number | bigint;
}

function numberType(code: number, key: string): NumberType {
  const type = NUMBER_TYPES[code];
  if (type === undefined) {
    throw new ModelError('malformed', `${key} has the unknown value type ${code}`);
  }
  return type;
}

const CODE_BOOL = 7;
const CODE_STRING = 8;
const CODE_ARRAY = 9;

/** Typed arrays are little-endian on every platform that has WebGPU, as GGUF is. */
const NUMBER_TYPES: Readonly<Record<number, NumberType>> = {
  0: { bytes: 1, array: Uint8Array, read: (view, at) => view.getUint8(at) },
  1: { bytes: 1, array: Int8Array, read: (view, at) => view.getInt8(at) },
  2: { bytes: 2, array: Uint16Array, read: (view, at) => view.getUint16(at, true) },
  3: { bytes: 2, array: Int16Array, read: (view, at) => view.getInt16(at, true) },
  4: { bytes: 4, array: Uint32Array, read: (view, at) => view.getUint32(at, true) },
  5: { bytes: 4, array: Int32Array, read: (view, at) => view.getInt32(at, true) },
  6: { bytes: 4, array: Float32Array, read: (view, at) => view.getFloat32(at, true) },
  10: { bytes: 8, array: BigUint64Array, read: (view, at) => view.getBigUint64(at, true) },
  11: { bytes: 8, array: BigInt64Array, read: (view, at) => view.getBigInt64(at, true) },
  12: { bytes: 8, array: Float64Array, read: (view, at) => view.getFloat64(at, true) },
};
