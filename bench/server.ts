/** Servers under test, each in a process of its own that answers questions about itself. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** What a server process tells when asked. */
export interface Vitals {
  /** CPU time used since it began, seconds. */
  readonly cpu: number;
  /** 99th percentile of the event loop's delay since it was last asked, ms. */
  readonly loopP99: number;
}

/** A server that runs. */
export interface Server {
  readonly port: number;
  /** What it said when it was ready, besides its port. */
  readonly hello: Readonly<Record<string, string>>;
  vitals(): Promise<Vitals>;
  stop(): Promise<void>;
}

/** Starts bench/servers/<name>.ts. */
export async function startServer(name: string, args: readonly string[] = []): Promise<Server> {
  const file = path.join(import.meta.dirname, 'servers', `${name}.ts`);
  const child = fork(file, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const hello = (await firstMessage(child, name)) as { port: number } & Record<string, string>;
  return {
    port: hello.port,
    hello,
    async vitals() {
      child.send('vitals');
      const [answer] = (await once(child, 'message')) as [Vitals];
      return answer;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await gone;
      clearTimeout(force);
    },
  };
}

function firstMessage(child: ChildProcess, name: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the ${name} server ended with ${code} before it was ready`)));
  });
}
