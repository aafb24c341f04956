/** CRC-32 (IEEE 802.3) of `bytes`; pass the result of the bytes before as `previous` to go on. */
export function crc32(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  let index = 0;
  // Four bytes a turn ("slicing by 4"): prefill chunks are up to 4 MiB and this is on their path.
  for (const end = bytes.length - 3; index < end; index += 4) {
    crc ^=
      (bytes[index] as number) |
      ((bytes[index + 1] as number) << 8) |
      ((bytes[index + 2] as number) << 16) |
      ((bytes[index + 3] as number) << 24);
    crc =
      (TABLES[768 + (crc & 0xff)] as number) ^
      (TABLES[512 + ((crc >>> 8) & 0xff)] as number) ^
      (TABLES[256 + ((crc >>> 16) & 0xff)] as number) ^
      (TABLES[crc >>> 24] as number);
  }
  for (; index < bytes.length; index++) {
    crc = (TABLES[(crc ^ (bytes[index] as number)) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

/** `TABLES[256 * k + byte]`: the effect of a byte that k more bytes follow. */
const TABLES = createTables();

function createTables(): Int32Array {
  const tables = new Int32Array(1024);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
    tables[byte] = crc;
  }
  for (let entry = 256; entry < 1024; entry++) {
    const before = tables[entry - 256] as number;
    tables[entry] = (before >>> 8) ^ (tables[before & 0xff] as number);
  }
  return tables;
}
