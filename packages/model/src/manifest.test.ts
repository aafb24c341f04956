import { createTinyModel } from '@manyhands/testkit/tiny-model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from './byte-source.ts';
import { ModelError } from './error.ts';
import { type Manifest, parseManifest, verifyManifest } from './manifest.ts';
import { createManifest } from './manifest-create.ts';
import { PIECE_BYTES } from './manifest-limits.ts';
import { manifestRoot } from './manifest-root.ts';
import { sha256Hex } from './sha256.ts';

const file = createTinyModel({ seed: 3, weightType: 'Q8_0', headDim: 16 });
const manifest = await createManifest(sourceOf(file));
const root = await manifestRoot(manifest);

describe('createManifest', () => {
  it('hashes each MiB of each tensor apart, and the header', async () => {
    const large = createTinyModel({ hiddenSize: 512, vocabSize: 1024, headDim: 128 });
    const described = await createManifest(sourceOf(large));
    const embedding = described.tensors.find(({ name }) => name === 'token_embd.weight');
    expect(embedding?.byteLength).toBe(512 * 1024 * 4);
    expect(embedding?.pieces).toHaveLength(2);
    for (const { offset, byteLength, pieces } of described.tensors) {
      for (const [index, hash] of pieces.entries()) {
        const start = offset + index * PIECE_BYTES;
        const end = Math.min(start + PIECE_BYTES, offset + byteLength);
        expect(await sha256Hex(large.slice(start, end))).toBe(hash);
      }
    }
    const { byteLength, pieces } = described.header;
    expect(pieces).toEqual([await sha256Hex(large.slice(0, byteLength))]);
    expect(described.fileBytes).toBe(large.length);
  });

  it('reads each byte once besides the header and reports progress up to the end', async () => {
    let readBytes = 0;
    const seen: [number, number][] = [];
    const source = sourceOf(file);
    await createManifest(
      {
        byteLength: source.byteLength,
        read: async (start, end) => {
          readBytes += end - start;
          return source.read(start, end);
        },
      },
      { onProgress: (hashed, total) => seen.push([hashed, total]) },
    );
    expect(readBytes).toBeLessThanOrEqual(file.length + 2 * manifest.header.byteLength + 65_536);
    const [hashed, total] = seen.at(-1) ?? [0, 1];
    expect(hashed).toBe(total);
  });

  it('stops when asked to', async () => {
    const stop = new AbortController();
    const hashing = createManifest(sourceOf(file), {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(hashing).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('manifestRoot', () => {
  it('is stable for equal files and for any order of keys', async () => {
    expect(await manifestRoot(await createManifest(sourceOf(file.slice())))).toBe(root);
    const reordered = Object.fromEntries(Object.entries(manifest).reverse());
    expect(await manifestRoot(await verifyManifest(reordered, root))).toBe(root);
  });

  it('changes with any byte that is ever read', async () => {
    const ranges = [{ offset: 0, byteLength: manifest.header.byteLength }, ...manifest.tensors];
    const position = fc.tuple(fc.nat(ranges.length - 1), fc.nat()).map(([index, at]) => {
      const range = ranges[index];
      return range === undefined ? 0 : range.offset + (at % range.byteLength);
    });
    await fc.assert(
      fc.asyncProperty(position, fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = file.slice();
        changed[at] = (changed[at] ?? 0) ^ flip;
        // A damaged header may also be refused outright, with a code.
        const result = await createManifest(sourceOf(changed)).then(manifestRoot).catch(codeOf);
        expect(result).not.toBe(root);
      }),
      { numRuns: 60 },
    );
  });

  it('is pinned, so that published names keep their meaning', async () => {
    // Computed with Python's hashlib from the definition in manifest-root.ts.
    expect(await manifestRoot(handMade)).toBe(
      '3e7007589b155dd04e764ce86d5403d3f29724311033b149323c87374050d84b',
    );
  });
});

describe('parseManifest', () => {
  it('accepts what createManifest wrote, through JSON', () => {
    expect(parseManifest(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest);
  });

  it.each<[string, (draft: Draft) => void]>([
    ['an unknown field', (draft) => Object.assign(draft, { extra: 1 })],
    ['a missing piece', (draft) => draft.tensors[0]?.pieces.pop()],
    ['a piece too many', (draft) => draft.header.pieces.push('0'.repeat(64))],
    ['a hash that is none', (draft) => draft.header.pieces.fill('zz')],
    ['a tensor outside the file', (draft) => Object.assign(draft, { fileBytes: 1000 })],
    ['overlapping tensors', (draft) => Object.assign(draft.tensors[1] ?? {}, draft.tensors[0])],
    ['tensors out of file order', (draft) => draft.tensors.reverse()],
    ['a wrong byte length', (draft) => addTo(draft.tensors[0], 'byteLength', -32)],
    ['a missing tensor', (draft) => draft.tensors.pop()],
    ['other dimensions than the config', (draft) => addTo(draft.config, 'hiddenSize', 32)],
    ['an odd rope', (draft) => addTo(draft.config, 'ropeDim', -1)],
    ['heads that do not divide', (draft) => addTo(draft.config, 'kvHeadCount', 1)],
    ['a later version', (draft) => Object.assign(draft, { version: 2 })],
  ])('refuses %s', (_, change) => {
    const draft = structuredClone(manifest) as Draft;
    change(draft);
    expect(() => parseManifest(draft)).toThrow(
      expect.objectContaining({ name: 'ModelError', code: 'bad-manifest' }),
    );
  });

  it('throws nothing but coded errors for damaged manifests', () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 1e308, 2 ** 53, undefined, ''),
    );
    fc.assert(
      fc.property(fc.nat(), anything, (seed, value) => {
        const draft = structuredClone(manifest);
        mutate(draft, seed, value);
        try {
          parseManifest(draft);
        } catch (error) {
          expect(error).toBeInstanceOf(ModelError);
          expect(codeOf(error)).toBe('bad-manifest');
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('verifyManifest', () => {
  it('refuses a manifest of another model', async () => {
    const other = structuredClone(manifest) as Draft;
    other.header.pieces[0] = '0'.repeat(64);
    await expect(verifyManifest(other, root)).rejects.toMatchObject({ code: 'hash-mismatch' });
    await expect(verifyManifest(manifest, root)).resolves.toEqual(manifest);
  });
});

type Draft = {
  -readonly [K in keyof Manifest]: Manifest[K];
};

function addTo(target: object | undefined, key: string, delta: number): void {
  if (target === undefined) throw new Error('the manifest has no such part');
  const record = target as Record<string, unknown>;
  record[key] = Number(record[key]) + delta;
}

/** Replaces, deletes or adds one value somewhere in the tree; `seed` walks it. */
function mutate(target: unknown, seed: number, value: unknown): void {
  let parent = target as Record<string, unknown>;
  let rest = seed;
  for (;;) {
    const keys = Object.keys(parent);
    if (keys.length === 0) return;
    const key = keys[rest % keys.length] ?? '';
    rest = Math.floor(rest / keys.length);
    const child = parent[key];
    if (typeof child === 'object' && child !== null && rest % 5 !== 0) {
      parent = child as Record<string, unknown>;
      continue;
    }
    if (rest % 7 === 0) delete parent[key];
    else parent[key] = value;
    return;
  }
}

function codeOf(error: unknown): string {
  if (error instanceof ModelError) return error.code;
  throw error;
}

/** Not a runnable model: only what the root is computed from. */
const handMade: Manifest = {
  version: 1,
  fileBytes: 640,
  header: { byteLength: 512, pieces: ['a'.repeat(64)] },
  config: {
    architecture: 'llama',
    blockCount: 1,
    hiddenSize: 8,
    headCount: 2,
    kvHeadCount: 1,
    headDim: 4,
    ffnSize: 16,
    vocabSize: 4,
    contextLength: 32,
    rmsNormEps: 1e-5,
    ropeTheta: 10_000,
    ropeDim: 4,
    ropeStyle: 'interleaved',
    ropeFrequencyScale: 1,
    hasRopeFactors: false,
    hasQkvBias: false,
    hasQkNorm: false,
    hasTiedEmbedding: true,
  },
  tensors: [
    {
      name: 'token_embd.weight',
      type: 'F32',
      dims: [8, 4],
      offset: 512,
      byteLength: 128,
      pieces: ['b'.repeat(64)],
    },
  ],
};

function sourceOf(bytes: Uint8Array<ArrayBuffer>): ByteSource {
  return {
    byteLength: bytes.length,
    read: async (start, end) => bytes.slice(start, end),
  };
}
