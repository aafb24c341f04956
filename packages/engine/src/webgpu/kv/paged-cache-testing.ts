import { decodeFloat16, encodeFloat16 } from '@manyhands/model/quant/float16';
import { PAGE_POSITIONS } from '../../stage.ts';
import { type KvType, pagePartBytes, quadCount } from './kv-type.ts';

export type KvPart = 'keys' | 'values';

export interface Place {
  readonly page: number;
  readonly kvHead: number;
  readonly slot: number;
}

/** Pages as the device holds them, written and read on the CPU: for tests. */
export interface PagedCache {
  readonly keys: Uint32Array<ArrayBuffer>;
  readonly values: Uint32Array<ArrayBuffer>;
  /** Stores one head and returns what is left of its numbers. */
  put(part: KvPart, place: Place, head: ArrayLike<number>): number[];
  get(part: KvPart, place: Place): number[];
}

export function createPagedCache(
  type: KvType,
  { kvHeadCount, headDim }: { readonly kvHeadCount: number; readonly headDim: number },
  pageCount: number,
): PagedCache {
  const words = (pageCount * pagePartBytes(type, kvHeadCount, headDim)) / 4;
  const perQuad = { f32: 4, f16: 2, q8: 1 }[type];
  const quads = quadCount(headDim);
  /** Units of `perQuad` words; the 8-bit cache has one more for the scale. */
  const units = quads + Number(type === 'q8');
  // All bits set is NaN as f32 and as f16: reading what was not written would show.
  const cache = {
    keys: new Uint32Array(words).fill(0xffffffff),
    values: new Uint32Array(words).fill(0xffffffff),
  };
  const wordAt = (part: KvPart, { page, kvHead, slot }: Place, unit: number): number => {
    const head = (page * kvHeadCount + kvHead) * units * PAGE_POSITIONS;
    const at = part === 'keys' ? unit * PAGE_POSITIONS + slot : slot * units + unit;
    return (head + at) * perQuad;
  };
  const get: PagedCache['get'] = (part, place) => {
    const all = cache[part];
    const scale = type === 'q8' ? floatOf(all[wordAt(part, place, quads)] as number) : 1;
    return Array.from({ length: headDim }, (_, d) => {
      const at = wordAt(part, place, d >> 2);
      if (type === 'f32') return floatOf(all[at + (d & 3)] as number);
      if (type === 'f16') {
        const half = ((all[at + ((d & 3) >> 1)] as number) >>> (16 * (d & 1))) & 0xffff;
        return decodeFloat16(half);
      }
      const byte = ((all[at] as number) << (24 - 8 * (d & 3))) >> 24;
      return (Math.max(byte, -127) / 127) * scale;
    });
  };
  return {
    ...cache,
    get,
    put(part, place, head) {
      const all = cache[part];
      const peak = Math.max(...Array.from(head, Math.abs));
      for (let quad = 0; quad < quads; quad += 1) {
        const four = [0, 1, 2, 3].map((i) => head[4 * quad + i] ?? 0);
        all.set(packQuad(type, four, peak), wordAt(part, place, quad));
      }
      if (type === 'q8') all[wordAt(part, place, quads)] = bitsOf(peak);
      return get(part, place);
    },
  };
}

function packQuad(type: KvType, four: readonly number[], peak: number): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = four;
  if (type === 'f32') return four.map(bitsOf);
  if (type === 'f16') {
    return [
      encodeFloat16(a) | (encodeFloat16(b) << 16),
      encodeFloat16(c) | (encodeFloat16(d) << 16),
    ].map((word) => word >>> 0);
  }
  const bytes = four.map((x) => Math.floor((127 * x) / peak + 0.5) & 0xff);
  return [bytes.reduce((word, byte, i) => word | (byte << (8 * i)), 0) >>> 0];
}

const scratch = new DataView(new ArrayBuffer(4));

function bitsOf(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getUint32(0);
}

function floatOf(bits: number): number {
  scratch.setUint32(0, bits);
  return scratch.getFloat32(0);
}
