import type { EngineJob, MediaInfo } from '../contracts/media.ts';
import { uprightFilters } from './orientation.ts';
import { demuxerOf } from './sniff.ts';

/** Arguments that prove a file decodes, and that make its cover. Pure: (what the prober found, where it is) → a job. */

const CHECK_TIMEOUT_MS = 60_000;

/** Longest side of a cover, pixels. */
const COVER_SIDE_MAX = 1280;

/** Files up to this long are decoded whole, longer ones at both ends. */
const WHOLE_MS_MAX = 2_500;

/** The name every file has in the job's folder: nothing of its real name reaches the engine. */
const INPUT = 'input';

/** The output of `checkJob` with one line per decoded frame. */
export const CHECK_OUTPUT = 'frames.txt';
export const COVER_OUTPUT = 'cover.jpg';

/** What one has to know of a file to open it. */
export type Opening = Pick<MediaInfo, 'kind' | 'extension' | 'orientation'>;

/** How to open a file whose type is known: the demuxer is named, so that the engine never guesses one. */
export function inputArgs(info: Opening, name: string): string[] {
  const demuxer = demuxerOf(info.extension);
  if (demuxer === undefined) throw new Error(`no demuxer for ${info.extension}`);
  return [...(info.kind === 'image' ? ['-noautorotate'] : []), '-f', demuxer, '-i', name];
}

/** Decodes, and stops at the first error. */
export function checkJob(path: string, info: MediaInfo): EngineJob {
  const open = inputArgs(info, INPUT);
  const long = info.kind !== 'image' && info.durationMs > WHOLE_MS_MAX;
  const lastSecond = ((info.durationMs - 1000) / 1000).toFixed(3);
  const inputs = long ? ['-t', '1', ...open, '-ss', lastSecond, ...open] : open;
  const tracks = info.kind === 'audio' ? ['a:0'] : info.hasAudio ? ['v:0', 'a:0'] : ['v:0'];
  const maps = (long ? [0, 1] : [0]).flatMap((input) => tracks.flatMap((track) => ['-map', `${input}:${track}`]));
  const frames = info.kind === 'image' ? ['-frames:v', '1'] : [];
  return {
    argv: ['-v', 'error', '-xerror', ...inputs, ...maps, ...frames, '-f', 'framecrc', CHECK_OUTPUT],
    files: { [INPUT]: { path } },
    outputs: [CHECK_OUTPUT],
    timeoutMs: CHECK_TIMEOUT_MS,
  };
}

/** Streams of the check's output from which not one frame came; empty where all is well. */
export function silentStreams(frames: Uint8Array): number[] {
  const announced = new Set<number>();
  const heard = new Set<number>();
  for (const line of Buffer.from(frames).toString('latin1').split('\n')) {
    const header = /^#tb (\d+):/.exec(line);
    if (header) announced.add(Number(header[1]));
    else if (/^\d/.test(line)) heard.add(Number.parseInt(line, 10));
  }
  return announced.size === 0 ? [0] : [...announced].filter((stream) => !heard.has(stream));
}

/** The first frame as a JPEG. */
export function coverJob(path: string, info: Opening): EngineJob {
  const side = COVER_SIDE_MAX;
  const fit = `scale=w='if(gte(iw,ih),min(${side},iw),-2)':h='if(gte(iw,ih),-2,min(${side},ih))':out_range=pc`;
  const filters = [...(info.kind === 'image' ? uprightFilters(info.orientation) : []), fit, 'format=yuvj420p'];
  const plain = ['-map_metadata', '-1', '-fflags', '+bitexact', '-flags:v', '+bitexact'];
  return {
    argv: [
      ...['-v', 'error', ...inputArgs(info, INPUT), '-map', '0:v:0', '-frames:v', '1', '-vf', filters.join(',')],
      // The WebAssembly build's search for optimal Huffman tables hangs or crashes on busy pictures.
      ...['-c:v', 'mjpeg', '-q:v', '3', '-huffman', 'default', ...plain, '-f', 'mjpeg', COVER_OUTPUT],
    ],
    files: { [INPUT]: { path } },
    outputs: [COVER_OUTPUT],
    timeoutMs: CHECK_TIMEOUT_MS,
  };
}
