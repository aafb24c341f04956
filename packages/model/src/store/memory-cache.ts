import { MEMORY_CACHE_BYTES_MAX } from './limits.ts';
import type { ModelCache, PieceCache } from './piece-cache.ts';

/** Keeps pieces until the page goes: for Node, and for browsers that offer no OPFS. */
export function createMemoryCache(bytesMax = MEMORY_CACHE_BYTES_MAX): PieceCache {
  const models = new Map<string, Model>();
  const sizeOf = (modelRoot: string) => sum(models.get(modelRoot)?.pieces.values() ?? []);
  const freeBytes = () => bytesMax - sum([...models.keys()].map(sizeOf).map(asLength));
  return {
    async open(modelRoot) {
      const model = models.get(modelRoot) ?? { pieces: new Map(), openCount: 0 };
      models.set(modelRoot, model);
      model.openCount += 1;
      return openModel(model, freeBytes, () => sizeOf(modelRoot));
    },
    report: async () =>
      [...models.keys()].map((modelRoot) => ({ modelRoot, bytes: sizeOf(modelRoot) })),
    async delete(modelRoot) {
      if ((models.get(modelRoot)?.openCount ?? 0) > 0) return false;
      models.delete(modelRoot);
      return true;
    },
  };
}

interface Model {
  readonly pieces: Map<number, Uint8Array<ArrayBuffer>>;
  manifest?: string;
  openCount: number;
}

function openModel(model: Model, freeBytes: () => number, usedBytes: () => number): ModelCache {
  let isOpen = true;
  return {
    has: (slot) => model.pieces.has(slot),
    read: async (slot) => model.pieces.get(slot)?.slice(),
    async write(slot, bytes) {
      const replaced = model.pieces.get(slot)?.length ?? 0;
      if (bytes.length - replaced > freeBytes()) return 'full';
      model.pieces.set(slot, bytes.slice());
      return 'stored';
    },
    readManifest: async () => model.manifest,
    async writeManifest(json) {
      model.manifest = json;
      return 'stored';
    },
    usedBytes: async () => usedBytes(),
    close() {
      if (isOpen) model.openCount -= 1;
      isOpen = false;
    },
  };
}

function sum(pieces: Iterable<{ readonly length: number }>): number {
  let bytes = 0;
  for (const piece of pieces) bytes += piece.length;
  return bytes;
}

function asLength(length: number): { readonly length: number } {
  return { length };
}
