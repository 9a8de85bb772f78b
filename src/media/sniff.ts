/**
 * What a file claims to be, from its first bytes. Nothing else decides which parser and which demuxer may see it: a
 * playlist renamed to .mp4 is no media type to us, so no engine is ever led by it to other files.
 */
export interface FileType {
  readonly kind: 'image' | 'media';
  readonly mime: string;
  readonly extension: string;
  /** FFmpeg's demuxer, named to it so that it never guesses. */
  readonly demuxer: string;
}

/** Bytes of a file's beginning that `sniff` wants to see. */
export const SNIFF_BYTES = 64;

const type = (kind: FileType['kind'], mime: string, extension: string, demuxer: string): FileType => ({
  kind,
  mime,
  extension,
  demuxer,
});

/** Every type we know, by its extension. */
export const FILE_TYPES = {
  png: type('image', 'image/png', 'png', 'png_pipe'),
  jpg: type('image', 'image/jpeg', 'jpg', 'jpeg_pipe'),
  webp: type('image', 'image/webp', 'webp', 'webp_pipe'),
  gif: type('image', 'image/gif', 'gif', 'gif'),
  mp4: type('media', 'video/mp4', 'mp4', 'mov'),
  mov: type('media', 'video/quicktime', 'mov', 'mov'),
  m4a: type('media', 'audio/mp4', 'm4a', 'mov'),
  webm: type('media', 'video/webm', 'webm', 'matroska'),
  mkv: type('media', 'video/x-matroska', 'mkv', 'matroska'),
  mp3: type('media', 'audio/mpeg', 'mp3', 'mp3'),
  wav: type('media', 'audio/wav', 'wav', 'wav'),
  ogg: type('media', 'audio/ogg', 'ogg', 'ogg'),
  flac: type('media', 'audio/flac', 'flac', 'flac'),
  aac: type('media', 'audio/aac', 'aac', 'aac'),
} as const;

/** Brands of ISO files that hold pictures (AVIF, HEIF), which we do not read. */
const PICTURE_BRANDS = /^(avif|avis|heic|heix|hevc|hevx|heim|heis|mif1|msf1|crx )$/;

/** The type a file's first bytes claim, or undefined where it is none we know. */
export function sniff(head: Uint8Array): FileType | undefined {
  const text = (start: number, end: number) => String.fromCharCode(...head.subarray(start, end));
  const starts = (...bytes: number[]) => bytes.every((byte, at) => head[at] === byte);

  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return FILE_TYPES.png;
  if (starts(0xff, 0xd8, 0xff)) return FILE_TYPES.jpg;
  if (text(0, 6) === 'GIF87a' || text(0, 6) === 'GIF89a') return FILE_TYPES.gif;
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return FILE_TYPES.webp;
  if ((text(0, 4) === 'RIFF' || text(0, 4) === 'RF64') && text(8, 12) === 'WAVE') return FILE_TYPES.wav;
  if (text(4, 8) === 'ftyp') return isoType(text(8, 12));
  // QuickTime files from before brands begin with one of these atoms.
  if (/^(moov|wide|mdat|skip)$/.test(text(4, 8))) return FILE_TYPES.mov;
  if (starts(0x1a, 0x45, 0xdf, 0xa3)) return text(0, SNIFF_BYTES).includes('webm') ? FILE_TYPES.webm : FILE_TYPES.mkv;
  if (text(0, 4) === 'OggS') return FILE_TYPES.ogg;
  if (text(0, 4) === 'fLaC') return FILE_TYPES.flac;
  if (text(0, 3) === 'ID3') return FILE_TYPES.mp3;
  return frameSyncType(head);
}

function isoType(brand: string): FileType | undefined {
  if (PICTURE_BRANDS.test(brand)) return undefined;
  if (brand === 'qt  ') return FILE_TYPES.mov;
  return brand === 'M4A ' || brand === 'M4B ' ? FILE_TYPES.m4a : FILE_TYPES.mp4;
}

/** Bare AAC (ADTS) and MPEG audio frames: eleven set bits, then a layer, a bit rate and a sample rate that exist. */
function frameSyncType(head: Uint8Array): FileType | undefined {
  const [first = 0, second = 0, third = 0] = head;
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  const rate = (third >> 2) & 3;
  if ((second & 0xf6) === 0xf0) return ((third >> 2) & 15) < 13 ? FILE_TYPES.aac : undefined;
  const version = (second >> 3) & 3;
  const layer = (second >> 1) & 3;
  const bitRate = third >> 4;
  return version !== 1 && layer === 1 && bitRate !== 0 && bitRate !== 15 && rate !== 3 ? FILE_TYPES.mp3 : undefined;
}

/** The demuxer for a type the prober named. */
export function demuxerOf(extension: string): string | undefined {
  return Object.values(FILE_TYPES).find((known) => known.extension === extension)?.demuxer;
}
