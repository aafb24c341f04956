import {
  bool,
  float32,
  type GgufField,
  list,
  text,
  texts,
  uint32,
  uint64,
  writeGguf,
} from '@manyhands/testkit/gguf-writer';
import { createRandom } from '@manyhands/testkit/random';
import { createTinyModel } from '@manyhands/testkit/tiny-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ModelError } from '../error.ts';
import { memorySource } from '../memory-source.ts';
import { parseGguf } from './parse-gguf.ts';
import { readConfig } from './read-config.ts';
import { readGguf } from './read-gguf.ts';

/** Small, with every kind of field. */
const FILE = writeGguf({
  metadata: [
    ['general.architecture', text('llama')],
    ['general.alignment', uint32(32)],
    ['flag', bool(true)],
    ['size', uint64(2 ** 40)],
    ['half', float32(0.5)],
    ['tokens', texts(['a', 'bc', ''])],
    ['scores', list('float32', [1, 2, 3])],
    ['ids', list('int64', [1, -2])],
    ['flags', { type: 'array', of: 'bool', items: [bool(true)] }],
    ['nested', { type: 'array', of: 'array', items: [list('uint8', [1])] }],
  ] satisfies [string, GgufField][],
  tensors: [
    { name: 'a', type: 0, dims: [4, 2], data: new Uint8Array(32) },
    { name: 'b', type: 8, dims: [32], data: new Uint8Array(34) },
  ],
});

/** A real model, of which only the header is attacked. */
const MODEL = createTinyModel({ blockCount: 1, vocabSize: 259 });

/** Reads header and config; anything but success or a ModelError fails the test. */
async function attack(bytes: Uint8Array, what: string): Promise<string> {
  try {
    const header = await readGguf(memorySource(bytes));
    readConfig(header);
    return 'ok';
  } catch (error) {
    if (error instanceof ModelError) return error.code;
    throw new Error(`${what} ended in ${String(error)}`, { cause: error });
  }
}

test('a file cut at any byte is truncated', async () => {
  for (let length = 0; length < FILE.length; length += 1) {
    const code = await attack(FILE.slice(0, length), `a cut at ${length}`);
    // The padding after the last tensor's 34 bytes is nobody's.
    if (length < FILE.length - 30) expect(code, `cut at ${length}`).toBe('truncated');
  }
});

test('bytes at hand that end anywhere in the header ask for more, never for less', () => {
  for (let length = 0; length < FILE.length; length += 1) {
    const parsed = parseGguf(FILE.subarray(0, length));
    if (parsed.type === 'short') expect(parsed.bytesMin).toBeGreaterThan(length);
  }
});

test('any byte changed to any telling value ends in success or a ModelError', async () => {
  const codes = new Set<string>();
  for (let at = 0; at < FILE.length; at += 1) {
    for (const value of [0x00, 0x01, 0x7f, 0x80, 0xff, (FILE[at] as number) ^ 0x01]) {
      const bytes = FILE.slice();
      bytes[at] = value;
      codes.add(await attack(bytes, `byte ${at} = ${value}`));
    }
  }
  expect([...codes]).toContain('malformed');
  expect([...codes]).toContain('unsupported-tensor-type');
});

test('any 8 bytes overwritten by an extreme count end in success or a ModelError', async () => {
  const extremes = [2n ** 64n - 1n, 2n ** 63n, 2n ** 53n, 2n ** 32n, 2n ** 22n, 2n ** 16n, 0n];
  for (let at = 0; at + 8 <= FILE.length; at += 1) {
    for (const extreme of extremes) {
      const bytes = FILE.slice();
      new DataView(bytes.buffer).setBigUint64(at, extreme, true);
      await attack(bytes, `word ${at} = ${extreme}`);
    }
  }
});

test('a model with random damage in its header ends in success or a ModelError', async () => {
  const damage = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 9_000 }), fc.integer({ min: 0, max: 255 })),
    { minLength: 1, maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(damage, async (changes) => {
      const bytes = MODEL.slice();
      for (const [at, value] of changes) bytes[at] = value;
      await attack(bytes, JSON.stringify(changes));
    }),
    { numRuns: 300, seed: 4 },
  );
});

test('noise after the magic ends in a ModelError', async () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const bytes = createRandom(seed).bytes(300);
    bytes.set(FILE.subarray(0, 8));
    // Counts small enough to get past the first check.
    bytes.fill(0, 10, 16).fill(0, 18, 24);
    expect(await attack(bytes, `seed ${seed}`), `seed ${seed}`).not.toBe('ok');
  }
});

test('a file that promises the world allocates nothing for it', () => {
  const bytes = FILE.slice(0, 64);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(8, 65_536n, true);
  view.setBigUint64(16, 65_536n, true);
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 1_000; i += 1) expect(parseGguf(bytes).type).toBe('short');
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024);
});
