import { embeddingRoot } from '@manyhands/model/embedding/embedding-manifest';
import { createEmbeddingManifest } from '@manyhands/model/embedding/embedding-manifest-create';
import { createTextTokenizer } from '@manyhands/model/embedding/text-tokenizer';
import { memorySource } from '@manyhands/model/memory-source';
import { int, writeOnnx } from '@manyhands/testkit/onnx-writer';
import { createTinyEmbedding, type TinyEmbedding } from '@manyhands/testkit/tiny-embedding';
import { embedByReference } from '@manyhands/testkit/tiny-embedding.reference';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { LoadProgress } from '../worker/engine-api.ts';
import { measureProviders } from './choose-provider.ts';
import { createEmbeddingEngine, type EmbeddingHandle } from './create-embedding-engine.ts';
import type { LoadEmbeddingOptions } from './embedding-api.ts';
import { createEmbeddingModel } from './embedding-model.ts';
import { loadOnnx, type Onnx } from './ort.ts';

// The runtime compiles a shader for every shape, which a software adapter takes seconds for.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const TEXTS = [
  'Many hands make light work.',
  'A cat',
  'Paris is the capital of France, and London is the capital of England; who would have known it?',
];
/** f32 against double precision, over two layers. */
const TOLERANCE = 2e-6;

const {
  name: _name,
  description: _text,
  licence: _l,
  parameters: _p,
  ...CARD
} = createTinyEmbedding().card;

function tokenIdsOf({ tokenizer }: TinyEmbedding, texts: readonly string[]) {
  const { encode } = createTextTokenizer(tokenizer);
  return texts.map((text) => encode(text));
}

function expectReference(tiny: TinyEmbedding, texts: readonly string[], vectors: Float32Array) {
  const { dimension } = tiny.card;
  expect(vectors).toHaveLength(texts.length * dimension);
  for (const [index, ids] of tokenIdsOf(tiny, texts).entries()) {
    const wanted = embedByReference(tiny.weights, [...ids]);
    const got = vectors.subarray(index * dimension, (index + 1) * dimension);
    const worst = Math.max(...wanted.map((value, at) => Math.abs(value - (got[at] as number))));
    expect(worst, `text ${index}`).toBeLessThan(TOLERANCE);
  }
}

describe.each(['wasm', 'webgpu'] as const)('the runtime with its %s provider', (provider) => {
  let onnx: Onnx;
  beforeAll(async () => {
    onnx = await loadOnnx(provider);
  });

  test('returns what the network in plain loops returns, text by text and padded', async () => {
    const tiny = createTinyEmbedding();
    const model = await createEmbeddingModel(onnx, tiny.model, CARD, provider);
    const ids = tokenIdsOf(tiny, TEXTS);
    expectReference(tiny, TEXTS, await model.embed(ids));
    expectReference(tiny, TEXTS.slice(1, 2), await model.embed(ids.slice(1, 2)));
    await model.dispose();
    await expect(model.embed(ids)).rejects.toMatchObject({ code: 'disposed' });
  });

  test('takes the vectors of a graph that pools itself', async () => {
    const tiny = createTinyEmbedding({ isPooled: true, seed: 5 });
    const card = { ...CARD, pooling: 'pooled' as const };
    const model = await createEmbeddingModel(onnx, tiny.model, card, provider);
    expectReference(tiny, TEXTS, await model.embed(tokenIdsOf(tiny, TEXTS)));
    await model.dispose();
  });
});

test('takes the faster provider by measurement, and goes on with it alone', async () => {
  const tiny = createTinyEmbedding();
  const ids = tokenIdsOf(tiny, TEXTS);
  const { model, choice } = await measureProviders(tiny.model, CARD, ids[0] as Uint32Array);
  const { webgpu = 0, wasm = 0 } = choice.msPerText;
  expect(wasm).toBeGreaterThan(0);
  expect(webgpu).toBeGreaterThan(0);
  expect(choice.provider).toBe(webgpu < wasm ? 'webgpu' : 'wasm');
  expect(choice.reason.code).toBe('measured');
  expect(model.provider).toBe(choice.provider);
  expectReference(tiny, TEXTS, await model.embed(ids));
  await model.dispose();
});

describe('what a graph must have', () => {
  let onnx: Onnx;
  beforeAll(async () => {
    onnx = await loadOnnx('wasm');
  });
  const tiny = createTinyEmbedding();

  test.each([
    ['no ONNX file', new TextEncoder().encode('not a model at all'), CARD],
    ['a file that ends early', tiny.model.slice(0, 5_000), CARD],
    [
      'rows where its card promises one vector',
      tiny.model,
      { ...CARD, pooling: 'pooled' as const },
    ],
    ['no token ids', graph({ inputs: ['pixel_values'] }), CARD],
    ['an input that no text gives', graph({ inputs: ['input_ids', 'pixel_values'] }), CARD],
    ['an operator that nobody knows', graph({ op: 'Teleport' }), CARD],
    ['no floats', graph({ element: 'int64' }), CARD],
  ])('refuses a model with %s', async (_, bytes, card) => {
    await expect(createEmbeddingModel(onnx, bytes, card, 'wasm')).rejects.toMatchObject({
      name: 'EngineError',
      code: 'unsupported-model',
    });
  });

  test('refuses vectors of another size than promised, too many texts, too long ones', async () => {
    const model = await createEmbeddingModel(onnx, tiny.model, { ...CARD, dimension: 32 }, 'wasm');
    const embed = (...lengths: number[]) =>
      model.embed(lengths.map((length) => new Uint32Array(length).fill(7)));
    await expect(embed(4)).rejects.toMatchObject({ code: 'unsupported-model' });
    await expect(embed(65)).rejects.toMatchObject({ code: 'text-too-long' });
    await expect(embed(0)).rejects.toMatchObject({ code: 'bad-step' });
    await expect(embed()).rejects.toMatchObject({ code: 'bad-step' });
    await expect(embed(...new Array(65).fill(3))).rejects.toMatchObject({ code: 'bad-step' });
    // A token id beyond the vocabulary is the runtime's to find.
    await expect(model.embed([Uint32Array.of(100_000)])).rejects.toMatchObject({
      code: 'validation',
    });
    await model.dispose();
  });
});

describe('the embedding engine in its worker', () => {
  const engines: EmbeddingHandle[] = [];
  afterEach(() => {
    for (const engine of engines.splice(0)) engine.terminate();
  });
  const start = (callMsMax?: number): EmbeddingHandle => {
    const engine = createEmbeddingEngine(callMsMax === undefined ? {} : { callMsMax });
    engines.push(engine);
    return engine;
  };
  const tiny = createTinyEmbedding({ seed: 9 });
  const load = async (
    engine: EmbeddingHandle,
    changes: Partial<LoadEmbeddingOptions> = {},
    onProgress: (progress: LoadProgress) => void = () => undefined,
  ) => engine.load({ ...(await serve(tiny)), ...changes }, onProgress);

  test('loads verified bytes, chooses a provider and says why', async () => {
    const engine = start();
    const phases: string[] = [];
    const loaded = await load(engine, {}, ({ phase }) => phases.push(phase));
    expect(new Set(phases)).toEqual(new Set(['manifest', 'weights', 'compile', 'ready']));
    // SwiftShader is software: the small runtime without WebGPU has to win unmeasured.
    expect(loaded).toMatchObject({ numericClass: 'onnx-wasm', card: CARD });
    expect(loaded.choice.reason.code).toMatch(/^(software-gpu|no-gpu)$/);
    expect(loaded.msPerText).toBeGreaterThan(0);
    expect(loaded.weightBytes).toBe(tiny.model.length);

    const { vectors, tokenCount, computeMs } = await engine.embed(TEXTS);
    expectReference(tiny, TEXTS, vectors);
    const lengths = tokenIdsOf(tiny, TEXTS).map(({ length }) => length);
    expect(tokenCount).toBe(lengths.reduce((sum, length) => sum + length, 0));
    expect(computeMs).toBeGreaterThan(0);
  });

  test('takes the provider that a person chose', async () => {
    const engine = start();
    const loaded = await load(engine, { provider: 'webgpu' });
    expect(loaded.numericClass).toBe('onnx-webgpu');
    expectReference(tiny, TEXTS, (await engine.embed(TEXTS)).vectors);
  });

  test('uses nothing whose hash is wrong', async () => {
    const { model, tokenizer } = tiny;
    const flipped = model.slice();
    flipped[200_000] = (flipped[200_000] as number) ^ 1;
    const mismatch = { code: 'hash-mismatch' };
    // Each model is another one, so that no cache has the right bytes.
    let seed = 100;
    const loadBad = async (changes: Partial<LoadEmbeddingOptions>) => {
      const unseen = createTinyEmbedding({ seed });
      seed += 1;
      return start().load({ ...(await serve(unseen)), ...changes }, () => undefined);
    };
    await expect(loadBad({ sourceUrls: [urlOf(flipped)] })).rejects.toMatchObject(mismatch);
    const otherWords = tokenizer.replace('hands', 'hinds');
    await expect(loadBad({ tokenizerUrls: [urlOf(otherWords)] })).rejects.toMatchObject(mismatch);
    await expect(loadBad({ modelRoot: 'ab'.repeat(32) })).rejects.toMatchObject(mismatch);
  });

  test('refuses a model beyond the memory it may use before fetching it', async () => {
    const loading = load(start(), { memoryBytesMax: 2 ** 20, sourceUrls: ['/not-there.onnx'] });
    await expect(loading).rejects.toMatchObject({ code: 'over-budget' });
  });

  test('refuses texts that are too long or too many, and goes on', async () => {
    const engine = start();
    await load(engine);
    const long = 'word '.repeat(tiny.card.tokensMax);
    await expect(engine.embed([long])).rejects.toMatchObject({ code: 'text-too-long' });
    await expect(engine.embed(['x'.repeat(70_000)])).rejects.toMatchObject({ name: 'ModelError' });
    await expect(engine.embed(new Array(65).fill('a'))).rejects.toMatchObject({ code: 'bad-step' });
    expectReference(tiny, ['A cat'], (await engine.embed(['A cat'])).vectors);
  });

  test('is free after unload, and ends a call that takes too long', async () => {
    const engine = start();
    await load(engine);
    await engine.unload();
    await expect(engine.embed(['a'])).rejects.toMatchObject({ code: 'disposed' });
    await load(engine);
    expectReference(tiny, ['A cat'], (await engine.embed(['A cat'])).vectors);

    const hurried = start(1);
    await load(hurried);
    const many = new Array(64).fill('the cat and the dog and the bird and the fish and the horse');
    await expect(hurried.embed(many)).rejects.toMatchObject({ code: 'timed-out' });
    await expect(hurried.embed(['a'])).rejects.toMatchObject({ code: 'timed-out' });
  });
});

/** Blob URLs answer Range requests, so the worker loads over `fetch` as it does from a relay. */
async function serve({ model, tokenizer, card }: TinyEmbedding): Promise<LoadEmbeddingOptions> {
  const { dimension, tokensMax, pooling, normalizes } = card;
  const manifest = await createEmbeddingManifest({
    model: memorySource(model),
    tokenizer: memorySource(new TextEncoder().encode(tokenizer)),
    card: { dimension, tokensMax, pooling, normalizes },
  });
  return {
    modelRoot: await embeddingRoot(manifest),
    manifestUrl: urlOf(JSON.stringify(manifest)),
    sourceUrls: [urlOf(model)],
    tokenizerUrls: [urlOf(tokenizer)],
    memoryBytesMax: 512 * 2 ** 20,
    gpuShare: 1,
  };
}

function urlOf(content: Uint8Array<ArrayBuffer> | string): string {
  return URL.createObjectURL(new Blob([content]));
}

/** A graph of one node that passes its first input on. */
function graph(changes: { inputs?: string[]; op?: string; element?: 'float32' | 'int64' }) {
  const { inputs = ['input_ids'], op = 'Cast', element = 'float32' } = changes;
  const attributes = op === 'Cast' ? { to: int(element === 'float32' ? 1 : 7) } : {};
  return writeOnnx({
    name: 'one-node',
    opsets: { '': 17 },
    nodes: [{ op, inputs: inputs.slice(0, 1), outputs: ['last_hidden_state'], attributes }],
    initializers: [],
    inputs: inputs.map((name) => ({ name, element: 'int64', dims: ['batch', 'tokens', 8] })),
    outputs: [{ name: 'last_hidden_state', element, dims: ['batch', 'tokens', 8] }],
  });
}
