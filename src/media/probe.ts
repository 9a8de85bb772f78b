import type { MediaInfo } from '../contracts/media.ts';
import type { Clock } from '../std/clock.ts';
import { type ErrorCode, Refusal, refuse } from '../std/errors.ts';
import { EngineFailure } from './engine.ts';
import { openGate } from './gate.ts';
import { gifSize, jpegSize, type PictureSize, pngSize, webpSize } from './pictures.ts';
import { type Reader, withReader } from './reader.ts';
import { type FileType, SNIFF_BYTES, sniff } from './sniff.ts';
import { runThread, workerBeside } from './thread.ts';

/** What the worker that looks into a container is given. */
export interface ProbeOrder {
  readonly path: string;
  readonly extension: string;
}

/** What it says. */
export type ProbeReport =
  | { readonly type: 'info'; readonly info: MediaInfo }
  | { readonly type: 'refused'; readonly code: ErrorCode; readonly message: string }
  | { readonly type: 'failed'; readonly message: string };

/** Reads what files are. */
export interface Prober {
  /**
   * See contracts/media.ts `probe`. An empty or unknown file is undefined. Rejects with an `EngineFailure` of reason
   * `timeout` for a file that leads its reader in circles, and on a machine that has no time for it.
   */
  probe(path: string): Promise<MediaInfo | undefined>;
  /** Only what the first bytes claim, and how a picture is turned: cheap, and enough to open the file with. */
  claim(path: string): Promise<Pick<MediaInfo, 'kind' | 'extension' | 'orientation'> | undefined>;
  close(): Promise<void>;
}

/** Longest look at a container; a good one takes a tenth of a second. */
const PROBE_TIMEOUT_MS = 10_000;

/** Containers looked into at a time. */
const PROBES_AT_A_TIME = 2;

/** A container's tables fit in this many times over. */
const PROBE_MEMORY_MB = 256;

const PICTURE_READERS: Readonly<Record<string, (reader: Reader) => Promise<PictureSize>>> = {
  png: pngSize,
  jpg: jpegSize,
  webp: webpSize,
  gif: gifSize,
};

/** @param timeoutMs longest look at one container. */
export function openProber(clock: Clock, timeoutMs = PROBE_TIMEOUT_MS): Prober {
  const gate = openGate(PROBES_AT_A_TIME);
  return {
    async probe(path) {
      const type = await sniffFile(path);
      if (type === undefined) return undefined;
      const readPicture = PICTURE_READERS[type.extension];
      if (readPicture === undefined) return gate.run(() => lookInto(path, type, timeoutMs, clock));
      return pictureInfo(type, await withReader(path, readPicture));
    },
    async claim(path) {
      const type = await sniffFile(path);
      if (type === undefined) return undefined;
      const readPicture = PICTURE_READERS[type.extension];
      if (readPicture !== undefined) return pictureInfo(type, await withReader(path, readPicture));
      return { kind: type.mime.startsWith('audio/') ? 'audio' : 'video', extension: type.extension };
    },
    close: () => gate.close(),
  };
}

function sniffFile(path: string): Promise<FileType | undefined> {
  return withReader(path, async (reader) => sniff(await reader.at(0, SNIFF_BYTES)));
}

function pictureInfo(type: FileType, { width, height, orientation }: PictureSize): MediaInfo {
  const turned = orientation >= 5;
  return {
    kind: 'image',
    mime: type.mime,
    extension: type.extension,
    width: turned ? height : width,
    height: turned ? width : height,
    durationMs: 0,
    fps: null,
    frames: null,
    hasAudio: false,
    videoCodec: null,
    audioCodec: null,
    ...(orientation === 1 ? {} : { orientation }),
  };
}

/** Looks into a container in a worker thread, with a deadline and a limit to its memory. */
async function lookInto(path: string, { extension }: FileType, timeoutMs: number, clock: Clock): Promise<MediaInfo> {
  const order: ProbeOrder = { path, extension };
  const task = {
    script: workerBeside(import.meta.url, 'probe-worker'),
    data: order,
    timeoutMs,
    limits: { maxOldGenerationSizeMb: PROBE_MEMORY_MB },
    hear(report: ProbeReport, done: (report: ProbeReport) => void) {
      done(report);
    },
  };
  const report = await runThread<ProbeReport, ProbeReport>(task, clock).catch((error: unknown) => {
    if (!(error instanceof EngineFailure) || error.reason !== 'exit') throw error;
    return refuse('image_unreadable', { message: `The ${extension} file is damaged: its headers lead nowhere.` });
  });
  if (report.type === 'info') return report.info;
  if (report.type === 'refused') throw new Refusal(report.code, { message: report.message });
  throw new Error(report.message);
}
