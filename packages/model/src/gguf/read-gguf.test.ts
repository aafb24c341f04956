import {
  bool,
  type GgufField,
  type GgufFile,
  type GgufTensor,
  list,
  text,
  texts,
  uint32,
  writeGguf,
} from '@manyhands/testkit/gguf-writer';
import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { expect, test } from 'vitest';
import type { ByteSource } from '../byte-source.ts';
import { GGUF_FIRST_READ_BYTES } from '../limits.ts';
import { memorySource } from '../memory-source.ts';
import { readGguf } from './read-gguf.ts';

const read = (file: Partial<GgufFile>) =>
  readGguf(memorySource(writeGguf({ metadata: [], tensors: [], ...file })));
const vector = (name: string, over: Partial<GgufTensor> = {}): GgufTensor => ({
  name,
  type: 0,
  dims: [8],
  data: new Uint8Array(32),
  ...over,
});

test('every value type comes back as it was written', async () => {
  const fields: [string, GgufField, unknown][] = [
    ['u8', { type: 'uint8', value: 255 }, 255],
    ['i8', { type: 'int8', value: -128 }, -128],
    ['u16', { type: 'uint16', value: 65_535 }, 65_535],
    ['i16', { type: 'int16', value: -32_768 }, -32_768],
    ['u32', uint32(4_294_967_295), 4_294_967_295],
    ['i32', { type: 'int32', value: -2_147_483_648 }, -2_147_483_648],
    ['f32', { type: 'float32', value: 0.5 }, 0.5],
    ['f64', { type: 'float64', value: Math.PI }, Math.PI],
    ['u64', { type: 'uint64', value: 2 ** 53 - 1 }, 2 ** 53 - 1],
    ['u64 beyond', { type: 'uint64', value: 2n ** 64n - 1n }, 2n ** 64n - 1n],
    ['i64', { type: 'int64', value: -5 }, -5],
    ['i64 beyond', { type: 'int64', value: -(2n ** 63n) }, -(2n ** 63n)],
    ['bool', bool(true), true],
    ['text', text('héllo \u{1f44b}'), 'héllo \u{1f44b}'],
    ['mark', text('\ufeffbom'), '\ufeffbom'],
    ['numbers', list('float32', [1, -2.5]), Float32Array.of(1, -2.5)],
    ['ids', list('int32', [-1, 7]), Int32Array.of(-1, 7)],
    ['longs', list('uint64', [1, 2 ** 40]), Float64Array.of(1, 2 ** 40)],
    ['too long', list('int64', [1, 2n ** 60n]), BigInt64Array.of(1n, 2n ** 60n)],
    ['texts', texts(['a', '', 'ü'.repeat(40)]), ['a', '', 'ü'.repeat(40)]],
    ['flags', { type: 'array', of: 'bool', items: [bool(true), bool(false)] }, [true, false]],
    ['nested', { type: 'array', of: 'array', items: [texts(['x'])] }, [['x']]],
    ['empty', list('uint32', []), new Uint32Array(0)],
  ];
  for (const version of [2, 3] as const) {
    const header = await read({ version, metadata: fields.map(([key, field]) => [key, field]) });
    expect(header.version).toBe(version);
    for (const [key, , expected] of fields) expect(header.metadata.get(key), key).toEqual(expected);
  }
});

test('tensors are placed from the aligned end of the index', async () => {
  const metadata = [['general.alignment', uint32(128)]] as const;
  const tensors = [vector('a', { data: new Uint8Array(32).fill(1) }), vector('b', { type: 0 })];
  const bytes = writeGguf({ metadata, tensors, alignment: 128 });
  const header = await readGguf(memorySource(bytes));
  expect(header.alignment).toBe(128);
  expect(header.headerBytes % 128).toBe(0);
  expect(header.tensors.map(({ offset }) => offset - header.headerBytes)).toEqual([0, 128]);
  expect(bytes[header.tensors[0]?.offset ?? 0]).toBe(1);
  expect(header.fileBytes).toBe(bytes.length);
});

test('a long header is read in growing pieces, none of them twice', async () => {
  const tokens = Array.from({ length: 60_000 }, (_, i) => `token${i}`);
  const bytes = writeGguf({ metadata: [['tokens', texts(tokens)]], tensors: [vector('a')] });
  const reads: [number, number][] = [];
  const inner = memorySource(bytes);
  const source: ByteSource = {
    byteLength: inner.byteLength,
    read: (start, end, signal) => {
      reads.push([start, end]);
      return inner.read(start, end, signal);
    },
  };
  const header = await readGguf(source);
  expect(header.metadata.get('tokens')).toEqual(tokens);
  expect(reads[0]).toEqual([0, GGUF_FIRST_READ_BYTES]);
  expect(reads.length).toBeLessThan(8);
  reads.slice(1).forEach(([start], i) => {
    expect(start).toBe(reads[i]?.[1]);
  });
});

test('a stopped read says so', async () => {
  const source = memorySource(createTinyModel());
  await expect(readGguf(source, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
});

test.each([
  ['an empty file', () => new Uint8Array(0), 'truncated'],
  ['a web page', () => new TextEncoder().encode('<!doctype html><p>Not here'), 'not-gguf'],
  ['version 1', () => patch(4, [1, 0, 0, 0]), 'unsupported-version'],
  ['version 4', () => patch(4, [4, 0, 0, 0]), 'unsupported-version'],
  ['a big-endian file', () => patch(4, [0, 0, 0, 3]), 'unsupported-version'],
  ['a made-up tensor count', () => patch(8, [0xff, 0xff, 0xff, 0xff]), 'malformed'],
  ['a made-up metadata count', () => patch(16, [0, 0, 0, 0, 0, 0, 0, 0x80]), 'malformed'],
])('%s is refused', async (_, file, code) => {
  await expect(readGguf(memorySource(file()))).rejects.toMatchObject({ code });
});

test.each<[string, Partial<GgufFile>, string, RegExp]>([
  [
    'a key twice',
    {
      metadata: [
        ['k', bool(true)],
        ['k', bool(true)],
      ],
    },
    'malformed',
    /k appears/,
  ],
  ['a tensor twice', { tensors: [vector('a'), vector('a')] }, 'malformed', /a appears twice/],
  ['no dimension', { tensors: [vector('a', { dims: [] })] }, 'malformed', /0 dimensions/],
  ['five dimensions', { tensors: [vector('a', { dims: [1, 1, 1, 1, 8] })] }, 'malformed', /5 dim/],
  ['an empty dimension', { tensors: [vector('a', { dims: [8, 0] })] }, 'malformed', /of zero/],
  ['part of a block', { tensors: [vector('a', { type: 8, dims: [40] })] }, 'malformed', /fill Q8/],
  [
    'too many values',
    { tensors: [vector('a', { dims: [2 ** 50, 2 ** 50] })] },
    'malformed',
    /addr/,
  ],
  ['IQ4_NL', { tensors: [vector('w', { type: 20 })] }, 'unsupported-tensor-type', /w .*IQ4_NL/],
  ['type 999', { tensors: [vector('w', { type: 999 })] }, 'unsupported-tensor-type', /number 999/],
  ['overlap', { tensors: [vector('a', { dims: [10] }), vector('b')] }, 'malformed', /a and b over/],
  [
    'a tensor past the end',
    { tensors: [vector('a', { dims: [99] })] },
    'truncated',
    /ends at byte/,
  ],
  ['alignment 48', { metadata: [['general.alignment', uint32(48)]] }, 'malformed', /power of two/],
  ['alignment 0', { metadata: [['general.alignment', uint32(0)]] }, 'malformed', /power of two/],
  [
    'text alignment',
    { metadata: [['general.alignment', text('32')]] },
    'malformed',
    /power of two/,
  ],
  [
    'an unaligned tensor',
    { metadata: [['general.alignment', uint32(64)]], tensors: [vector('a'), vector('b')] },
    'malformed',
    /b starts off the alignment/,
  ],
  ['deep nesting', { metadata: [['deep', nest(5)]] }, 'malformed', /nests arrays/],
])('%s is refused', async (_, file, code, message) => {
  const failure = read(file);
  await expect(failure).rejects.toMatchObject({ code });
  await expect(failure).rejects.toThrowError(message);
});

function nest(depth: number): GgufField {
  return { type: 'array', of: 'array', items: depth === 1 ? [] : [nest(depth - 1)] };
}

function patch(at: number, values: readonly number[]): Uint8Array {
  const bytes = writeGguf({ metadata: [['k', text('v')]], tensors: [] });
  bytes.set(values, at);
  return bytes;
}
