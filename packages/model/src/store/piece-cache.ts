/**
 * Where pieces stay between visits. A cache stores bytes and promises nothing about them: whoever
 * reads a piece hashes it, so a crash in the middle of a write, a full disk or another tab can cost a
 * download but never give wrong weights.
 */
export interface PieceCache {
  /** Opens one model, named by its root. */
  open(modelRoot: string): Promise<ModelCache>;
  /** Space taken by every model, as far as the cache knows. */
  report(): Promise<CachedModel[]>;
  /** Removes a model; false where a tab still uses it. */
  delete(modelRoot: string): Promise<boolean>;
}

export interface CachedModel {
  readonly modelRoot: string;
  readonly bytes: number;
}

/** One model in a cache. No method throws for what storage does: a cache may fail, a load may not. */
export interface ModelCache {
  /** A piece that was there when the model was opened, or was written since. Not verified. */
  has(slot: number): boolean;
  read(slot: number): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Copies `bytes`: the caller may transfer them afterwards. */
  write(slot: number, bytes: Uint8Array<ArrayBuffer>): Promise<CacheWrite>;
  readManifest(): Promise<string | undefined>;
  writeManifest(json: string): Promise<CacheWrite>;
  /** Bytes of the pieces of this model. */
  usedBytes(): Promise<number>;
  close(): void;
}

/**
 * `skipped`: another tab is writing the same piece, or storage failed for it alone. `full`: no space
 * is left, writing on is pointless.
 */
export type CacheWrite = 'stored' | 'skipped' | 'full';
