/** Child processes of tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A gateway in a process of its own. */
export interface ChildGateway {
  readonly url: string;
  readonly child: ChildProcess;
  /** How it ended: the signal, or the exit code. */
  readonly ended: Promise<string | number | null>;
}

/** How a child is run where it is not the usual way. */
export interface ChildOptions {
  /** Command and arguments that run what follows them, e.g. under limits of the system. */
  readonly through?: readonly string[];
  /** The script that takes the folder, instead of test/crash/child.ts. */
  readonly script?: URL;
  /** A file for its standard error, by its descriptor, instead of a pipe to here. */
  readonly stderr?: number;
  /** Opens a channel for messages. */
  readonly ipc?: boolean;
  /** Called with the process at once: it may hang before it answers. */
  readonly spawned?: (child: ChildProcess) => void;
}

/** Starts test/crash/child.ts and waits for its address. Rejects when it ends before. */
export async function startChild(
  folder: string,
  env: Record<string, string> = {},
  args: string[] = [],
  options: ChildOptions = {},
): Promise<ChildGateway> {
  const script = (options.script ?? new URL('../crash/child.ts', import.meta.url)).pathname;
  const [command = process.execPath, ...rest] = [...(options.through ?? []), process.execPath, script, folder, ...args];
  const child = spawn(command, rest, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', options.stderr ?? 'pipe', ...(options.ipc ? ['ipc' as const] : [])],
  });
  options.spawned?.(child);
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as string | number | null);
  if (!child.stdout) throw new Error('no standard output');
  const lines = createInterface({ input: child.stdout });
  const url = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    ended.then((how) => Promise.reject(new Error(`the gateway ended (${how}) before it answered: ${errors}`))),
  ]);
  return { url, child, ended };
}
