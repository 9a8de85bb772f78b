import { type FileHandle, open } from 'node:fs/promises';

/** A file read in small pieces, with one window kept: headers are walked without the file ever being in memory. */
export interface Reader {
  readonly size: number;
  /** The bytes from `start`, `length` of them; fewer only at the end of the file. Valid until the next call. */
  at(start: number, length: number): Promise<Buffer>;
}

/** A window is as large as this, or as what is asked for. */
const WINDOW_BYTES = 64 * 1024;

/** Opens a file for the time of `use`. */
export async function withReader<T>(path: string, use: (reader: Reader) => Promise<T>): Promise<T> {
  const file = await open(path, 'r');
  try {
    return await use(await readerOver(file));
  } finally {
    await file.close();
  }
}

async function readerOver(file: FileHandle): Promise<Reader> {
  const { size } = await file.stat();
  let window = Buffer.alloc(0);
  let origin = 0;
  return {
    size,
    async at(start, length) {
      const end = Math.min(size, start + length);
      if (start >= end) return Buffer.alloc(0);
      if (start < origin || end > origin + window.length) {
        const next = Buffer.alloc(Math.min(Math.max(length, WINDOW_BYTES), size - start));
        const { bytesRead } = await file.read(next, 0, next.length, start);
        window = next.subarray(0, bytesRead);
        origin = start;
      }
      return window.subarray(start - origin, end - origin);
    },
  };
}
