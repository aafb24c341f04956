import { ModelError } from '../error.ts';

/**
 * Reads little-endian values from the first bytes of a file, never past them: where more bytes are
 * needed it throws `ShortRead`, which the parser turns into a request for them.
 */
export interface Cursor {
  readonly position: number;
  /** Throws unless `byteLength` more bytes are here; call it before allocating for them. */
  need(byteLength: number): void;
  bytes(byteLength: number): Uint8Array;
  uint8(): number;
  uint32(): number;
  /** A uint64 that must be a safe integer of at most `max`, named in the error. */
  count(max: number, name: string): number;
  uint64(): number | bigint;
  int64(): number | bigint;
  /** Where this cursor's bytes are viewed for the remaining number types. */
  take(byteLength: number): number;
  readonly view: DataView;
  /** UTF-8 with a uint64 length; `isStrict` refuses invalid UTF-8, otherwise U+FFFD replaces it. */
  text(bytesMax: number, name: string, isStrict: boolean): string;
}

/** The bytes at hand end before `bytesMin`. Never leaves the parser. */
export class ShortRead extends Error {
  override readonly name = 'ShortRead';
  readonly bytesMin: number;

  constructor(bytesMin: number) {
    super(`needs ${bytesMin} bytes`);
    this.bytesMin = bytesMin;
  }
}

export function createCursor(source: Uint8Array): Cursor {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  let position = 0;
  const need = (byteLength: number) => {
    if (position + byteLength > source.length) throw new ShortRead(position + byteLength);
  };
  const take = (byteLength: number): number => {
    need(byteLength);
    position += byteLength;
    return position - byteLength;
  };
  const bytes = (byteLength: number): Uint8Array => {
    const start = take(byteLength);
    return source.subarray(start, start + byteLength);
  };
  const uint64 = () => safeNumber(view.getBigUint64(take(8), true));
  const count = (max: number, name: string): number => {
    const at = position;
    const value = uint64();
    if (typeof value === 'bigint' || value > max) throw tooLarge(name, value, max, at);
    return value;
  };
  return {
    get position() {
      return position;
    },
    view,
    need,
    take,
    bytes,
    uint8: () => view.getUint8(take(1)),
    uint32: () => view.getUint32(take(4), true),
    uint64,
    int64: () => safeNumber(view.getBigInt64(take(8), true)),
    count,
    text(bytesMax, name, isStrict) {
      const at = position;
      const encoded = bytes(count(bytesMax, name));
      return shortAscii(encoded) ?? decodeText(encoded, isStrict, name, at);
    },
  };
}

export function safeNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Most tokens are a few ASCII letters, for which starting TextDecoder costs more than the text. */
function shortAscii(encoded: Uint8Array): string | undefined {
  if (encoded.length > SHORT_BYTES) return undefined;
  let text = '';
  for (const byte of encoded) {
    if (byte > 0x7f) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

const SHORT_BYTES = 24;

function decodeText(encoded: Uint8Array, isStrict: boolean, name: string, at: number): string {
  try {
    return (isStrict ? STRICT_TEXT : LENIENT_TEXT).decode(encoded);
  } catch (cause) {
    throw new ModelError(
      'malformed',
      `${name} at byte ${at} is not UTF-8; fetch the file again or from another mirror`,
      { cause },
    );
  }
}

// A byte order mark is a token of some vocabularies: keep it.
const STRICT_TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LENIENT_TEXT = new TextDecoder('utf-8', { ignoreBOM: true });

function tooLarge(name: string, value: number | bigint, max: number, at: number): ModelError {
  return new ModelError(
    'malformed',
    `${name} at byte ${at} is ${value}, more than the ${max} allowed; the file is damaged or hostile`,
  );
}
