import { createTinyEmbedding } from '@manyhands/testkit/tiny-embedding';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memorySource } from '../memory-source.ts';
import { createMemoryCache } from '../store/memory-cache.ts';
import { type RangeServer, startRangeServer } from '../store/range-server.ts';
import {
  type EmbeddingManifest,
  embeddingRoot,
  parseEmbeddingManifest,
  verifyEmbeddingManifest,
} from './embedding-manifest.ts';
import { createEmbeddingManifest } from './embedding-manifest-create.ts';
import { openEmbeddingStore } from './embedding-store.ts';
import { createTextTokenizer } from './text-tokenizer.ts';

const tiny = createTinyEmbedding({ hiddenSize: 256, ffnSize: 512, headCount: 4 });
const { dimension, tokensMax, pooling, normalizes } = tiny.card;
const card = { dimension, tokensMax, pooling, normalizes };
const json = new TextEncoder().encode(tiny.tokenizer);
let manifest: EmbeddingManifest;
let modelRoot = '';
let server: RangeServer;
const flipped = tiny.model.slice();
flipped[1_500_000] = (flipped[1_500_000] as number) ^ 1;

beforeAll(async () => {
  const sources = { model: memorySource(tiny.model), tokenizer: memorySource(json), card };
  manifest = await createEmbeddingManifest(sources);
  modelRoot = await embeddingRoot(manifest);
  server = await startRangeServer({
    '/manifest.json': new TextEncoder().encode(JSON.stringify(manifest)),
    '/model.onnx': tiny.model,
    '/flipped.onnx': flipped,
    '/tokenizer.json': json,
  });
});
afterAll(() => server.close());

const open = (changes: Partial<Parameters<typeof openEmbeddingStore>[0]> = {}) =>
  openEmbeddingStore({
    modelRoot,
    manifestUrl: `${server.origin}/manifest.json`,
    sourceUrls: [`${server.origin}/model.onnx`],
    tokenizerUrls: [`${server.origin}/tokenizer.json`],
    cache: createMemoryCache(),
    timing: { stallMs: 2_000, backoffMs: 1 },
    ...changes,
  });

/** Element by element the matcher takes seconds for megabytes. */
const isModel = (bytes: Uint8Array): boolean => Buffer.from(tiny.model).equals(bytes);

describe('the manifest of an embedding model', () => {
  it('describes both files in pieces, and is named by every byte and by its card', async () => {
    expect(manifest.model.pieces).toHaveLength(Math.ceil(tiny.model.length / 2 ** 20));
    expect(manifest.model.pieces.length).toBeGreaterThan(1);
    expect(await verifyEmbeddingManifest(JSON.parse(JSON.stringify(manifest)), modelRoot)).toEqual(
      manifest,
    );
    const changes: Partial<EmbeddingManifest>[] = [
      { card: { ...card, pooling: 'cls' } },
      { card: { ...card, normalizes: false } },
      { card: { ...card, dimension: 128 } },
      { card: { ...card, tokensMax: 32 } },
      { model: { ...manifest.model, pieces: [...manifest.model.pieces].reverse() } },
      { tokenizer: { ...manifest.tokenizer, pieces: ['0'.repeat(64)] } },
    ];
    for (const change of changes) {
      const wrong = verifyEmbeddingManifest({ ...manifest, ...change }, modelRoot);
      await expect(wrong).rejects.toMatchObject({ code: 'hash-mismatch' });
    }
  });

  it('is refused with a missing, changed or extra field, and with the wrong number of pieces', () => {
    const codeOf = (value: unknown): unknown => {
      try {
        parseEmbeddingManifest(value);
      } catch (error) {
        return (error as { code?: unknown }).code;
      }
      return 'no error';
    };
    expect(codeOf(manifest)).toBe('no error');
    for (const name of Object.keys(manifest)) {
      expect(codeOf({ ...manifest, [name]: undefined }), name).toBe('bad-manifest');
      expect(codeOf({ ...manifest, [name]: [null] }), name).toBe('bad-manifest');
    }
    expect(codeOf({ ...manifest, extra: 1 })).toBe('bad-manifest');
    const { model } = manifest;
    expect(codeOf({ ...manifest, model: { ...model, pieces: model.pieces.slice(1) } })).toBe(
      'bad-manifest',
    );
    expect(codeOf({ ...manifest, model: { ...model, byteLength: 2 ** 31 } })).toBe('bad-manifest');
    expect(codeOf({ ...manifest, card: { ...card, pooling: 'max' } })).toBe('bad-manifest');
  });

  it('is made of nothing that could not be used', async () => {
    const create = (model: Uint8Array, tokenizer: string) =>
      createEmbeddingManifest({
        model: memorySource(model),
        tokenizer: memorySource(new TextEncoder().encode(tokenizer)),
        card,
      });
    await expect(create(tiny.model, 'no json')).rejects.toMatchObject({
      code: 'unsupported-tokenizer',
    });
    await expect(create(tiny.model, '{"model":{"type":"Abacus"}}')).rejects.toMatchObject({
      code: 'unsupported-tokenizer',
    });
    await expect(create(json, tiny.tokenizer)).rejects.toMatchObject({ code: 'malformed' });
    await expect(create(new Uint8Array(0), tiny.tokenizer)).rejects.toMatchObject({
      code: 'malformed',
    });
  });
});

describe('the store of an embedding model', () => {
  it('returns both files, and reads them from the cache the next time', async () => {
    const cache = createMemoryCache();
    const first = await open({ cache });
    expect(await first.readTokenizer()).toBe(tiny.tokenizer);
    expect(isModel(await first.readModel())).toBe(true);
    expect(first.progress()).toMatchObject({
      loadedBytes: tiny.model.length + json.length,
      totalBytes: tiny.model.length + json.length,
    });
    first.close();
    server.reset();
    const second = await open({ cache });
    expect(isModel(await second.readModel())).toBe(true);
    expect(await second.readTokenizer()).toBe(tiny.tokenizer);
    expect(second.progress().networkBytes).toBe(0);
    expect(server.requests).toEqual([]);
    second.close();
  });

  it('returns nothing whose hash is wrong, and takes the next mirror instead', async () => {
    const bad = `${server.origin}/flipped.onnx`;
    const alone = await open({ sourceUrls: [bad] });
    await expect(alone.readModel()).rejects.toMatchObject({ code: 'hash-mismatch' });
    alone.close();
    const both = await open({ sourceUrls: [bad, `${server.origin}/model.onnx`] });
    expect(isModel(await both.readModel())).toBe(true);
    both.close();
    await expect(open({ modelRoot: 'ab'.repeat(32) })).rejects.toMatchObject({
      code: 'hash-mismatch',
    });
  });

  it('stops when it is told to', async () => {
    const abort = new AbortController();
    const store = await open({ signal: abort.signal });
    abort.abort();
    await expect(store.readModel()).rejects.toMatchObject({ code: 'aborted' });
    store.close();
  });
});

describe('the tokenizer of an embedding model', () => {
  const { encode } = createTextTokenizer(tiny.tokenizer);

  it('marks the ends and cuts words into pieces', () => {
    const vocab = JSON.parse(tiny.tokenizer).model.vocab as Record<string, number>;
    const idsOf = (...pieces: string[]) => pieces.map((piece) => vocab[piece]);
    expect([...encode('Many HANDS')]).toEqual(idsOf('[CLS]', 'many', 'hands', '[SEP]'));
    expect([...encode('reading, Xq')]).toEqual(
      idsOf('[CLS]', 'read', '##ing', ',', 'x', '##q', '[SEP]'),
    );
    expect([...encode('')]).toEqual(idsOf('[CLS]', '[SEP]'));
    expect([...encode('\ud800')]).toEqual([...encode('\ufffd')]);
  });

  it('refuses a text far longer than any model reads', () => {
    expect(() => encode('a'.repeat(65_537))).toThrow(
      expect.objectContaining({ code: 'unsupported-feature' }),
    );
  });
});
