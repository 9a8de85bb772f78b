import type { Input, InputFormat } from 'mediabunny';
import type { MediaInfo } from '../contracts/media.ts';
import { messageOf, Refusal } from '../std/errors.ts';
import { machineFault } from '../std/machine.ts';
import { FILE_TYPES, type FileType } from './sniff.ts';

/**
 * Reads a container's headers with mediabunny, which is given exactly the one format that the bytes claim.
 * To be called in a worker thread only: some damaged files (a FLAC cut short) send its readers round and round.
 */
export async function probeContainer(path: string, extension: string): Promise<MediaInfo> {
  const bunny = await import('mediabunny');
  const formats: Readonly<Record<string, InputFormat>> = {
    mp4: bunny.MP4,
    m4a: bunny.MP4,
    mov: bunny.QTFF,
    webm: bunny.WEBM,
    mkv: bunny.MATROSKA,
    mp3: bunny.MP3,
    wav: bunny.WAVE,
    ogg: bunny.OGG,
    flac: bunny.FLAC,
    aac: bunny.ADTS,
  };
  const format = formats[extension];
  const type = Object.values(FILE_TYPES).find((known) => known.extension === extension);
  if (format === undefined || type === undefined) throw new Error(`no container reader for ${extension}`);
  // Errors of reads that nobody waits for any more belong to a file that is refused anyway.
  const options = { maxCacheSize: 4 * 1024 * 1024, handleUnhandledError: () => undefined };
  const input = new bunny.Input({ source: new bunny.FilePathSource(path, options), formats: [format] });
  try {
    return await containerInfo(input, type);
  } catch (error) {
    if (error instanceof Refusal || machineFault(error) !== undefined) throw error;
    const message = `The ${extension} file is damaged or cut short.`;
    throw new Refusal('image_unreadable', { message, cause: messageOf(error) });
  } finally {
    input.dispose();
  }
}

async function containerInfo(input: Input, claimed: FileType): Promise<MediaInfo> {
  const video = await input.getPrimaryVideoTrack();
  const audio = await input.getPrimaryAudioTrack();
  if (video === null && audio === null) {
    throw new Refusal('image_unreadable', {
      message: `The ${claimed.extension} file holds neither picture nor sound.`,
    });
  }
  const stats = video === null ? null : await video.computePacketStats();
  const type = video === null ? soundOnly(claimed) : claimed;
  const durationMs = Math.round((await input.computeDuration()) * 1000);
  if (!(durationMs > 0)) {
    throw new Refusal('image_unreadable', { message: `The ${claimed.extension} file has no length; it is cut short.` });
  }
  return {
    kind: video === null ? 'audio' : 'video',
    mime: type.mime,
    extension: type.extension,
    width: video === null ? 0 : await video.getDisplayWidth(),
    height: video === null ? 0 : await video.getDisplayHeight(),
    durationMs,
    fps: stats === null ? null : frameRate(stats.averagePacketRate),
    frames: stats === null ? null : stats.packetCount,
    hasAudio: audio !== null,
    videoCodec: video === null ? null : await video.getCodec(),
    audioCodec: audio === null ? null : await audio.getCodec(),
  };
}

/** Frames per second to a thousandth; a whole number where times in whole milliseconds blur one (11.996 is 12, 23.976 is not 24). */
function frameRate(measured: number): number {
  const whole = Math.round(measured);
  return Math.abs(measured - whole) < whole / 2000 ? whole : Math.round(measured * 1000) / 1000;
}

/** What a container of moving pictures is called when it holds only sound. */
function soundOnly(type: FileType): FileType {
  if (type === FILE_TYPES.mp4 || type === FILE_TYPES.mov) return FILE_TYPES.m4a;
  return type === FILE_TYPES.webm || type === FILE_TYPES.mkv ? { ...type, mime: 'audio/webm' } : type;
}
