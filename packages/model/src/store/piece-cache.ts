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
  /** What all models together may take, where a person said so. */
  keepBytesMax(): Promise<number | undefined>;
  /**
   * Nothing: no bound but the browser's. What is beyond it goes at once, unless it is in use. False where
   * the bound could not be kept.
   */
  setKeepBytesMax(keepBytesMax: number | undefined): Promise<boolean>;
}

export interface CachedModel {
  /** The name of its directory: of something damaged, it may be no root. */
  readonly modelRoot: string;
  readonly bytes: number;
  /** When a tab last opened it; 0 where nothing tells. */
  readonly lastUsedAtMs: number;
  /** Tabs and workers that have it open. */
  readonly openCount: number;
  /** Without it nothing can be read: a download that broke off at once, or a lost file. */
  readonly hasManifest: boolean;
}

/** One model in a cache. No method throws for what storage does: a cache may fail, a load may not. */
export interface ModelCache {
  /**
   * Comes before a download of this many bytes: makes room for them as far as the person's bound and
   * other tabs allow. What goes beyond it is `full` to `write`.
   */
  reserve(byteLength: number): Promise<void>;
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
