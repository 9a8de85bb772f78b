import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Log } from '../contracts/effects.ts';
import type { EngineJob, EngineResult, Media, MediaInfo } from '../contracts/media.ts';
import type { Clock } from '../std/clock.ts';
import { refuse } from '../std/errors.ts';
import { machineFault } from '../std/machine.ts';
import { CHECK_OUTPUT, COVER_OUTPUT, checkJob, coverJob, silentStreams } from './check.ts';
import { cliEngine, findFfmpeg, missingFrom } from './cli.ts';
import { type Engine, EngineFailure } from './engine.ts';
import { openGate } from './gate.ts';
import { openProber } from './probe.ts';
import { wasmEngine } from './wasm.ts';

/** How the media runner is set up. */
export interface MediaOptions {
  /** `auto`: a system ffmpeg where one stands on PATH and can do all we need, else WebAssembly. */
  readonly engine: 'auto' | 'wasm' | 'cli';
  /** Engine jobs that run at a time; each keeps about one core busy. 1 or more. */
  readonly workers: number;
  /** Where a system ffmpeg gets a folder per job. Made when needed. */
  readonly tempFolder: string;
  /** A TrueType font for drawn text instead of the one we ship with. */
  readonly fontPath?: string;
  readonly log: Log;
  readonly clock: Clock;
}

/**
 * Opens the media runner. Nothing is compiled, loaded or spawned before the first job, so this costs a start-up
 * nothing. Rejects where the font cannot be read, or where `cli` is demanded and there is no ffmpeg on PATH.
 */
export async function openMedia(options: MediaOptions): Promise<Media> {
  const { workers, log } = options;
  const fontPath = options.fontPath ?? fileURLToPath(import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'));
  await access(fontPath).catch(() => {
    throw new Error(`the font ${fontPath} cannot be read; name another TrueType file, or leave the setting out`);
  });
  const choice = chooseEngine(options);
  const gate = openGate(workers);
  const prober = openProber(options.clock);
  const closing = new AbortController();

  const run = (job: EngineJob, urgent: boolean): Promise<EngineResult> => {
    const signal = job.signal ? AbortSignal.any([job.signal, closing.signal]) : closing.signal;
    return gate.run(async () => (await choice.engine()).run({ ...job, signal }), { urgent, signal });
  };

  /** Runs a job over a stranger's file: what the engine cannot do with it twice is the file's fault, a dead worker ours. */
  const examine = async (job: EngineJob, info: Pick<MediaInfo, 'extension'>): Promise<EngineResult> => {
    try {
      return await run(job, true).catch((error: unknown) => {
        if (error instanceof EngineFailure && error.reason === 'crash') return run(job, true);
        throw error;
      });
    } catch (error) {
      // A deadline that went by says as much of this machine as of the file (promise P6).
      if (!(error instanceof EngineFailure) || error.reason !== 'exit') throw error;
      if (machineFault(error) !== undefined) throw error;
      log.info({ reason: error.reason, cause: error.message, engine_log: error.log }, 'a media file did not decode');
      const message = `The ${info.extension} file cannot be decoded; it is damaged.`;
      return refuse('image_unreadable', { message });
    }
  };

  return {
    workers,
    fontPath,
    get engine() {
      return choice.name();
    },
    probe: (path) => prober.probe(path).catch(tooSlow),
    run: (job) => run(job, false),
    async check(path) {
      const info = await prober.probe(path);
      // Neither engine is sure to decode AV1: its headers have to do.
      if (info === undefined || info.videoCodec === 'av1') return info;
      const { outputs } = await examine(checkJob(path, info), info);
      if (silentStreams(outputs.get(CHECK_OUTPUT) ?? new Uint8Array()).length > 0) {
        refuse('image_unreadable', { message: `The ${info.extension} file holds nothing that can be decoded.` });
      }
      return info;
    },
    async cover(path) {
      const info = await prober.claim(path);
      if (info === undefined || info.kind === 'audio') {
        return refuse('image_unreadable', { message: 'The file holds no picture.' });
      }
      const { outputs } = await examine(coverJob(path, info), info);
      return outputs.get(COVER_OUTPUT) ?? new Uint8Array();
    },
    async close() {
      closing.abort();
      await Promise.all([gate.close(), prober.close()]);
    },
  };
}

/** Who sends a file is told at once that it cannot be read; there is nobody to read it again later. */
function tooSlow(error: unknown): never {
  if (!(error instanceof EngineFailure) || error.reason !== 'timeout') throw error;
  return refuse('image_unreadable', {
    message: 'The file could not be read in time; it is damaged, or this machine busy.',
  });
}

/** Which engine carries jobs out: guessed by a look at PATH, settled by running what was found, once, when needed. */
function chooseEngine({ engine, tempFolder, log, clock }: MediaOptions): {
  engine(): Promise<Engine>;
  name(): Engine['name'];
} {
  const ffmpeg = engine === 'wasm' ? undefined : findFfmpeg();
  if (engine === 'cli' && ffmpeg === undefined) {
    throw new Error('the media engine is set to cli, and there is no ffmpeg on PATH; install one, or set it to auto');
  }
  const wasm = wasmEngine(clock);
  let settled: Engine | undefined = ffmpeg === undefined ? wasm : undefined;
  let settling: Promise<Engine> | undefined;
  const settle = async (path: string): Promise<Engine> => {
    const missing = await missingFrom(path, clock);
    if (missing.length > 0) {
      const lacks = missing.slice(0, 8).join(', ');
      if (engine === 'cli') throw new EngineFailure('crash', `${path} lacks what we need: ${lacks}`);
      log.warn({ ffmpeg: path, lacks }, 'the ffmpeg on PATH cannot do all we need; WebAssembly carries on');
      return wasm;
    }
    log.info({ ffmpeg: path }, 'the ffmpeg on PATH carries media jobs out');
    return cliEngine(path, tempFolder, clock);
  };
  return {
    name: () => settled?.name ?? 'cli',
    async engine() {
      if (settled === undefined && ffmpeg !== undefined) {
        settling ??= settle(ffmpeg);
        settled = await settling;
      }
      return settled ?? wasm;
    },
  };
}
