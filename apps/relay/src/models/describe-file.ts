import { basename } from 'node:path';
import type { ByteSource } from '@manyhands/model/byte-source';
import type { CatalogEntry } from '@manyhands/model/catalog';
import type { GgufMetadata } from '@manyhands/model/gguf/header';
import { readConfig } from '@manyhands/model/gguf/read-config';
import { readGguf } from '@manyhands/model/gguf/read-gguf';

/** A catalogue entry for a file of the operator before anything of it was read. */
export function entryForFile(path: string, takenIds: ReadonlySet<string>): CatalogEntry {
  const name = basename(path);
  const isOnnx = name.toLowerCase().endsWith('.onnx');
  const isNamed = isOnnx || name.toLowerCase().endsWith('.gguf');
  const file = `${isNamed ? name.slice(0, -5) : name}.${isOnnx ? 'onnx' : 'gguf'}`;
  return {
    id: freeId(file, takenIds),
    name: file.slice(0, -5).slice(0, 100),
    description: "A file from this relay's own folder.",
    source: { type: 'file', file },
    revision: 'local',
    sizeBytes: 1,
    blockCount: 1,
    contextLength: 1,
    licence: 'unknown',
    parameters: 'unknown',
  };
}

/** What a file says about itself. Throws `ModelError` for anything that is no model we can run. */
export async function describeFile(
  entry: CatalogEntry,
  source: ByteSource,
  signal: AbortSignal,
): Promise<CatalogEntry> {
  const header = await readGguf(source, signal);
  const config = readConfig(header);
  const { metadata } = header;
  const weightCount = header.tensors.reduce(
    (sum, tensor) => sum + tensor.dims.reduce((product, dim) => product * dim, 1),
    0,
  );
  return {
    ...entry,
    name: textOf(metadata, 'general.name', 100) ?? entry.name,
    description: textOf(metadata, 'general.description', 2000) ?? entry.description,
    licence: textOf(metadata, 'general.license', 100) ?? entry.licence,
    parameters: textOf(metadata, 'general.size_label', 16) ?? countText(weightCount),
    sizeBytes: Math.max(1, source.byteLength ?? 1),
    blockCount: config.blockCount,
    contextLength: config.contextLength,
  };
}

function textOf(metadata: GgufMetadata, key: string, lengthMax: number): string | undefined {
  const value = metadata.get(key);
  const text = typeof value === 'string' ? value.trim().slice(0, lengthMax) : '';
  return text === '' ? undefined : text;
}

/** `135M`, the way people name models. */
function countText(count: number): string {
  const [unit, size] =
    count >= 1e9
      ? (['B', 1e9] as const)
      : count >= 1e6
        ? (['M', 1e6] as const)
        : (['K', 1e3] as const);
  const value = count / size;
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)}${unit}`;
}

function freeId(file: string, taken: ReadonlySet<string>): string {
  const plain = file
    .slice(0, -5)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '');
  const base = plain.slice(0, 56) || 'model';
  if (!taken.has(base)) return base;
  for (let number = 2; ; number += 1) {
    if (!taken.has(`${base}-${number}`)) return `${base}-${number}`;
  }
}
