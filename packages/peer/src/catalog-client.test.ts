import { afterEach, expect, test, vi } from 'vitest';
import { createCatalogClient } from './catalog-client.ts';

const ROOT = 'ab'.repeat(32);
const A = 'https://a.example';
const B = 'https://b.example';
afterEach(() => void vi.unstubAllGlobals());

/** A catalogue with one model, which is called as the relay is. */
function catalogOf(name: string): string {
  const entry = {
    id: 'model',
    name,
    description: 'For tests.',
    source: { type: 'file', file: 'model.gguf' },
    revision: 'builtin',
    status: 'ready',
    sizeBytes: 1,
    parameters: '1',
    licence: 'CC0-1.0',
    modelRoot: ROOT,
    blockCount: 1,
    contextLength: 1,
    manifestUrl: `/models/${ROOT}/manifest.json`,
    sourceUrls: [`/models/${ROOT}/model.gguf`],
  };
  return JSON.stringify({ version: 1, entries: [entry] });
}

test('the catalogue, and where a model is, come from the first relay that answers', async () => {
  const reachable = new Set([A, B]);
  vi.stubGlobal('fetch', async (url: URL) => {
    if (!reachable.has(url.origin)) throw new TypeError('Failed to fetch');
    return new Response(catalogOf(url.host));
  });
  const client = createCatalogClient(() => [A, B]);
  expect((await client.read()).entries[0]?.name).toBe('a.example');
  reachable.delete(A);
  expect((await client.read()).entries[0]?.name).toBe('b.example');
  expect((await client.locate(ROOT)).sourceUrls).toEqual([`${B}/models/${ROOT}/model.gguf`]);
  reachable.delete(B);
  const unavailable = expect.objectContaining({ code: 'catalog-unavailable' });
  await expect(client.read()).rejects.toThrow(unavailable);
  const stopped = AbortSignal.abort(new Error('stopped'));
  await expect(client.read(stopped)).rejects.toThrow('stopped');
});
