/** Changes to ISO base media files (MP4, M4A, QuickTime): boxes of a 32-bit size and a name of four characters. */

/** The file made longer with a box of nothing at its end, which readers skip, to exactly `bytes`. */
export function padIso(file: Uint8Array, bytes: number): Buffer {
  const padded = Buffer.alloc(bytes);
  padded.set(file);
  padded.writeUInt32BE(bytes - file.length, file.length);
  padded.write('free', file.length + 4, 'latin1');
  return padded;
}
