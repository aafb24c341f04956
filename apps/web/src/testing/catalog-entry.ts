import type { CatalogViewEntry } from '@manyhands/model/catalog';

export const MODEL_ROOT = 'a'.repeat(64);

/** A verified model of eight blocks; tests change what they are about. */
export function catalogEntry(changes: Partial<CatalogViewEntry> = {}): CatalogViewEntry {
  return {
    id: 'pip',
    name: 'Pip',
    description: 'A small model.',
    source: { type: 'file', file: 'pip.gguf' },
    revision: '1',
    sizeBytes: 7_532_160,
    blockCount: 8,
    contextLength: 512,
    licence: 'CC0-1.0',
    parameters: '7M',
    sourceUrls: ['/models/pip.gguf'],
    status: 'ready',
    modelRoot: MODEL_ROOT,
    manifestUrl: '/models/pip.json',
    ...changes,
  };
}
