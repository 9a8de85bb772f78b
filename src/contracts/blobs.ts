/** Where bytes are kept. Keys are minted by the caller, are plain path segments joined by `/`, and are never reused. */
export interface Blobs {
  /**
   * Writes a stream under `key`. When the promise resolves the bytes and the folder entry are on disk (fsync), so a
   * row that names the key may be written (promise P2). A partial write leaves nothing under `key`.
   * @param limit largest size in bytes; one byte more rejects with a `Refusal` of code `body_too_large`.
   */
  put(key: string, source: AsyncIterable<Uint8Array>, limit: number): Promise<StoredBlob>;
  /** The size in bytes, or undefined where nothing is kept under the key. */
  size(key: string): Promise<number | undefined>;
  /** The bytes from `start` to `end` inclusive (defaults: all). Rejects when nothing is kept under the key. */
  read(key: string, range?: { start: number; end: number }): Promise<NodeJS.ReadableStream & AsyncIterable<Uint8Array>>;
  /** Calls `use` with a local file that holds the bytes; the file is only valid until `use` settles. */
  withFile<T>(key: string, use: (path: string) => Promise<T>): Promise<T>;
  /** Removes; no error where nothing is there. */
  remove(key: string): Promise<void>;
  /** Every key and its age, for the sweep of orphans. */
  list(): AsyncIterable<{ key: string; modifiedAt: number }>;
}

/** What was written. */
export interface StoredBlob {
  readonly key: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}
