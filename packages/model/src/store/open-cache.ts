import { createMemoryCache } from './memory-cache.ts';
import { createOpfsCache } from './opfs-cache.ts';
import type { ModelCache, PieceCache } from './piece-cache.ts';

export interface OpenedModel {
  readonly model: ModelCache;
  /** False where nothing will be left for the next visit. */
  readonly isKept: boolean;
}

/** Opens a model for a load, which goes on without a cache when there is none. */
export async function openModelCache(
  modelRoot: string,
  cache: PieceCache | undefined,
): Promise<OpenedModel> {
  const chosen = cache ?? (await createOpfsCache());
  try {
    if (chosen !== undefined) return { model: await chosen.open(modelRoot), isKept: true };
  } catch {
    // Storage that opens but cannot be used, such as a profile on a full or read-only disk.
  }
  return { model: await createMemoryCache().open(modelRoot), isKept: false };
}
