// GGUF rows, eight at a time, to the strips that products read in one sequential stream.
//
// A strip is eight rows. Whatever the type, the eight rows of a column (F32, F16) or of a quad of columns
// (quants) lie side by side, so that lanes are rows and hardly a product adds across lanes:
//
//   F32   [column][8 rows] f32
//   F16   [column][8 rows] f16
//   Q8_0  for each 32 columns: 8 f16 scales times 2^10, then [quad][8 rows][4 columns] u8, q + 128
//   Q4_0  for each 32 columns: 8 f16 scales times 2^10, then [quad][4 rows][4 columns] of two nibbles,
//         q + 8: the low one of rows 0 to 3, the high one of rows 4 to 7
//   Q4_K  for each 32 columns: 8 f32 scales, 8 f32 minima over 8, then nibbles as Q4_0
//   Q6_K  for each 16 columns: 8 f32 scales, then bytes as Q8_0, but q + 32
//
// F32, F16, Q8_0 and Q4_0 are as large as in the file. Q4_K is 6 bits a weight instead of 4.5 and Q6_K
// 10 instead of 6.6: their scales are multiplied out, in f32, so nothing is lost.
//
// Times 2^10 no f16 scale is subnormal: processors take a hundred cycles for each of those. Scales of 64 and
// more, of weights of hundreds, would be infinite then and are refused.
//
// `rows` holds `count` rows; a strip with fewer than eight is filled with zeros. Each function returns
// whether every scale (and, of F16, every weight) is finite and can be held.

// @ts-ignore: decorator
@inline
function isFiniteHalf(half: u32): bool {
  return (half & 0x7c00) != 0x7c00;
}

// @ts-ignore: decorator
@inline
function isHeldScale(half: u32): bool {
  return (half & 0x7fff) < 0x5400;
}

/** Times 2^10. */
function enlarged(half: u32): u32 {
  const size = half & 0x7fff;
  if (size >= 0x400) return half + 0x2800;
  if (size == 0) return half;
  // A subnormal: the first of its bits becomes the implied one.
  const first = 31 - clz(size);
  return (half & 0x8000) | ((first + 1) << 10) | ((size << (10 - first)) & 0x3ff);
}

function half(bits: u32): f32 {
  const size = reinterpret<f32>((bits & 0x7fff) << 13) * reinterpret<f32>(0x77800000);
  return bits & 0x8000 ? -size : size;
}

export function repackF32(rows: usize, count: i32, columns: i32, out: usize): bool {
  memory.fill(out, 0, <usize>columns * 32);
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < columns; column++) {
      store<f32>(out + ((column * 8 + row) << 2), load<f32>(rows + ((row * columns + column) << 2)));
    }
  }
  return true;
}

export function repackF16(rows: usize, count: i32, columns: i32, out: usize): bool {
  memory.fill(out, 0, <usize>columns * 16);
  let isFinite = true;
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < columns; column++) {
      const bits = load<u16>(rows + ((row * columns + column) << 1));
      isFinite = isFinite && isFiniteHalf(bits);
      store<u16>(out + ((column * 8 + row) << 1), bits);
    }
  }
  return isFinite;
}

export function repackQ80(rows: usize, count: i32, columns: i32, out: usize): bool {
  const blocks = columns >> 5;
  memory.fill(out, 0, <usize>blocks * 272);
  let isHeld = true;
  for (let row = 0; row < count; row++) {
    for (let block = 0; block < blocks; block++) {
      const from = rows + (row * blocks + block) * 34;
      const to = out + block * 272;
      isHeld = isHeld && isHeldScale(load<u16>(from));
      store<u16>(to + row * 2, enlarged(load<u16>(from)));
      for (let quad = 0; quad < 8; quad++) {
        const four = load<u32>(from + 2 + quad * 4) ^ 0x80808080;
        store<u32>(to + 16 + quad * 32 + row * 4, four);
      }
    }
  }
  return isHeld;
}

export function repackQ40(rows: usize, count: i32, columns: i32, out: usize): bool {
  const blocks = columns >> 5;
  memory.fill(out, 0, <usize>blocks * 144);
  let isHeld = true;
  for (let row = 0; row < count; row++) {
    for (let block = 0; block < blocks; block++) {
      const from = rows + (row * blocks + block) * 18;
      const to = out + block * 144;
      isHeld = isHeld && isHeldScale(load<u16>(from));
      store<u16>(to + row * 2, enlarged(load<u16>(from)));
      for (let column = 0; column < 32; column++) {
        const byte = load<u8>(from + 2 + (column & 15));
        putNibble(to + 16, row, column, column < 16 ? byte & 15 : byte >> 4);
      }
    }
  }
  return isHeld;
}

export function repackQ4K(rows: usize, count: i32, columns: i32, out: usize): bool {
  const blocks = columns >> 8;
  memory.fill(out, 0, <usize>blocks * 8 * 192);
  let isFinite = true;
  for (let row = 0; row < count; row++) {
    for (let block = 0; block < blocks; block++) {
      const from = rows + (row * blocks + block) * 144;
      isFinite = isFinite && isFiniteHalf(load<u16>(from)) && isFiniteHalf(load<u16>(from, 2));
      const d = half(load<u16>(from));
      const dmin = half(load<u16>(from, 2));
      for (let sub = 0; sub < 8; sub++) {
        const to = out + (block * 8 + sub) * 192;
        const scale = d * <f32>scaleOf(from + 4, sub);
        store<f32>(to + row * 4, scale);
        store<f32>(to + 32 + row * 4, dmin * <f32>minimumOf(from + 4, sub) / 8);
        const nibbles = from + 16 + (sub >> 1) * 32;
        const shift = <u8>((sub & 1) * 4);
        for (let column = 0; column < 32; column++) {
          putNibble(to + 64, row, column, (load<u8>(nibbles + column) >> shift) & 15);
        }
      }
    }
  }
  return isFinite;
}

export function repackQ6K(rows: usize, count: i32, columns: i32, out: usize): bool {
  const blocks = columns >> 8;
  memory.fill(out, 0, <usize>blocks * 16 * 160);
  let isFinite = true;
  for (let row = 0; row < count; row++) {
    for (let block = 0; block < blocks; block++) {
      const from = rows + (row * blocks + block) * 210;
      isFinite = isFinite && isFiniteHalf(load<u16>(from, 208));
      const d = half(load<u16>(from, 208));
      for (let sub = 0; sub < 16; sub++) {
        const to = out + (block * 16 + sub) * 160;
        store<f32>(to + row * 4, d * <f32>load<i8>(from + 192 + sub));
        for (let i = 0; i < 16; i++) {
          const q = sixBits(from, sub >> 1, (sub & 1) * 16 + i);
          store<u8>(to + 32 + (i >> 2) * 32 + row * 4 + (i & 3), <u8>q);
        }
      }
    }
  }
  return isFinite;
}

/** Rows 0 to 3 have the low nibbles of a quad's vector, rows 4 to 7 the high ones. */
// @ts-ignore: decorator
@inline
function putNibble(quants: usize, row: i32, column: i32, value: u8): void {
  const at = quants + (column >> 2) * 16 + (row & 3) * 4 + (column & 3);
  store<u8>(at, load<u8>(at) | (row < 4 ? value : value << 4));
}

/** Q4_K keeps eight 6-bit scales and eight 6-bit minima in 12 bytes. */
function scaleOf(packed: usize, sub: i32): u32 {
  if (sub < 4) return load<u8>(packed + sub) & 63;
  return (load<u8>(packed + sub + 4) & 15) | ((load<u8>(packed + sub - 4) >> 6) << 4);
}

function minimumOf(packed: usize, sub: i32): u32 {
  if (sub < 4) return load<u8>(packed + sub + 4) & 63;
  return (load<u8>(packed + sub + 4) >> 4) | ((load<u8>(packed + sub) >> 6) << 4);
}

/** Value `i` (0 to 31) of a Q6_K block's group (of eight): low nibbles, then upper bits. */
function sixBits(block: usize, group: i32, i: i32): i32 {
  const inHalf = group & 3;
  const low = load<u8>(block + (group >> 2) * 64 + (inHalf & 1) * 32 + i);
  const high = load<u8>(block + 128 + (group >> 2) * 32 + i);
  return ((low >> <u8>((inHalf >> 1) * 4)) & 15) | (((high >> <u8>(inHalf * 2)) & 3) << 4);
}
