import { createMemoryCache } from '@manyhands/model/store/memory-cache';
import type { PieceCache } from '@manyhands/model/store/piece-cache';
import { signal } from '@preact/signals';
import { describe, expect, it } from 'vitest';
import { catalogEntry, MODEL_ROOT } from '../testing/catalog-entry.ts';
import { createMemoryStorage } from '../testing/memory-storage.ts';
import { createStorageState, type KeptCollection } from './storage.ts';
import { NO_STORAGE_DEVICE } from './storage-device.ts';
import {
  describeModelsTotal,
  describeOutcome,
  listKeptModels,
  listOtherKept,
  parseGigabytes,
  writeGigabytes,
} from './storage-view.ts';

const OTHER_ROOT = 'b'.repeat(64);

/** A cache with a model of 5 kB that is whole, and what a download that broke off left. */
async function createKept(): Promise<PieceCache> {
  const cache = createMemoryCache();
  const whole = await cache.open(MODEL_ROOT);
  await whole.writeManifest('{}');
  await whole.write(0, new Uint8Array(5_000));
  whole.close();
  (await cache.open(OTHER_ROOT)).close();
  return cache;
}

function createHarness(
  cache: PieceCache | undefined,
  collections: Readonly<Record<string, KeptCollection>> = {},
) {
  const done: string[] = [];
  const localStorage = createMemoryStorage();
  localStorage.setItem('manyhands.x', '12345');
  const storage = createStorageState({
    device: {
      ...NO_STORAGE_DEVICE,
      openCache: async () => cache,
      isPersisted: async () => false,
      listDatabases: async () => ['manyhands-identity'],
    },
    localStorage,
    collections,
    usedHere: signal(new Set<string>()),
    stopAll: async () => {
      done.push('stopped');
      throw new Error('the peer is gone');
    },
    goErase: () => done.push('left'),
  });
  return { storage, done };
}

describe('what is kept', () => {
  it('is looked at only when asked', async () => {
    const { storage } = createHarness(await createKept());
    expect(storage.facts.value).toBeUndefined();
    await storage.refresh();
    const facts = storage.facts.value;
    if (facts === undefined) throw new Error('nothing was found');
    expect(describeModelsTotal(facts)).toBe('2 models, 5 kB.');
    expect(listOtherKept(facts, 2)).toEqual([
      { key: 'settings', amount: '32 B' },
      { key: 'identity', amount: 'kept' },
      { key: 'circles', amount: '2 circles' },
      { key: 'kernels', amount: 'nothing kept' },
      { key: 'pages', amount: 'nothing kept' },
    ]);
  });

  it('is nothing where the browser keeps no files', async () => {
    const { storage } = createHarness(undefined);
    await storage.refresh();
    expect(storage.facts.value).toMatchObject({ models: undefined, space: undefined });
    await storage.setKeepBytesMax(1);
    expect(storage.outcome.value).toEqual({ kind: 'limit-refused' });
  });

  it('is deleted, unless a tab uses it', async () => {
    const cache = await createKept();
    const { storage } = createHarness(cache);
    const used = await cache.open(MODEL_ROOT);
    await storage.deleteModel(MODEL_ROOT);
    expect(describeOutcome(storage.outcome.value, () => 'Pip')).toContain('Pip is still there');
    used.close();
    await storage.deleteModel(MODEL_ROOT);
    expect(storage.outcome.value).toEqual({ kind: 'model-deleted', modelRoot: MODEL_ROOT });
    expect(storage.facts.value?.models?.map(({ modelRoot }) => modelRoot)).toEqual([OTHER_ROOT]);
  });

  it('is bounded from the moment a person says so', async () => {
    const { storage } = createHarness(await createKept());
    await storage.setKeepBytesMax(1_000);
    expect(storage.facts.value).toMatchObject({
      keepBytesMax: 1_000,
      models: [{ modelRoot: OTHER_ROOT }],
    });
  });

  it('includes what other parts of the site keep, which may fail', async () => {
    let count = 3;
    const { storage } = createHarness(undefined, {
      conversations: {
        facts: async () => ({ count, bytes: 10 * count }),
        deleteAll: async () => {
          count = 0;
        },
      },
      contributionHistory: {
        facts: () => Promise.reject(new Error('blocked')),
        deleteAll: () => Promise.reject(new Error('blocked')),
      },
    });
    await storage.deleteCollection('conversations');
    expect(storage.facts.value?.collections).toEqual([
      { name: 'conversations', facts: { count: 0, bytes: 0 } },
      { name: 'contributionHistory', facts: undefined },
    ]);
    await storage.deleteCollection('contributionHistory');
    expect(storage.outcome.value).toMatchObject({ kind: 'collection-failed' });
  });

  it('is all left behind after what runs has ended, even badly, and once', async () => {
    const { storage, done } = createHarness(undefined);
    await Promise.all([storage.eraseEverything(), storage.eraseEverything()]);
    expect(done).toEqual(['stopped', 'left']);
  });
});

describe('a model in the list', () => {
  const kept = (changes: object) => ({
    modelRoot: MODEL_ROOT,
    bytes: 5_000_000,
    lastUsedAtMs: 0,
    openCount: 0,
    hasManifest: true,
    ...changes,
  });
  const view = (changes: object, usedHere: string[] = []) =>
    listKeptModels([kept(changes)], [catalogEntry()], new Set(usedHere))[0];

  it('has its name and how much of it there is', () => {
    expect(view({})).toMatchObject({ name: 'Pip', size: '5 MB of 7.5 MB', problem: '' });
    expect(view({ modelRoot: OTHER_ROOT })).toMatchObject({ name: 'Model bbbbbbbb', size: '5 MB' });
  });

  it('says who uses it', () => {
    expect(view({})).toMatchObject({ use: '', isInUse: false });
    expect(view({}, [MODEL_ROOT])?.use).toContain('This tab uses it');
    expect(view({ openCount: 1 }, [MODEL_ROOT])?.use).toContain('This tab uses it');
    expect(view({ openCount: 2 }, [MODEL_ROOT])?.use).toContain('This tab and another');
    expect(view({ openCount: 1 })?.use).toContain('Another tab uses it');
  });

  it('says what is wrong with it, but not while it is being downloaded', () => {
    expect(view({ hasManifest: false })?.problem).toContain('broke off');
    expect(view({ modelRoot: 'notes' })?.problem).toContain('no model of ours');
    expect(view({ hasManifest: false, openCount: 1 })?.problem).toBe('');
  });
});

it('reads gigabytes as people write them', () => {
  expect(['5', ' 0,5 ', '0.01', ''].map(parseGigabytes)).toEqual([5e9, 5e8, 1e7, null]);
  expect(['0', '-1', 'five', '1e9', 'Infinity'].map(parseGigabytes)).toEqual(
    new Array(5).fill(undefined),
  );
  expect([writeGigabytes(5e8), writeGigabytes(undefined)]).toEqual(['0.5', '']);
});
