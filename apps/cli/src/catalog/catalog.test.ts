import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readUserCatalog, userCatalogFile } from '@manyhands/relay/models/user-catalog';
import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileServer } from '../serve/file-server.ts';
import { createTestContext, type TestContext } from '../testing/test-context.ts';
import { addModel } from './add-model.ts';
import { readCatalogOptions } from './catalog-options.ts';
import { verifyModels } from './verify-models.ts';
import { writeTestEmbedding } from './write-test-embedding.ts';

describe('the catalogue of a machine', () => {
  let context: TestContext;
  let dataDir: string;

  beforeEach(async () => {
    context = await createTestContext();
    dataDir = join(context.callerDirectory, 'data');
    await writeFile(join(context.callerDirectory, 'my model.gguf'), createTinyModel());
  });
  afterEach(() => context.dispose());

  it('takes a file once, however often it is added, and verifies it', async () => {
    await addModel('my model.gguf', dataDir, context);
    await addModel('my model.gguf', dataDir, context);
    const { entries } = await readUserCatalog(dataDir);
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ id: 'my-model', source: { file: 'my model.gguf' } });

    await verifyModels(['my-model'], dataDir, context);
    expect(context.written.at(-1)).toMatch(/^my-model: verified as [0-9a-f]{64}\n$/);
  });

  it('takes a URL, says that it is not pinned, and verifies it by reading it', async () => {
    const server = await createFileServer(context.callerDirectory);
    try {
      const url = `${server.origin}/my%20model.gguf`;
      await addModel(url, dataDir, context);
      expect((await readUserCatalog(dataDir)).entries[0]).toMatchObject({
        source: { type: 'url', url },
        revision: 'unpinned',
      });
      expect(context.said.join('')).toContain('names no commit');
      await verifyModels(['my-model'], dataDir, context);
      expect(context.written.at(-1)).toMatch(/verified as/);
    } finally {
      await server.dispose();
    }
  });

  it('takes an ONNX model with its card and tokenizer, and says what is missing', async () => {
    const path = await writeTestEmbedding(join(context.callerDirectory, 'onnx'));
    await addModel(path, dataDir, context);
    expect(context.written.at(-1)).toContain('embeddings of 64 numbers');
    expect((await readUserCatalog(dataDir)).entries[0]).toMatchObject({
      id: 'tiny-embedding',
      blockCount: 0,
      embedding: { card: { dimension: 64, pooling: 'mean' } },
    });
    // The files beside the catalogue are all that is needed from now on.
    await rm(join(context.callerDirectory, 'onnx'), { recursive: true });
    await verifyModels(['tiny-embedding'], dataDir, context);
    expect(context.written.at(-1)).toMatch(/^tiny-embedding: verified as [0-9a-f]{64}\n$/);
    await writeFile(join(context.callerDirectory, 'bare.onnx'), 'x');
    await expect(addModel('bare.onnx', dataDir, context)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('bare.card.json'),
    });
  });

  it('refuses what is no model, and writes nothing', async () => {
    await writeFile(join(context.callerDirectory, 'text.gguf'), 'not a model at all');
    await expect(addModel('text.gguf', dataDir, context)).rejects.toMatchObject({
      code: 'not-gguf',
    });
    await expect(addModel('missing.gguf', dataDir, context)).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(readFile(userCatalogFile(dataDir))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('says which models could not be verified', async () => {
    await addModel('my model.gguf', dataDir, context);
    await writeFile(join(dataDir, 'models', 'my model.gguf'), 'overwritten by something else');
    await expect(verifyModels(['my-model'], dataDir, context)).rejects.toMatchObject({
      code: 'not-verified',
    });
    await expect(verifyModels(['nobody'], dataDir, context)).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});

describe('readCatalogOptions', () => {
  it('reads its actions', () => {
    expect(readCatalogOptions(['add', 'a b.gguf'])).toEqual({ action: 'add', source: 'a b.gguf' });
    expect(readCatalogOptions(['verify'])).toEqual({ action: 'verify', ids: [] });
    expect(readCatalogOptions(['verify', 'x', 'y'])).toEqual({ action: 'verify', ids: ['x', 'y'] });
    expect(readCatalogOptions(['--help'])).toEqual({ action: 'help' });
    expect(readCatalogOptions(['test-embedding', 'x'])).toEqual({
      action: 'test-embedding',
      folder: 'x',
    });
  });

  it.each([
    [[]],
    [['add']],
    [['add', 'a', 'b']],
    [['remove', 'a']],
    [['test-embedding']],
    [['--what']],
  ])('calls %j a usage error', (args) => {
    expect(() => readCatalogOptions(args)).toThrowError(/Usage: npm run catalog/);
  });
});
