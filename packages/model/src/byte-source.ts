/** Random access to the bytes of one file: a URL with Range, a `File`, or memory. */
export interface ByteSource {
  /** Total size where it is known before the first read. */
  readonly byteLength: number | undefined;
  /**
   * Reads bytes `[start, end)`. Throws `ModelError` `truncated` when the file ends before `end`,
   * `range-unsupported`, `not-found`, `network` or `aborted`.
   */
  read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
}
