import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCatalogView } from '@manyhands/model/catalog';
import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../log.ts';
import { tinyEntry } from '../testing/test-relay.ts';
import { createManifestStore } from './manifest-store.ts';
import { createModelLibrary, type LibraryOptions, type ModelLibrary } from './model-library.ts';

const MODEL = createTinyModel({ blockCount: 3, hiddenSize: 32, ffnSize: 32, name: 'Small one' });
const REMOTE = 'https://models.example/remote.gguf';
let directory = '';
let libraries: ModelLibrary[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'manyhands-models-'));
  libraries = [];
});
afterEach(async () => {
  await Promise.all(libraries.map((library) => library.dispose()));
  await rm(directory, { recursive: true });
});

async function open(entries: object[] = [], more: Partial<LibraryOptions> = {}) {
  const catalogFile = join(directory, 'catalog.json');
  await writeFile(catalogFile, JSON.stringify({ version: 1, entries }));
  const library = await createModelLibrary({
    catalogFile,
    modelsDir: directory,
    modelFiles: [],
    store: createManifestStore(join(directory, 'data')),
    log: silentLog,
    onReady() {},
    ...more,
  });
  libraries.push(library);
  return library;
}

const remoteEntry = (more: object = {}) =>
  tinyEntry(MODEL.length, { id: 'remote', source: { type: 'url', url: REMOTE }, ...more });

/** A mirror with Range support that counts the bytes it gave. */
function createMirror(bytes: Uint8Array<ArrayBuffer>) {
  const state = { bytesSent: 0 };
  const fetchBytes: typeof fetch = async (_, init) => {
    const range = new Headers(init?.headers).get('range') ?? '';
    const [, first = 0, last = 0] = (/bytes=(\d+)-(\d+)/.exec(range) ?? []).map(Number);
    const part = bytes.slice(first, last + 1);
    state.bytesSent += part.length;
    const end = first + part.length - 1;
    const headers = { 'Content-Range': `bytes ${first}-${end}/${bytes.length}` };
    return new Response(part, { status: 206, headers });
  };
  return { state, fetch: fetchBytes };
}

const only = (library: ModelLibrary) => {
  const [entry] = parseCatalogView(JSON.parse(JSON.stringify(library.view()))).entries;
  if (entry === undefined) throw new Error('no entry');
  return entry;
};

describe('files of the operator', () => {
  it('are hashed with progress and described by their metadata', async () => {
    await writeFile(join(directory, 'My Model.GGUF'), MODEL);
    const library = await open();
    expect(only(library)).toMatchObject({ status: 'hashing', progress: 0, sourceUrls: [] });
    expect(library.list()).toEqual([]);
    await library.settled();
    const entry = only(library);
    expect(entry).toMatchObject({
      id: 'my-model',
      name: 'Small one',
      status: 'ready',
      sizeBytes: MODEL.length,
      blockCount: 3,
      contextLength: 256,
      parameters: expect.stringMatching(/^\d+K$/),
    });
    expect(library.get(entry.modelRoot ?? '')).toMatchObject({ blockCount: 3, name: 'Small one' });
    expect(library.ready(entry.modelRoot ?? '')?.version?.size).toBe(MODEL.length);
  });

  it('are hashed once, and again when they changed', async () => {
    const path = join(directory, 'a.gguf');
    await writeFile(path, MODEL);
    const first = await open();
    await first.settled();
    const root = only(first).modelRoot;
    const manifests = join(directory, 'data', 'manifests');
    expect(await readdir(manifests)).toEqual([`${root}.json`]);

    const second = await open();
    await second.settled();
    expect(only(second).modelRoot).toBe(root);

    const other = createTinyModel({ blockCount: 2, seed: 9 });
    await writeFile(path, other);
    const third = await open();
    await third.settled();
    expect(only(third).modelRoot).not.toBe(root);
    expect(only(third)).toMatchObject({ status: 'ready', blockCount: 2 });
    expect(await readdir(manifests)).toHaveLength(2);
  });

  it('are hashed again where the stored manifest is damaged', async () => {
    await writeFile(join(directory, 'a.gguf'), MODEL);
    const first = await open();
    await first.settled();
    const root = only(first).modelRoot ?? '';
    const stored = join(directory, 'data', 'manifests', `${root}.json`);
    const text = await readFile(stored, 'utf8');
    for (const damaged of [
      '',
      '{',
      text.slice(0, -9),
      text.replace(/[0-9a-f]{64}/, 'f'.repeat(64)),
    ]) {
      await writeFile(stored, damaged);
      const again = await open();
      await again.settled();
      expect(only(again).modelRoot).toBe(root);
      expect(await readFile(stored, 'utf8')).toBe(text);
    }
  });

  it.each([
    ['no model', new TextEncoder().encode('hello')],
    ['empty', new Uint8Array(0)],
    ['truncated', MODEL.slice(0, MODEL.length - 1000)],
    ['a header cut short', MODEL.slice(0, 200)],
  ])('that are %s show as failed, and the others are served', async (_, bytes) => {
    await writeFile(join(directory, 'bad.gguf'), bytes);
    await writeFile(join(directory, 'good.gguf'), MODEL);
    const library = await open();
    await library.settled();
    const { entries } = parseCatalogView(library.view());
    expect(entries.map((entry) => entry.status)).toEqual(['failed', 'ready']);
    expect(entries[0]?.message?.length).toBeGreaterThan(10);
    expect(library.list()).toHaveLength(1);
  });

  it('get different ids, and one model is offered for placement once', async () => {
    await writeFile(join(directory, 'Twin!.gguf'), MODEL);
    await writeFile(join(directory, 'twin?.gguf'), MODEL);
    await writeFile(join(directory, '.gguf'), MODEL);
    const library = await open();
    await library.settled();
    const { entries } = parseCatalogView(library.view());
    expect(entries.map((entry) => entry.id)).toEqual(['twin-', 'twin--2']);
    expect(library.list()).toHaveLength(1);
  });

  it('are added while the relay runs', async () => {
    const path = join(directory, 'data.bin');
    await writeFile(path, MODEL);
    const library = await open();
    const root = await library.addFile(path);
    expect(only(library)).toMatchObject({ id: 'data.bin', status: 'ready', modelRoot: root });
    await expect(library.addFile(join(directory, 'none.gguf'))).rejects.toMatchObject({
      code: 'bad-model-file',
    });
  });

  it('that the catalogue names keep its words', async () => {
    await writeFile(join(directory, 'tiny.gguf'), MODEL);
    const library = await open([tinyEntry(1)]);
    await library.settled();
    expect(library.view().entries).toHaveLength(1);
    expect(only(library)).toMatchObject({ name: 'Tiny', status: 'ready', blockCount: 3 });
  });

  it('that are missing show as failed with the remedy', async () => {
    const library = await open([tinyEntry(1)]);
    await library.settled();
    expect(only(library)).toMatchObject({ status: 'failed' });
    expect(only(library).message).toContain('MODELS_DIR');
  });
});

describe('remote sources', () => {
  it('are unverified and not offered until somebody verifies them', async () => {
    const mirror = createMirror(MODEL);
    const library = await open([remoteEntry()], { fetch: mirror.fetch });
    await library.settled();
    expect(only(library)).toMatchObject({ status: 'unverified', sourceUrls: [REMOTE] });
    expect(library.list()).toEqual([]);
    expect(mirror.state.bytesSent).toBe(0);

    const seen: number[] = [];
    const root = await library.verify('remote', { onProgress: (value) => seen.push(value) });
    expect(only(library)).toMatchObject({ status: 'ready', modelRoot: root, sourceUrls: [REMOTE] });
    expect(seen.at(-1)).toBe(1);
    expect(library.ready(root)?.version).toBeUndefined();
    expect(library.list()).toHaveLength(1);
  });

  it('stay verified at the next start without a byte from the network', async () => {
    const first = await open([remoteEntry()], { fetch: createMirror(MODEL).fetch });
    const root = await first.verify('remote');
    const mirror = createMirror(MODEL);
    const second = await open([remoteEntry()], { fetch: mirror.fetch });
    expect(only(second)).toMatchObject({ status: 'ready', modelRoot: root });
    expect(mirror.state.bytesSent).toBe(0);
  });

  it('become ready in a running relay when another process verified them', async () => {
    const running = await open([remoteEntry()]);
    const other = await open([remoteEntry()], { fetch: createMirror(MODEL).fetch });
    await other.verify('remote');
    expect(only(running).status).toBe('unverified');
    await running.refresh();
    expect(only(running).status).toBe('ready');
  });

  it('fail with what was found, and can be tried again', async () => {
    const html = new TextEncoder().encode('<html>not found</html>');
    const library = await open([remoteEntry()], { fetch: createMirror(html).fetch });
    await expect(library.verify('remote')).rejects.toMatchObject({ code: 'not-gguf' });
    expect(only(library)).toMatchObject({ status: 'failed' });
    await expect(library.verify('other')).rejects.toMatchObject({ code: 'unknown-model' });
  });

  it('stop when they are told to', async () => {
    const library = await open([remoteEntry()], { fetch: createMirror(MODEL).fetch });
    const controller = new AbortController();
    controller.abort();
    const call = library.verify('remote', { signal: controller.signal });
    await expect(call).rejects.toMatchObject({ code: 'aborted' });
    expect(only(library).status).toBe('unverified');
  });
});

describe('a catalogue', () => {
  it.each(['', '{', '{"version":1}', '{"version":2,"entries":[]}'])(
    'that reads %s stops the start with a code',
    async (text) => {
      const catalogFile = join(directory, 'other.json');
      await writeFile(catalogFile, text);
      await expect(open([], { catalogFile })).rejects.toMatchObject({ code: 'bad-catalog' });
    },
  );

  it('needs a folder that exists', async () => {
    const modelsDir = join(directory, 'none');
    await expect(open([], { modelsDir })).rejects.toMatchObject({ code: 'bad-setting' });
  });
});
