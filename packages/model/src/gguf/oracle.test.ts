import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gguf } from '@huggingface/gguf';
import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { afterAll, describe, expect, test } from 'vitest';
import { blobSource } from '../blob-source.ts';
import { TENSOR_TYPES } from '../tensor.ts';
import type { GgufValue } from './header.ts';
import { readConfig } from './read-config.ts';
import { readGguf } from './read-gguf.ts';

const shared = fileURLToPath(new URL('../../../../../shared', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'gguf-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the same header as @huggingface/gguf reads', () => {
  test.each(['llama', 'qwen2', 'qwen3'] as const)('a tiny %s', async (architecture) => {
    const path = join(folder, `${architecture}.gguf`);
    writeFileSync(path, createTinyModel({ architecture, weightType: 'Q8_0', isTied: true }));
    await compare(path);
  });

  const paths = ['conformance', 'models/pip', 'models/stories260K', 'vocab'].flatMap((part) =>
    ggufFiles(join(shared, part)),
  );
  test.skipIf(paths.length === 0)(
    'shared model files (skipped where ../shared is missing)',
    {
      timeout: 60_000,
    },
    async () => {
      for (const path of paths) await compare(path);
    },
  );
});

test.skipIf(!existsSync(shared))(
  'every shared model has a config that its tensors prove',
  async () => {
    for (const part of ['conformance', 'models/pip', 'models/stories260K']) {
      for (const path of ggufFiles(join(shared, part))) {
        const config = readConfig(await readGguf(blobSource(new Blob([readFileSync(path)]))));
        const name = basename(path);
        expect(config.hasQkvBias, name).toBe(name.startsWith('qwen2'));
        expect(config.hasQkNorm, name).toBe(name.startsWith('qwen3'));
        expect(config.hasRopeFactors, name).toBe(name.startsWith('llama3-rope'));
      }
    }
  },
);

function ggufFiles(path: string): string[] {
  if (!existsSync(path)) return [];
  const names = readdirSync(path).filter((name) => name.endsWith('.gguf'));
  return names.map((name) => join(path, name));
}

async function compare(path: string): Promise<void> {
  const header = await readGguf(blobSource(new Blob([readFileSync(path)])));
  const oracle = await gguf(path, { allowLocalFile: true });
  const { version, tensor_count, kv_count, ...metadata } = oracle.metadata;
  expect(header.version).toBe(version);
  expect(header.metadata.size).toBe(Number(kv_count));
  expect(header.tensors).toHaveLength(Number(tensor_count));
  for (const [key, value] of Object.entries(metadata)) {
    expect(plain(header.metadata.get(key)), key).toEqual(plain(value as GgufValue));
  }
  expect(header.headerBytes).toBe(Number(oracle.tensorDataOffset));
  oracle.tensorInfos.forEach((info, i) => {
    const tensor = header.tensors[i];
    expect(tensor?.name).toBe(info.name);
    expect(tensor?.dims).toEqual(info.shape.map(Number));
    expect(tensor && TENSOR_TYPES[tensor.type]).toBe(info.dtype);
    expect(tensor?.offset).toBe(Number(oracle.tensorDataOffset + info.offset));
  });
}

/**
 * Typed arrays as lists, 64-bit integers as numbers, and no byte order marks: the oracle drops them,
 * although some vocabularies have one as a token.
 */
function plain(value: GgufValue | undefined): unknown {
  if (typeof value === 'string') return value.replace(/^\ufeff/, '');
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object') return value;
  return Array.from(value as ArrayLike<GgufValue>, plain);
}
