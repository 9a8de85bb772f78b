import type { JobWire } from '../wire/native/schemas/jobs.ts';
import { cutTo, type Io, paint } from './terminal.ts';

/** Jobs on their way, for someone who watches: a bar per job that moves on a terminal, a line per news elsewhere. */
export interface ProgressView {
  /** Shows how the jobs stand now. */
  show(jobs: readonly NamedJob[]): void;
  /** Leaves the cursor below the bars, visible. May be called more than once. */
  end(): void;
}

/** A job with the name its bar carries. */
export interface NamedJob {
  readonly name: string;
  readonly job: JobWire;
  /** Since it was created, ms. */
  readonly elapsedMs: number;
}

/** Width of a line without its bar, the longest words included: a line that wraps would break the drawing. */
const BESIDE_BAR = 58;
const BAR_WIDTH = { min: 4, max: 28 };
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/** Where a job stands, in words. */
export function phaseText(job: JobWire): string {
  if (job.queuePlace !== null) {
    return job.queuePlace === 0 ? 'queued, next in line' : `queued, ${job.queuePlace} before it`;
  }
  if (job.state === 'submitting') return 'submitting';
  if (job.state === 'running') {
    return job.progress === null ? 'running' : `running ${Math.floor(job.progress * 100)} %`;
  }
  if (job.state === 'storing') return 'storing';
  return job.state;
}

/** How full a job's bar is, 0 to 1. */
export function shareDone(job: JobWire): number {
  if (job.finishedAt !== null || job.state === 'storing') return 1;
  return job.progress ?? 0;
}

/** Bars where `io` is a terminal, lines otherwise. */
export function progressView(io: Io): ProgressView {
  return io.tty ? bars(io) : lines(io);
}

function bars(io: Io): ProgressView {
  let drawn = 0;
  let ended = false;
  return {
    show(jobs) {
      const up = drawn === 0 ? HIDE_CURSOR : `\u001b[${drawn}A`;
      io.out(up + jobs.map((named) => `\r\u001b[2K${barLine(io, named)}\n`).join(''));
      drawn = jobs.length;
    },
    end() {
      if (!ended && drawn > 0) io.out(SHOW_CURSOR);
      ended = true;
    },
  };
}

function barLine(io: Io, { name, job, elapsedMs }: NamedJob): string {
  const width = Math.min(BAR_WIDTH.max, Math.max(BAR_WIDTH.min, io.columns - BESIDE_BAR));
  const filled = Math.round(shareDone(job) * width);
  const good = job.state === 'succeeded';
  const bad = job.finishedAt !== null && !good;
  const colour = bad ? 'red' : good ? 'green' : 'cyan';
  const bar = paint(io, colour, '━'.repeat(filled)) + paint(io, 'dim', '─'.repeat(width - filled));
  const time = `${(elapsedMs / 1000).toFixed(1)} s`.padStart(7);
  const mark = bad ? paint(io, 'red', '✗') : good ? paint(io, 'green', '✓') : ' ';
  return `  ${mark} ${name.padEnd(14)}  ${bar}  ${paint(io, 'dim', time)}  ${cutTo(phaseText(job), BESIDE_BAR - 32)}`;
}

function lines(io: Io): ProgressView {
  const said = new Map<string, string>();
  return {
    show(jobs) {
      for (const { name, job, elapsedMs } of jobs) {
        // Every quarter is news enough for a log.
        const quarter = job.state === 'running' && job.progress !== null ? Math.floor(job.progress * 4) * 25 : null;
        const text = quarter === null ? phaseText(job) : `running ${quarter} %`;
        if (said.get(name) === text) continue;
        said.set(name, text);
        io.out(`  ${name.padEnd(14)}  ${`${(elapsedMs / 1000).toFixed(1)} s`.padStart(7)}  ${text}\n`);
      }
    },
    end() {},
  };
}
