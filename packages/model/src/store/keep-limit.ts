import * as v from 'valibot';
import { KEEP_BYTES_LIMIT_MAX } from './limits.ts';
import type { CachedModel, PieceCache } from './piece-cache.ts';

/** A person's bound on what this browser keeps of all models, as it lies beside them. */
const KeepLimit = v.strictObject({
  keepBytesMax: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(KEEP_BYTES_LIMIT_MAX)),
});

export function encodeKeepLimit(keepBytesMax: number): string {
  return JSON.stringify({ keepBytesMax } satisfies v.InferOutput<typeof KeepLimit>);
}

/** Nothing where the text is damaged: then there is no bound, as before anybody set one. */
export function parseKeepLimit(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    const result = v.safeParse(KeepLimit, JSON.parse(text));
    return result.success ? result.output.keepBytesMax : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Lets go of whole models, those first that were not used for longest, until what is kept and
 * `neededBytes` more of `modelRoot` are within the person's bound. What a tab uses stays. Returns how
 * much that model may take in all.
 */
export async function makeRoom(
  cache: Pick<PieceCache, 'report' | 'delete' | 'keepBytesMax'>,
  modelRoot: string | undefined,
  neededBytes: number,
): Promise<number> {
  const keepBytesMax = await cache.keepBytesMax();
  if (keepBytesMax === undefined) return Number.POSITIVE_INFINITY;
  const models = await cache.report();
  const isOwn = (model: CachedModel): boolean => model.modelRoot === modelRoot;
  const ownBytes = models.find(isOwn)?.bytes ?? 0;
  const others = models
    .filter((model) => !isOwn(model))
    .sort((a, b) => a.lastUsedAtMs - b.lastUsedAtMs);
  let otherBytes = others.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { modelRoot: name, bytes } of others) {
    if (otherBytes + ownBytes + neededBytes <= keepBytesMax) break;
    if (await cache.delete(name)) otherBytes -= bytes;
  }
  return Math.max(0, keepBytesMax - otherBytes);
}
