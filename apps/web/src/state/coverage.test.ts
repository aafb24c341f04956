import type { NetworkView } from '@manyhands/peer/create-peer';
import { describe, expect, it } from 'vitest';
import { catalogEntry, MODEL_ROOT } from '../testing/catalog-entry.ts';
import { describeProvider, describeRange, listFigures } from './contribution-view.ts';
import { describeCounts, summarizeCoverage } from './coverage.ts';
import { chooseModel, describeHoldable, listModelOptions } from './model-choice.ts';
import { listNetworkEvents, listNetworkModels, summarizeNetwork } from './network-page.ts';

const network = (blocks: number[], embeds = 1, heads = 1, volunteers = 2): NetworkView => ({
  peers: 3,
  models: [
    {
      kind: 'blocks',
      modelRoot: MODEL_ROOT,
      coverage: { blocks, embeds, heads, volunteers },
      kinds: { 'phone/webgpu-f32': 1, 'desktop/webgpu-f16': 2, 'tablet/x': 0 },
      sessions: 1,
    },
  ],
  events: [],
});
const full = network([2, 2, 1, 1, 1, 1, 1, 1]);

describe('coverage', () => {
  it('tells complete from incomplete and names what is missing', () => {
    expect(summarizeCoverage(full, catalogEntry())).toMatchObject({ state: 'full', missing: '' });
    expect(
      summarizeCoverage(network([1, 1, 1, 0, 0, 1, 0, 1], 1, 0), catalogEntry()),
    ).toMatchObject({
      state: 'partial',
      missing: 'blocks 3–4, 6 and the head',
      label: 'incomplete, 2 volunteers',
    });
  });

  it('counts a model the relay does not list as held by nobody, and no report as unknown', () => {
    const nobody = { ...full, models: [] };
    expect(summarizeCoverage(nobody, catalogEntry())).toMatchObject({
      state: 'none',
      blocks: [0, 0, 0, 0, 0, 0, 0, 0],
    });
    expect(summarizeCoverage(undefined, catalogEntry()).state).toBe('unknown');
  });

  it('does not trust the relay about the number of blocks', () => {
    expect(summarizeCoverage(network([1]), catalogEntry()).blocks).toHaveLength(8);
    expect(summarizeCoverage(network(new Array(20).fill(1)), catalogEntry()).blocks).toHaveLength(
      8,
    );
  });

  it('reads a strip of cells aloud', () => {
    expect(describeCounts([2, 2, 1, 0, 3])).toBe(
      'blocks 0–1 twice, block 2 once, block 3 by nobody, block 4 3 times',
    );
  });
});

describe('the model picker', () => {
  const hashing = catalogEntry({ id: 'big', name: 'Big', status: 'hashing', progress: 0.4 });
  const other = catalogEntry({ id: 'other', modelRoot: 'b'.repeat(64) });
  const unverified = catalogEntry({ id: 'new', name: 'New', status: 'unverified' });

  it('offers only what the relay has verified', () => {
    const options = listModelOptions([hashing, unverified, catalogEntry()], full);
    expect(options.map((option) => [option.isSelectable, option.label])).toEqual([
      [false, 'Big · 7.5 MB · being verified, 40%'],
      [false, 'New · 7.5 MB · not verified by this relay yet'],
      [true, 'Pip · 7.5 MB · ready, 2 volunteers'],
    ]);
    expect(chooseModel(options, 'new')?.entry.id).toBe('pip');
  });

  it('keeps the choice while it is usable, else takes a complete model before the first', () => {
    const options = listModelOptions([other, catalogEntry()], full);
    expect(chooseModel(options, 'other')?.entry.id).toBe('other');
    expect(chooseModel(options, null)?.entry.id).toBe('pip');
    expect(chooseModel([], null)).toBeUndefined();
  });
});

describe('the network page', () => {
  it('lists held models first, kinds by number and models outside the catalogue by root', () => {
    const waiting = catalogEntry({ id: 'other', name: 'Other', modelRoot: 'b'.repeat(64) });
    const models = listNetworkModels([waiting, catalogEntry()], full);
    expect(models.map((model) => model.name)).toEqual(['Pip', 'Other']);
    expect(models[0]?.kinds).toEqual(['2 desktops on webgpu-f16', '1 phone on webgpu-f32']);
    expect(listNetworkModels([], full)[0]?.name).toBe('Model aaaaaaaa');
    expect(summarizeNetwork(models)).toBe('2 tabs are contributing right now; 1 model can answer.');
    expect(summarizeNetwork([])).toContain('Nobody');
  });

  it('tells events in words', () => {
    const entries = [catalogEntry()];
    const events = listNetworkEvents(entries, [
      {
        atMs: 1,
        kind: 'volunteer-joined',
        modelRoot: MODEL_ROOT,
        deviceKind: 'phone',
        firstBlock: 0,
        endBlock: 4,
      },
      { atMs: 1, kind: 'volunteer-left', deviceKind: 'unknown' },
      { atMs: 1, kind: 'model-ready', modelRoot: MODEL_ROOT },
      { atMs: 1, kind: 'relay-started' },
    ]);
    expect(events.map((event) => event.text)).toEqual([
      'A phone joined with blocks 0–3 of Pip',
      'A tab with a model left',
      'Pip was verified',
      'The relay started',
    ]);
    expect(new Set(events.map((event) => event.key)).size).toBe(4);
  });
});

describe('a model that runs whole', () => {
  const card = { dimension: 64, tokensMax: 64, pooling: 'mean' as const, normalizes: true };
  const tokenizer = { type: 'file' as const, file: 'vectors.tokenizer.json' };
  const entry = catalogEntry({
    id: 'vectors',
    name: 'Vectors',
    blockCount: 0,
    embedding: { card, tokenizer },
    tokenizerUrls: ['/models/tokenizer.json'],
  });
  const held: NetworkView = {
    peers: 2,
    models: [
      {
        kind: 'embedding',
        modelRoot: MODEL_ROOT,
        coverage: { blocks: [], embeds: 0, heads: 0, volunteers: 1 },
        kinds: { 'desktop/onnx-wasm': 1 },
        sessions: 1,
      },
    ],
    events: [],
  };

  it('is offered to who contributes, as embeddings, and to nobody who asks a question', () => {
    expect(describeHoldable(entry)).toBe('Vectors · 7.5 MB · embeddings');
    expect(describeHoldable(catalogEntry({ status: 'failed' }))).toBe(
      'Pip · 7.5 MB · could not be verified',
    );
    expect(listModelOptions([entry, catalogEntry()], held).map(({ entry: { id } }) => id)).toEqual([
      'pip',
    ]);
  });

  it('is complete with its first volunteer, but lets no model answer', () => {
    expect(summarizeCoverage(held, entry)).toMatchObject({
      state: 'full',
      missing: '',
      blocks: [],
    });
    const models = listNetworkModels([entry], held);
    expect(models[0]).toMatchObject({ isEmbedding: true, sessions: '1 request under way' });
    expect(summarizeNetwork(models)).toContain('no model can answer yet');
    // Also where the catalogue does not list it (any more).
    expect(listNetworkModels([], held)[0]).toMatchObject({ isEmbedding: true });
  });

  it('is described to its volunteer by what computes, and counted in texts', () => {
    const state = {
      phase: 'serving' as const,
      job: 'embedding' as const,
      provider: {
        provider: 'wasm' as const,
        msPerText: { wasm: 8 },
        reason: { code: 'no-gpu' as const },
      },
      weightBytes: 1,
      kvBytes: 0,
      sessionCount: 0,
      linkCount: 0,
      tokensServed: 9,
      textsServed: 3,
      recoveries: 0,
      bytesSent: 0,
      bytesReceived: 0,
      isRelayConnected: true,
    };
    expect(describeRange(state)).toBe('the whole model, for embeddings');
    expect(describeProvider(state)).toBe(
      'Computed by the processor (WASM), 8 ms a short text. No GPU can be used.',
    );
    expect(listFigures(state)).toContainEqual(
      expect.objectContaining({ name: 'Texts embedded', raw: 3 }),
    );
  });
});
