/** `serve` from start to first answer, and what it keeps in memory when it has nothing to do. Embedded store. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../compare.ts';
import { DOOR, doorHeaders } from '../door.ts';
import type { Finding, Row } from '../row.ts';

const KEY = 'ak_00000000000000000000000000000000';
const ROOT = path.join(import.meta.dirname, '..', '..');
/** What `npm start` runs; it replaces its shell, so that the process measured is the gateway itself. */
const START: string = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')).scripts.start;
const START_TIMEOUT_MS = 20_000;
/** How long a gateway is left alone before its memory is read. */
const SETTLE_MS = 3_000;

export const serveProcess: Row = {
  name: 'process',
  async run(effort) {
    const data = await mkdtemp(path.join(tmpdir(), 'reelpool-bench-'));
    try {
      const first = await serve(data);
      await first.stop();
      const restarts: number[] = [];
      let memoryMb = 0;
      for (let index = 0; index < Math.max(2, effort.rounds); index++) {
        const again = await serve(data);
        restarts.push(again.startMs);
        if (index === 0) {
          await sleep(SETTLE_MS);
          memoryMb = await residentMb(again.child);
        }
        await again.stop();
      }
      return [...startFindings(first.startMs, restarts), memoryFinding(memoryMb)];
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  },
  skip: () => (process.platform === 'linux' ? undefined : 'reads /proc, so Linux only'),
};

function startFindings(firstMs: number, restarts: readonly number[]): Finding[] {
  const goal = { atMost: 700, unit: 'ms' } as const;
  const detail = `median of ${restarts.length}: ${restarts.map((ms) => Math.round(ms)).join(', ')} ms`;
  return [
    {
      what: 'serve to first answer, new data folder',
      goal,
      value: firstMs,
      detail: 'makes the folder, keys, tenant and account; nothing compiled yet',
    },
    { what: 'serve to first answer, again', goal, value: median(restarts), detail },
  ];
}

function memoryFinding(value: number): Finding {
  const detail = `resident ${SETTLE_MS / 1000} s after the first answer`;
  return { what: 'idle memory', goal: { atMost: 120, unit: 'MB' }, value, detail };
}

interface Served {
  readonly child: ChildProcess;
  readonly startMs: number;
  stop(): Promise<void>;
}

/** Starts the command and asks for the balance, again and again, until it is answered. */
async function serve(data: string): Promise<Served> {
  const port = await freePort();
  const started = performance.now();
  const child = spawn('sh', ['-c', START], {
    cwd: ROOT,
    // What it says when it is stopped is no news here; what it says when it fails is.
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env['PATH']}`,
      NODE_COMPILE_CACHE: path.join(data, 'compiled'),
      REELPOOL_DATA: data,
      REELPOOL_PORT: String(port),
      REELPOOL_BOOTSTRAP_KEY: KEY,
      REELPOOL_LOG_LEVEL: 'warn',
    },
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  while ((await ask(port)) !== 200) {
    if (child.exitCode !== null) throw new Error(`serve ended with ${child.exitCode}: ${said}`);
    if (performance.now() - started > START_TIMEOUT_MS) throw new Error('serve does not answer');
    await sleep(2);
  }
  const startMs = performance.now() - started;
  return {
    child,
    startMs,
    async stop() {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

function ask(port: number): Promise<number> {
  return new Promise((resolve) => {
    const sent = httpRequest(
      { port, host: '127.0.0.1', path: `${DOOR}/account/balance`, headers: doorHeaders(KEY), agent: false },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    sent.on('error', () => resolve(0));
    sent.end();
  });
}

async function residentMb(child: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
