/** Gateways in processes of their own, under conditions, and what must hold of them in the end. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../../src/config.ts';
import type { JobsWire, JobWire, TimelineWire } from '../../src/wire/native/schemas/jobs.ts';
import type { BalancesWire, LedgerWire } from '../../src/wire/native/schemas/ledger.ts';
import { TEST_KEY } from '../support/gateway.ts';
import { accepted, type PixverseClient, pixverseClient, type Reply, SMALL_TEXT } from '../support/pixverse-client.ts';
import { pngPicture } from '../support/png.ts';
import { startChild } from '../support/process.ts';
import type { ClockOrder } from './child.ts';

/** What a first start gives. */
const START_CREDITS = 16_000;

const LATER_MS = 61_000;
/** How often a test that hastens a job puts the clock forward. */
const HASTE_MS = 500;

/** A gateway in a process of its own. */
export interface MachineGateway {
  readonly url: string;
  readonly key: string;
  readonly client: PixverseClient;
  readonly pid: number;
  /** How it ended: the signal, or the exit code. */
  readonly ended: Promise<string | number | null>;
  /** True while it runs. */
  alive(): boolean;
  /** What it has logged so far. */
  log(): string;
  /** Sets its clock or lets its time pass. */
  time(order: ClockOrder): Promise<void>;
  /** Sets its clock forward by more than any pause after a fault that is written down as a time of the day. */
  later(): Promise<void>;
  /** SIGTERM; its exit code. */
  stop(): Promise<string | number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** An answer of the native API. */
  native<T>(method: 'GET' | 'POST', route: string): Promise<T>;
}

/** Anything with an end to hook on. */
export interface Ending {
  after(end: () => Promise<void> | void): void;
}

/** What is different about a gateway. */
export interface Conditions {
  /** What to put before its command. */
  readonly through?: readonly string[];
  readonly config?: Partial<Config>;
  /** A descriptor for its log. */
  readonly stderr?: number;
  /** Its wall clock, ms from the machine's. */
  readonly clockOffset?: number;
}

/** Starts a gateway on a folder and waits until it answers; it is gone when the test ends. */
export async function start(t: Ending, folder: string, conditions: Conditions = {}): Promise<MachineGateway> {
  const { through, config = {}, stderr, clockOffset = 0 } = conditions;
  let log = '';
  const { url, child, ended } = await startChild(
    folder,
    { REELPOOL_TEST_CLOCK_OFFSET: String(clockOffset) },
    [JSON.stringify({ logLevel: 'warn', ...config })],
    {
      script: new URL('child.ts', import.meta.url),
      ipc: true,
      ...(through ? { through } : {}),
      ...(stderr === undefined ? {} : { stderr }),
      spawned: (spawned) => {
        t.after(() => void spawned.kill('SIGKILL'));
        spawned.stderr?.on('data', (chunk: Buffer) => {
          log += chunk.toString();
        });
      },
    },
  );
  let offset = clockOffset;
  const time = async (order: ClockOrder) => {
    offset = order.set ?? offset;
    const done = once(child, 'message');
    child.send(order);
    await done;
  };
  let alive = true;
  void ended.then(() => {
    alive = false;
  });
  return {
    url,
    key: TEST_KEY,
    client: pixverseClient({ url, key: TEST_KEY }),
    pid: child.pid ?? 0,
    ended,
    alive: () => alive,
    log: () => log,
    time,
    later: () => time({ set: offset + LATER_MS }),
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async native(method, route) {
      const answer = await fetch(`${url}/pool/v1${route}`, { method, headers: { 'API-KEY': TEST_KEY } });
      assert.equal(answer.status, 200, `${route} answers`);
      return (await answer.json()) as never;
    },
  };
}

/** A folder that is removed when the test ends. */
export async function folderFor(t: Ending): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reelpool-machine-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Asserts that the books balance (promise P3), that nothing is held any more, and that so many credits were spent. */
export async function assertSettled(gateway: MachineGateway, spent: number): Promise<void> {
  const report = await gateway.native<LedgerWire>('POST', '/ledger/verify');
  assert.deepEqual(report.problems, []);
  const { balances } = await gateway.native<BalancesWire>('GET', '/balances');
  assert.equal(balances[0]?.held, 0, 'nothing is held');
  assert.equal(balances[0]?.available, START_CREDITS - spent, 'every job was paid once');
}

const CLIP = { ...SMALL_TEXT, seed: 7 };

/** Sends a create: always the same clip, of 5 credits; the same job for the same trace id. */
export function tryCreate(gateway: MachineGateway, trace: string): Promise<Reply> {
  return gateway.client.post('/video/text/generate', { body: CLIP, trace });
}

/** The id of the job of a create that must be accepted. */
export async function create(gateway: MachineGateway, trace: string): Promise<number> {
  return Number(accepted(await tryCreate(gateway, trace))['video_id']);
}

/** An upload: always the same picture, under the same trace id. */
export function picture(): { body: FormData; trace: string } {
  const body = new FormData();
  body.set('image', new Blob([pngPicture(96, 64)], { type: 'image/png' }), 'picture.png');
  return { body, trace: 'the-picture' };
}

/** Follows a job to its end without waiting for the pauses between its steps; its last status. */
export async function hastened(t: TestContext, gateway: MachineGateway, id: number | undefined): Promise<unknown> {
  for (;;) {
    await gateway.later();
    const poked = performance.now();
    while (performance.now() - poked < HASTE_MS) {
      const video = accepted(await gateway.client.get(`/video/result/${id}`));
      if (video['status'] !== 5) return video['status'];
      await pause(20, undefined, { signal: t.signal });
    }
  }
}

/** Kinds of the events of a job's timeline. */
export async function eventsOf(gateway: MachineGateway, id: number | undefined): Promise<string[]> {
  return (await gateway.native<TimelineWire>('GET', `/jobs/${id}/timeline`)).events.map((event) => event.kind);
}

/** One job. */
export function jobOf(gateway: MachineGateway, id: number | undefined): Promise<JobWire> {
  return gateway.native('GET', `/jobs/${id}`);
}

/** Every job, newest first. */
export async function jobsOf(gateway: MachineGateway): Promise<JobWire[]> {
  return (await gateway.native<JobsWire>('GET', '/jobs?limit=100')).jobs;
}

/** What `/readyz` says. */
export async function readiness(gateway: { url: string }): Promise<{ status: number; body: string }> {
  const answer = await fetch(`${gateway.url}/readyz`);
  return { status: answer.status, body: await answer.text() };
}

/** Looks again and again until something is so; the test's own deadline ends it. */
export async function until(t: TestContext, holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(20, undefined, { signal: t.signal });
}

/** How a run of `reelpool serve` went. */
export interface ServeRun {
  /** Did it get as far as listening? Then it was stopped. */
  readonly listened: boolean;
  readonly code: number | string | null;
  readonly out: string;
  readonly err: string;
}

const MAIN = new URL('../../src/cli/main.ts', import.meta.url).pathname;

/** Runs `reelpool serve` on a folder until it listens, and then stops it, or until it gives up. */
export async function serveOnce(t: Ending, folder: string, through: readonly string[] = []): Promise<ServeRun> {
  const args = [MAIN, 'serve', '--json', '--port', '0', '--data', folder];
  const [command = '', ...rest] = [...through, process.execPath, ...args];
  const child = spawn(command, rest, {
    cwd: '/',
    env: { PATH: process.env['PATH'], REELPOOL_MEDIA_ENGINE: 'wasm', REELPOOL_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => void child.kill('SIGKILL'));
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    if (out.includes('\n')) child.kill('SIGTERM');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const [code, signal] = await once(child, 'close');
  return { listened: out.includes('"url"'), code: signal ?? code, out, err };
}
