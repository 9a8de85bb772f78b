import { Refusal, refuse } from '../std/errors.ts';
import type { Reader } from './reader.ts';

/**
 * Sizes of pictures from their headers, with a walk over their structure that notices files cut short. Pixels are
 * not decoded here; `Media.check` does that.
 */
export interface PictureSize {
  /** Pixels as stored. */
  readonly width: number;
  readonly height: number;
  /** EXIF orientation 1 … 8; 5 and above swap width and height when shown. */
  readonly orientation: number;
}

/** Chunks or markers that are walked before a file counts as made to keep us busy; real ones have a few thousand. */
const PARTS_MAX = 50_000;

const damaged = (message: string): never => refuse('image_unreadable', { message });

const sized = (width: number, height: number, orientation = 1): PictureSize => {
  if (width < 1 || height < 1) {
    throw new Refusal('image_size_invalid', { message: `The picture says it is ${width} × ${height} pixels.` });
  }
  return { width, height, orientation };
};

/** PNG (ISO/IEC 15948): the header chunk must come first, and the chunks must lead to the end chunk. */
export async function pngSize(reader: Reader): Promise<PictureSize> {
  const head = await reader.at(8, 17);
  if (head.length < 17 || head.readUInt32BE(0) !== 13 || head.toString('latin1', 4, 8) !== 'IHDR') {
    damaged('The PNG picture has no header; it is damaged or cut short.');
  }
  const size = sized(head.readUInt32BE(8), head.readUInt32BE(12));
  let sawData = false;
  for (let at = 8, part = 0; ; part++) {
    if (part > PARTS_MAX) damaged('The PNG picture has more chunks than any picture needs.');
    const chunk = await reader.at(at, 8);
    if (chunk.length < 8) damaged('The PNG picture is cut short: its end chunk is missing.');
    const name = chunk.toString('latin1', 4, 8);
    if (name === 'IDAT') sawData = true;
    at += 12 + chunk.readUInt32BE(0);
    if (at > reader.size) damaged('The PNG picture is cut short inside a chunk.');
    if (name === 'IEND') break;
  }
  return sawData ? size : damaged('The PNG picture holds no image data.');
}

/** GIF: the logical screen, and at least one block behind it. */
export async function gifSize(reader: Reader): Promise<PictureSize> {
  const head = await reader.at(0, 13);
  if (head.length < 13) damaged('The GIF picture is cut short.');
  const size = sized(head.readUInt16LE(6), head.readUInt16LE(8));
  const flags = head.readUInt8(10);
  const blocks = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  const next = await reader.at(blocks, 1);
  const introducer = next.length === 1 ? next.readUInt8(0) : 0;
  if (introducer !== 0x2c && introducer !== 0x21) damaged('The GIF picture is cut short before its first image.');
  return size;
}

/** WebP: the RIFF size must fit, then one of the three frame headers (lossy, lossless, extended). */
export async function webpSize(reader: Reader): Promise<PictureSize> {
  const head = await reader.at(0, 30);
  if (head.length < 30) damaged('The WebP picture is cut short.');
  if (head.readUInt32LE(4) + 8 > reader.size) damaged('The WebP picture is cut short.');
  const form = head.toString('latin1', 12, 16);
  if (form === 'VP8 ') {
    if (head.readUIntBE(23, 3) !== 0x9d012a) damaged('The WebP picture has no frame header.');
    return sized(head.readUInt16LE(26) & 0x3fff, head.readUInt16LE(28) & 0x3fff);
  }
  if (form === 'VP8L') {
    if (head.readUInt8(20) !== 0x2f) damaged('The WebP picture has no frame header.');
    const bits = head.readUInt32LE(21);
    return sized((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
  }
  if (form !== 'VP8X') damaged('The WebP picture has no frame header.');
  if (head.readUInt8(20) & 0x02) {
    throw new Refusal('image_format_invalid', {
      message: 'The WebP picture is animated. Send a still picture as PNG, JPEG or WebP.',
    });
  }
  return sized(head.readUIntLE(24, 3) + 1, head.readUIntLE(27, 3) + 1);
}

/** JPEG: markers up to the frame header, the EXIF orientation on the way, and an end marker behind the first scan. */
export async function jpegSize(reader: Reader): Promise<PictureSize> {
  let orientation = 1;
  let size: { width: number; height: number } | undefined;
  for (let at = 2, part = 0; ; part++) {
    if (part > PARTS_MAX) damaged('The JPEG picture has more headers than any picture needs.');
    const marker = await reader.at(at, 4);
    if (marker.length < 4 || marker.readUInt8(0) !== 0xff) damaged('The JPEG picture is cut short in its headers.');
    const code = marker.readUInt8(1);
    if (code === 0xff || code === 0x01 || (code >= 0xd0 && code <= 0xd7)) {
      // Fill bytes and markers without a body.
      at += code === 0xff ? 1 : 2;
      continue;
    }
    if (code === 0xd9) damaged('The JPEG picture ends before its image data.');
    const length = marker.readUInt16BE(2);
    if (length < 2) damaged('The JPEG picture has a broken header.');
    if (code === 0xe1) orientation = exifOrientation(await reader.at(at + 4, length - 2)) ?? orientation;
    if (isFrameHeader(code)) {
      const frame = await reader.at(at + 4, 5);
      if (frame.length < 5) damaged('The JPEG picture is cut short in its headers.');
      size = { width: frame.readUInt16BE(3), height: frame.readUInt16BE(1) };
    }
    at += 2 + length;
    if (code === 0xda) {
      if (size === undefined) return damaged('The JPEG picture has no frame header.');
      if (!(await hasEndMarker(reader, at))) damaged('The JPEG picture is cut short: its end marker is missing.');
      return sized(size.width, size.height, orientation);
    }
  }
}

/** Start-of-frame markers: C0 … CF without the tables (C4, C8, CC) among them. */
function isFrameHeader(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
}

/** Looks for FF D9 from `start` to the end of the file. Entropy-coded data never holds it: its FFs are followed by 00. */
async function hasEndMarker(reader: Reader, start: number): Promise<boolean> {
  const step = 64 * 1024;
  const mark = Buffer.from([0xff, 0xd9]);
  // Pieces overlap by a byte, so that a marker on their border is seen.
  for (let at = start; at < reader.size; at += step - 1) {
    if ((await reader.at(at, step)).includes(mark)) return true;
  }
  return false;
}

/** The orientation tag (0x0112) of the first image directory, where the segment is EXIF and holds a sane one. */
export function exifOrientation(segment: Buffer): number | undefined {
  if (segment.length < 14 || segment.toString('latin1', 0, 6) !== 'Exif\0\0') return undefined;
  const tiff = segment.subarray(6);
  const little = tiff.toString('latin1', 0, 2) === 'II';
  const u16 = (at: number) => (at + 2 > tiff.length ? 0 : little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const directory = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (directory + 2 > tiff.length) return undefined;
  const entries = Math.min(u16(directory), 512);
  for (let index = 0; index < entries; index++) {
    const entry = directory + 2 + index * 12;
    if (u16(entry) !== 0x0112) continue;
    const value = u16(entry + 8);
    return value >= 1 && value <= 8 ? value : undefined;
  }
  return undefined;
}
