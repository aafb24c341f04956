import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { afterEach, describe, expect, it } from 'vitest';
import { createManifest } from '../manifest-create.ts';
import { manifestRoot } from '../manifest-root.ts';
import { memorySource } from '../memory-source.ts';
import { createOpfsCache } from './opfs-cache.ts';
import type { PieceCache } from './piece-cache.ts';
import { openWeightStore, type WeightStore } from './weight-store.ts';

const FOLDER = 'weight-store-test';

afterEach(async () => {
  const storage = await navigator.storage.getDirectory();
  await storage.removeEntry(FOLDER, { recursive: true }).catch(() => undefined);
});

describe('weights in OPFS', () => {
  it('need no network on a second visit, and repair a damaged file with one request', async () => {
    const file = createTinyModel({ hiddenSize: 128, vocabSize: 512 });
    const manifest = await createManifest(memorySource(file));
    const modelRoot = await manifestRoot(manifest);
    const requests: string[] = [];
    const fetchFile = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
      const range = new Headers(init?.headers).get('range') ?? '';
      requests.push(`${input} ${range}`);
      if (input === '/manifest.json') return new Response(JSON.stringify(manifest));
      const [start = 0, last = 0] = range.slice('bytes='.length).split('-').map(Number);
      return new Response(file.slice(start, last + 1), { status: 206 });
    };
    const visit = async (): Promise<WeightStore> => {
      const store = await openWeightStore({
        modelRoot,
        manifestUrl: '/manifest.json',
        sourceUrls: ['/model.gguf'],
        fetch: fetchFile,
        cache: await openCache(),
      });
      for (const tensor of store.plan(manifest.tensors)) {
        let at = tensor.offset;
        for await (const bytes of store.readTensor(tensor)) {
          // Vitest compares typed arrays of this size for seconds.
          expect(bytes.every((byte, index) => byte === file[at + index])).toBe(true);
          at += bytes.length;
        }
        expect(at).toBe(tensor.offset + tensor.byteLength);
      }
      store.close();
      return store;
    };

    const first = await visit();
    expect(first.progress().networkBytes).toBeGreaterThan(0);
    requests.length = 0;
    const second = await visit();
    expect(requests).toEqual([]);
    expect(second.progress()).toMatchObject({ networkBytes: 0, repairedPieces: 0 });

    await damageOnePiece(modelRoot);
    const third = await visit();
    expect(third.progress().repairedPieces).toBe(1);
    expect(requests).toHaveLength(1);
    requests.length = 0;
    const fourth = await visit();
    expect(requests).toEqual([]);
    expect(fourth.progress().repairedPieces).toBe(0);
  });
});

async function damageOnePiece(modelRoot: string): Promise<void> {
  const storage = await navigator.storage.getDirectory();
  const folder = await (await storage.getDirectoryHandle(FOLDER)).getDirectoryHandle(modelRoot);
  for await (const [name, handle] of folder.entries()) {
    if (!name.endsWith('.piece') || handle.kind !== 'file') continue;
    const stream = await (await folder.getFileHandle(name)).createWritable({
      keepExistingData: true,
    });
    await stream.write({ type: 'write', position: 0, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) });
    await stream.close();
    return;
  }
}

async function openCache(): Promise<PieceCache> {
  const cache = await createOpfsCache(FOLDER);
  if (cache === undefined) throw new Error('this browser has no OPFS');
  return cache;
}
