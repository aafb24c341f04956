import { readFile, stat } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blobSource } from './blob-source.ts';
import { type Catalog, type CatalogView, parseCatalog, parseCatalogView } from './catalog.ts';
import { ModelError } from './error.ts';
import { readConfig } from './gguf/read-config.ts';
import { readGguf } from './gguf/read-gguf.ts';

const folder = new URL('../../../apps/web/models/', import.meta.url);
const shipped: unknown = JSON.parse(await readFile(new URL('catalog.json', folder), 'utf8'));

describe('the catalogue in the repository', () => {
  it('lists the built-in model with the numbers its file states', async () => {
    const [entry] = parseCatalog(shipped).entries;
    if (entry?.source.type !== 'file') throw new Error('the first entry is not built in');
    const path = new URL(entry.source.file, folder);
    expect((await stat(path)).size).toBe(entry.sizeBytes);
    const config = readConfig(await readGguf(blobSource(new Blob([await readFile(path)]))));
    expect(config).toMatchObject({
      blockCount: entry.blockCount,
      contextLength: entry.contextLength,
    });
  });

  it('names the revision that each URL really asks for', () => {
    const remote = parseCatalog(shipped).entries.filter(({ source }) => source.type === 'url');
    expect(remote.length).toBeGreaterThan(0);
    for (const { source, revision } of remote) {
      expect(source).toMatchObject({ url: expect.stringContaining(`/resolve/${revision}/`) });
      expect(revision).toMatch(/^(main|[0-9a-f]{40})$/);
    }
  });
});

describe('parseCatalog', () => {
  it.each<[string, (draft: Catalog) => void]>([
    ['a path as a file', (draft) => setSource(draft, { type: 'file', file: '../x.gguf' })],
    ['a script as a URL', (draft) => setSource(draft, { type: 'url', url: 'javascript:1' })],
    ['two models with one id', (draft) => draft.entries.push(...draft.entries)],
    ['an unknown field', (draft) => Object.assign(draft.entries[0] ?? {}, { extra: 1 })],
    ['no size', (draft) => Object.assign(draft.entries[0] ?? {}, { sizeBytes: 0 })],
    ['a later version', (draft) => Object.assign(draft, { version: 2 })],
  ])('refuses %s', (_, change) => {
    const draft = structuredClone(parseCatalog(shipped));
    change(draft);
    expect(() => parseCatalog(draft)).toThrow(expect.objectContaining({ code: 'bad-catalog' }));
  });
});

describe('parseCatalogView', () => {
  const modelRoot = 'a'.repeat(64);
  const view: CatalogView = {
    version: 1,
    entries: parseCatalog(shipped).entries.map((entry) => ({
      ...entry,
      status: 'ready',
      modelRoot,
      manifestUrl: `/models/${modelRoot}/manifest.json`,
      sourceUrls: [`/models/${modelRoot}/model.gguf`],
    })),
  };

  it('accepts what a relay serves', () => {
    expect(parseCatalogView(JSON.parse(JSON.stringify(view)))).toEqual(view);
  });

  it.each([
    ['a ready model without a root', { modelRoot: undefined }],
    ['a ready model without sources', { sourceUrls: [] }],
    ['another origin in disguise', { manifestUrl: '//elsewhere.example/manifest.json' }],
    ['a script as a source', { sourceUrls: ['javascript:1'] }],
    ['progress beyond the end', { progress: 1.5 }],
  ])('refuses %s', (_, change) => {
    const [first, ...rest] = view.entries;
    const changed = { ...view, entries: [{ ...first, ...change }, ...rest] };
    expect(() => parseCatalogView(changed)).toThrow(
      expect.objectContaining({ code: 'bad-catalog' }),
    );
  });

  it('throws nothing but coded errors', () => {
    fc.assert(
      fc.property(
        fc.anything(),
        fc.constantFrom('entries', 'version', 'id', 'source'),
        (value, key) => {
          const changed: unknown =
            key in view
              ? { ...view, [key]: value }
              : { ...view, entries: [{ ...view.entries[0], [key]: value }] };
          try {
            parseCatalogView(changed);
          } catch (error) {
            expect(error).toBeInstanceOf(ModelError);
          }
        },
      ),
    );
  });
});

function setSource(draft: Catalog, source: Catalog['entries'][number]['source']): void {
  Object.assign(draft.entries[0] ?? {}, { source });
}
