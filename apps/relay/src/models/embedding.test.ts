import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCatalogView } from '@manyhands/model/catalog';
import { verifyEmbeddingManifest } from '@manyhands/model/embedding/embedding-manifest';
import type { DirectoryEntry } from '@manyhands/protocol/directory';
import { createTinyEmbedding, type TinyEmbedding } from '@manyhands/testkit/tiny-embedding';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entryOf, holdingOf } from '../testing/test-identity.ts';
import { connect } from '../testing/test-peer.ts';
import { startTestRelay, type TestRelay, type TestRelayOptions } from '../testing/test-relay.ts';

const TINY = createTinyEmbedding();
const { dimension, tokensMax, pooling, normalizes } = TINY.card;
const CARD = { dimension, tokensMax, pooling, normalizes };

async function writeModel(directory: string, tiny: TinyEmbedding, name = 'tiny-embedding') {
  await writeFile(join(directory, `${name}.onnx`), tiny.model);
  await writeFile(join(directory, `${name}.tokenizer.json`), tiny.tokenizer);
  await writeFile(join(directory, `${name}.card.json`), JSON.stringify(tiny.card));
}

let relays: TestRelay[] = [];
beforeEach(() => {
  relays = [];
});
afterEach(() => Promise.all(relays.map((relay) => relay.dispose())));

async function start(options: TestRelayOptions = {}) {
  const models = await mkdtemp(join(tmpdir(), 'manyhands-onnx-'));
  await writeModel(models, TINY);
  const relay = await startTestRelay({ modelsDir: models, ...options });
  relays.push(relay);
  return { ...relay, models };
}

const viewed = ({ relay }: TestRelay, id = 'tiny-embedding') => {
  const { entries } = parseCatalogView(JSON.parse(JSON.stringify(relay.models.view())));
  const entry = entries.find((each) => each.id === id);
  if (entry === undefined) throw new Error(`no ${id}`);
  return entry;
};

describe('an embedding model of the operator', () => {
  it('is listed with its card and served as a manifest and two files', async () => {
    const test = await start();
    const entry = viewed(test);
    expect(entry).toMatchObject({
      name: 'Tiny embedding',
      status: 'ready',
      blockCount: 0,
      contextLength: tokensMax,
      sizeBytes: TINY.model.length + TINY.tokenizer.length,
      embedding: { card: CARD },
    });
    const root = entry.modelRoot ?? '';
    const read = async (path = '') => fetch(new URL(path, test.relay.url));
    const manifest = await (await read(entry.manifestUrl)).json();
    const verified = await verifyEmbeddingManifest(manifest, root);
    expect(verified.card).toEqual(CARD);
    const model = await read(entry.sourceUrls[0]);
    expect(Buffer.from(TINY.model).equals(new Uint8Array(await model.arrayBuffer()))).toBe(true);
    expect(await (await read(entry.tokenizerUrls?.[0])).text()).toBe(TINY.tokenizer);
    expect((await read(`/models/${root}/model.gguf`)).status).toBe(404);
    expect((await read(`/models/${test.modelRoot}/tokenizer.json`)).status).toBe(404);
    await rm(test.models, { recursive: true });
  });

  it('is hashed once, and again when a file or its card changed', async () => {
    const test = await start();
    const { modelRoot } = viewed(test);
    const manifests = async () => (await readdir(join(test.directory, 'data', 'manifests'))).length;
    const before = await manifests();
    const again = await test.again();
    const rootOf = (relay: typeof again) =>
      relay.models.view().entries.find(({ id }) => id === 'tiny-embedding')?.modelRoot;
    expect(rootOf(again)).toBe(modelRoot);
    expect(await manifests()).toBe(before);
    const card = { ...TINY.card, pooling: 'cls' };
    await writeFile(join(test.models, 'tiny-embedding.card.json'), JSON.stringify(card));
    const other = rootOf(await test.again());
    expect(other).toMatch(/^[0-9a-f]{64}$/);
    expect(other).not.toBe(modelRoot);
    await rm(test.models, { recursive: true });
  });

  it('says what is wrong with one that cannot be served', async () => {
    const models = await mkdtemp(join(tmpdir(), 'manyhands-onnx-'));
    const { model, tokenizer, card } = TINY;
    await writeModel(models, TINY, 'no-card');
    await rm(join(models, 'no-card.card.json'));
    await writeModel(models, TINY, 'no-tokenizer');
    await rm(join(models, 'no-tokenizer.tokenizer.json'));
    await writeModel(models, { ...TINY, card: { ...card, dimension: 0 } }, 'bad-card');
    await writeModel(models, { ...TINY, tokenizer: '{"model":{}}' }, 'bad-tokenizer');
    await writeModel(models, { ...TINY, model: new TextEncoder().encode('GGUF') }, 'no-onnx');
    await writeModel(models, { ...TINY, model, tokenizer }, 'right');
    const relay = await startTestRelay({ modelsDir: models });
    relays.push(relay);
    for (const [id, message] of [
      ['no-card', /card\.json cannot be read/],
      ['no-tokenizer', /tokenizer\.json is missing/],
      ['bad-card', /dimension/],
      ['bad-tokenizer', /tokenizer\.json cannot be used/],
      ['no-onnx', /no ONNX model/],
    ] as const) {
      const entry = viewed(relay, id);
      expect(entry, id).toMatchObject({ status: 'failed' });
      expect(entry.message, id).toMatch(message);
    }
    expect(viewed(relay, 'right').status).toBe('ready');
    await rm(models, { recursive: true });
  });

  it('may be at URLs, and is then ready without being read again', async () => {
    const base = 'https://models.example';
    const files: Record<string, Uint8Array> = {
      [`${base}/model.onnx`]: TINY.model,
      [`${base}/tokenizer.json`]: new TextEncoder().encode(TINY.tokenizer),
    };
    let requestCount = 0;
    const fetchBytes: typeof fetch = async (url, init) => {
      requestCount += 1;
      const bytes = files[String(url)] as Uint8Array;
      const range = new Headers(init?.headers).get('range') ?? '';
      const [, first = 0, last = 0] = (/bytes=(\d+)-(\d+)/.exec(range) ?? []).map(Number);
      const part = bytes.slice(first, last + 1);
      const end = first + part.length - 1;
      const headers = { 'Content-Range': `bytes ${first}-${end}/${bytes.length}` };
      return new Response(part, { status: 206, headers });
    };
    const entry = {
      id: 'remote',
      name: 'Remote',
      description: 'For tests.',
      source: { type: 'url', url: `${base}/model.onnx` },
      revision: 'main',
      sizeBytes: 1,
      blockCount: 0,
      contextLength: 1,
      licence: 'CC0-1.0',
      parameters: '90K',
      embedding: { card: CARD, tokenizer: { type: 'url', url: `${base}/tokenizer.json` } },
    };
    const relay = await startTestRelay({ entries: [entry], fetch: fetchBytes });
    relays.push(relay);
    expect(viewed(relay, 'remote').status).toBe('unverified');
    const root = await relay.relay.models.verify('remote');
    expect(viewed(relay, 'remote')).toMatchObject({
      status: 'ready',
      modelRoot: root,
      sourceUrls: [`${base}/model.onnx`],
      tokenizerUrls: [`${base}/tokenizer.json`],
    });
    const readCount = requestCount;
    const again = await relay.again();
    expect(again.models.ready(root)).toBeDefined();
    expect(requestCount).toBe(readCount);
  });
});

describe('the directory of whole models', () => {
  const embedding = (modelRoot: string, more: object = {}) => ({
    kind: 'embedding' as const,
    modelRoot,
    dimension,
    tokensMax,
    msPerText: 3,
    ...more,
  });

  it('proposes one only to who asks for it, and only where it fits', async () => {
    const test = await start();
    const { modelRoot = '' } = viewed(test);
    const peer = await connect(test.relay);
    const ask = async (requestId: number, memoryBytes: number, root?: string) => {
      const wanted = root === undefined ? {} : { modelRoot: root };
      peer.send({ type: 'placement-request', requestId, memoryBytes, ...wanted });
      return peer.next('placement-proposal', (answer) => answer.requestId === requestId);
    };
    expect((await ask(1, 2 ** 30)).proposal).toMatchObject({
      kind: 'blocks',
      modelRoot: test.modelRoot,
    });
    expect((await ask(2, 2 ** 30, modelRoot)).proposal).toEqual({ kind: 'embedding', modelRoot });
    expect(await ask(3, 2 ** 20, modelRoot)).toMatchObject({
      proposal: null,
      reason: expect.stringContaining('MiB'),
    });
    await rm(test.models, { recursive: true });
  });

  it('tells watchers who holds it, and shows it on the network page as what it is', async () => {
    const test = await start();
    const { modelRoot = '' } = viewed(test);
    const watcher = await connect(test.relay);
    watcher.send({ type: 'watch', modelRoot, candidatesMax: 9 });
    expect((await watcher.next('directory')).entries).toEqual([]);
    const volunteer = await connect(test.relay);
    await volunteer.announce(entryOf(volunteer.identity, [embedding(modelRoot)]));
    const delta = await watcher.next('directory-delta');
    expect(delta.coverage).toEqual({ blocks: [], embeds: 0, heads: 0, volunteers: 1 });
    const held = JSON.parse(delta.changed[0]?.payload ?? '{}') as DirectoryEntry;
    expect(held.holdings).toEqual([embedding(modelRoot)]);
    watcher.send({ type: 'watch-network' });
    const network = await watcher.next('network');
    expect(network.models[0]).toMatchObject({
      kind: 'embedding',
      modelRoot,
      coverage: { volunteers: 1 },
    });
    expect(network.events.find(({ kind }) => kind === 'volunteer-joined')).not.toHaveProperty(
      'firstBlock',
    );
    await rm(test.models, { recursive: true });
  });

  it('refuses holdings that do not fit the model', async () => {
    const test = await start();
    const { modelRoot = '' } = viewed(test);
    for (const holding of [
      embedding(modelRoot, { dimension: dimension + 1 }),
      embedding(modelRoot, { tokensMax: tokensMax + 1 }),
      embedding(test.modelRoot),
      holdingOf(modelRoot, 0, 1),
    ]) {
      const peer = await connect(test.relay);
      await peer.announce(entryOf(peer.identity, [holding]));
      expect(await peer.next('refused')).toMatchObject({ code: 'malformed' });
    }
    expect(test.relay.volunteerCount).toBe(0);
    await rm(test.models, { recursive: true });
  });
});
