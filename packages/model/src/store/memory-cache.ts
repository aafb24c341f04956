import { makeRoom } from './keep-limit.ts';
import { MEMORY_CACHE_BYTES_MAX } from './limits.ts';
import type { ModelCache, PieceCache } from './piece-cache.ts';

/** Keeps pieces until the page goes: for Node, and for browsers that offer no OPFS. */
export function createMemoryCache(bytesMax = MEMORY_CACHE_BYTES_MAX): PieceCache {
  const models = new Map<string, Model>();
  let limit: number | undefined;
  const sizeOf = (modelRoot: string) => sum(models.get(modelRoot)?.pieces.values() ?? []);
  const freeBytes = () => bytesMax - sum([...models.keys()].map(sizeOf).map(asLength));
  const cache: PieceCache = {
    async open(modelRoot) {
      const model = models.get(modelRoot) ?? { pieces: new Map(), openCount: 0, lastUsedAtMs: 0 };
      models.set(modelRoot, model);
      model.openCount += 1;
      model.lastUsedAtMs = Date.now();
      return openModel(model, {
        freeBytes,
        usedBytes: () => sizeOf(modelRoot),
        allow: (byteLength) => makeRoom(cache, modelRoot, byteLength),
      });
    },
    report: async () =>
      [...models].map(([modelRoot, { openCount, lastUsedAtMs, manifest }]) => ({
        modelRoot,
        bytes: sizeOf(modelRoot),
        lastUsedAtMs,
        openCount,
        hasManifest: manifest !== undefined,
      })),
    async delete(modelRoot) {
      if ((models.get(modelRoot)?.openCount ?? 0) > 0) return false;
      models.delete(modelRoot);
      return true;
    },
    keepBytesMax: async () => limit,
    async setKeepBytesMax(keepBytesMax) {
      limit = keepBytesMax;
      await makeRoom(cache, undefined, 0);
      return true;
    },
  };
  return cache;
}

interface Model {
  readonly pieces: Map<number, Uint8Array<ArrayBuffer>>;
  manifest?: string;
  openCount: number;
  lastUsedAtMs: number;
}

interface Room {
  freeBytes(): number;
  usedBytes(): number;
  allow(byteLength: number): Promise<number>;
}

function openModel(model: Model, { freeBytes, usedBytes, allow }: Room): ModelCache {
  let isOpen = true;
  let allowedBytes = Number.POSITIVE_INFINITY;
  return {
    async reserve(byteLength) {
      allowedBytes = await allow(byteLength);
    },
    has: (slot) => model.pieces.has(slot),
    read: async (slot) => model.pieces.get(slot)?.slice(),
    async write(slot, bytes) {
      const addedBytes = bytes.length - (model.pieces.get(slot)?.length ?? 0);
      if (addedBytes > freeBytes() || usedBytes() + addedBytes > allowedBytes) return 'full';
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
