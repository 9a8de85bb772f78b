/** The program as people run it: a process of its own, with an environment that holds nothing of the machine's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { run } from '../../src/cli/program.ts';
import type { Io } from '../../src/cli/terminal.ts';

export const MAIN = path.join(import.meta.dirname, '../../src/cli/main.ts');

/** How a run ended. */
export interface Ended {
  readonly code: number | string | null;
  readonly out: string;
  readonly err: string;
}

/** Where and with what a run happens. */
export interface RunOptions {
  readonly cwd: string;
  readonly env?: Record<string, string>;
}

/** Runs a command in this process: for what needs no process of its own. */
export async function inProcess(args: readonly string[], { cwd, env = {} }: RunOptions): Promise<Ended> {
  let out = '';
  let err = '';
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env,
    cwd,
    tty: false,
    colours: false,
    columns: 80,
  };
  const code = await run(args, io);
  return { code, out, err };
}

function launch(args: readonly string[], { cwd, env = {} }: RunOptions): ChildProcess {
  const base = { PATH: process.env['PATH'] ?? '', REELPOOL_MEDIA_ENGINE: 'wasm', REELPOOL_LOG_LEVEL: 'error' };
  return spawn(process.execPath, [MAIN, ...args], { cwd, env: { ...base, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
}

function collect(child: ChildProcess): { out: () => string; err: () => string } {
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return { out: () => out, err: () => err };
}

/** Runs a command to its end. */
export async function reelpool(args: readonly string[], options: RunOptions): Promise<Ended> {
  const child = launch(args, options);
  const read = collect(child);
  const [code, signal] = await once(child, 'close');
  return { code: signal ?? code, out: read.out(), err: read.err() };
}

/** A running `serve`. */
export interface Served {
  readonly child: ChildProcess;
  /** The line of --json. */
  readonly hello: { url: string; data: string; database: string | null; pid: number; adminKey: string | null };
  /** What it has written to stderr so far. */
  errors(): string;
  /** Resolves when it has ended. */
  readonly ended: Promise<number | string | null>;
  /** SIGTERM, then its end. */
  stop(): Promise<number | string | null>;
}

/** Anything with an end to hook on. */
interface Ending {
  after(end: () => Promise<void> | void): void;
}

/** Starts `serve --json` on a free port and waits until it listens. Killed when the test ends. */
export async function serve(t: Ending, options: RunOptions, args: readonly string[] = []): Promise<Served> {
  const child = launch(['serve', '--json', '--port', '0', ...args], options);
  const read = collect(child);
  const ended = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | string | null);
  t.after(() => void child.kill('SIGKILL'));
  if (child.stdout === null) throw new Error('no standard output');
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([first]) => String(first)),
    ended.then((code) => Promise.reject(new Error(`serve ended with ${code}: ${read.err()}`))),
  ]);
  return {
    child,
    hello: JSON.parse(line),
    errors: read.err,
    ended,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** A folder that is removed when the test ends. */
export async function folder(t: Ending): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), 'reelpool-cli-'));
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}
