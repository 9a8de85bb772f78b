import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from '../client/client.ts';
import type { Reelpool } from '../client/types.ts';
import { type Config, loadConfig, printableDatabase } from '../config.ts';
import { sleep, systemClock } from '../std/clock.ts';
import { sha256Hex } from '../std/crypto.ts';
import type { JobWire } from '../wire/native/schemas/jobs.ts';
import { oneOf, parse, wholeNumber } from './arguments.ts';
import type { Command } from './command.ts';
import { type DemoClient, demoClient } from './demo-client.ts';
import { CliError, EXIT, told } from './exit.ts';
import { drawPicture } from './picture.ts';
import { configSources } from './pool.ts';
import { type NamedJob, type ProgressView, progressView } from './progress.ts';
import { stopSignals } from './signals.ts';
import { startFailure } from './start-failure.ts';
import { creditsText, creditText, type Io, paint, sizeText } from './terminal.ts';

/** Between two looks at the jobs: often enough that a bar moves, far apart enough that looking costs nothing. */
const LOOK_EVERY_MS = 200;
/** Longer than this no demo takes on any machine. */
const PATIENCE_MS = 15 * 60_000;
const PICTURE = { width: 960, height: 540, filename: 'picture.png', mime: 'image/png' } as const;

/** `reelpool demo`. */
export const demo: Command = {
  usage: `Usage: reelpool demo [options]

Starts a gateway of its own on a free port and, as any client would, over HTTP and through the PixVerse API: uploads a
picture, makes one video from a text and one from the picture, and shows what they cost. The store is thrown away
afterwards (with --database it stays); the videos are in the output folder.

      --output FOLDER    where the files go (default ./demo-output); files of an earlier demo are replaced
      --duration N       seconds a video lasts, 1 to 15 (default 5)
      --quality Q        360p, 540p, 720p or 1080p (default 540p)
      --database URL     use this PostgreSQL instead of the embedded store; then the data folder is that of \`serve\`
      --data FOLDER      that data folder, with --database
      --config FILE      configuration file: engine, font and workers are read from it
`,
  async run(args, io) {
    const { values } = parse(args, {
      output: { type: 'string', default: 'demo-output' },
      duration: { type: 'string', default: '5' },
      quality: { type: 'string', default: '540p' },
      database: { type: 'string' },
      data: { type: 'string' },
      config: { type: 'string' },
    });
    const order: Order = {
      output: path.resolve(io.cwd, values.output),
      duration: wholeNumber('--duration', values.duration, 1, 15),
      quality: oneOf('--quality', values.quality, ['360p', '540p', '720p', '1080p']),
    };
    const settings = loadConfig(configSources(io, values));
    await mkdir(order.output, { recursive: true }).catch((error: unknown) => {
      throw failed(error);
    });
    const temporary = values.database === undefined ? await mkdtemp(path.join(tmpdir(), 'reelpool-demo-')) : null;
    try {
      return await runDemo(io, demoConfig(io, settings, values.database !== undefined, temporary), order);
    } finally {
      if (temporary !== null) await rm(temporary, { recursive: true, force: true });
    }
  },
};

/** What the demo makes. */
interface Order {
  readonly output: string;
  readonly duration: number;
  readonly quality: string;
}

/**
 * A gateway nobody else uses: loopback, a free port, no public address. The database only where one was asked for, so
 * that a configured one is never filled with demos by accident; the data folder then is the configured one, because it
 * holds the key and the files that the rows of the database speak of.
 */
function demoConfig(io: Io, settings: Config, useDatabase: boolean, temporary: string | null): Config {
  return {
    ...settings,
    host: '127.0.0.1',
    port: 0,
    publicUrl: null,
    trustProxy: false,
    requestsPerSecond: 0,
    database: useDatabase ? settings.database : null,
    data: temporary ?? settings.data,
    logLevel: io.env['REELPOOL_LOG_LEVEL'] ? settings.logLevel : 'error',
  };
}

async function runDemo(io: Io, config: Config, order: Order): Promise<number> {
  const view = progressView(io);
  const signals = stopSignals(() => view.end());
  io.out(`${paint(io, 'bold', 'Reelpool demo')}\n\n`);
  const { compose } = await import('../compose.ts');
  const app = await compose(config).catch((error: unknown) => {
    throw startFailure(error);
  });
  const { adminKey } = app.firstStart;
  if (adminKey !== null && config.database !== null) {
    row(io, 'Admin key', `${adminKey}  ${paint(io, 'dim', 'of this new store, shown this once')}`);
  }
  // A client key like any tenant's program has; it may do no more than that.
  const { key, secret } = await app.gateway.createKey(app.operator, { name: 'demo', role: 'client' });
  try {
    const { url } = await app.listen().catch((error: unknown) => {
      throw startFailure(error);
    });
    const store = config.database === null ? 'embedded store' : printableDatabase(config.database);
    row(io, 'Gateway', `${paint(io, 'cyan', url)}  ${paint(io, 'dim', store)}`);
    const work = makeVideos(
      io,
      view,
      { client: demoClient(url, secret), pool: createClient({ url, key: secret }) },
      order,
    );
    const stopped = signals.first.then(() => {
      throw new CliError(EXIT.failed, 'The demo was stopped');
    });
    await Promise.race([work, stopped]);
  } catch (error) {
    view.end();
    throw error instanceof CliError && error.exit === EXIT.unavailable ? error : failed(error);
  } finally {
    await app.gateway.revokeKey(app.operator, key.id).catch(() => {});
    await app.close();
    signals.dispose();
  }
  return EXIT.ok;
}

/** A demo that went wrong ends with 1, in a line where the reason is one a person can do something about. */
function failed(thrown: unknown): unknown {
  const error = told(thrown);
  const isSystem = error instanceof Error && 'syscall' in error;
  if (!(error instanceof CliError) && !isSystem) return error;
  return new CliError(EXIT.failed, startFailure(error).message, { cause: error });
}

/** The two sides a client has: the vendor's protocol, and the native API where the bars get their news. */
interface Sides {
  readonly client: DemoClient;
  readonly pool: Reelpool;
}

async function makeVideos(io: Io, view: ProgressView, { client, pool }: Sides, order: Order): Promise<void> {
  const before = total(await client.balance());
  row(io, 'Balance', creditsText(before));

  const picture = drawPicture(PICTURE.width, PICTURE.height);
  const file = await save(order.output, PICTURE.filename, picture);
  const imageId = await client.upload(picture, PICTURE.filename, PICTURE.mime);
  row(io, 'Picture', `${PICTURE.width}×${PICTURE.height} PNG, ${sizeText(picture.length)}, uploaded as ${imageId}`);
  io.out('\n');

  const startedAt = systemClock.monotonic();
  const common = { model: 'v6', duration: order.duration, quality: order.quality, generate_audio_switch: true };
  const text = 'A paper boat sails down a rainy street at night, neon lights in the puddles';
  const still = 'The sail fills with wind, the boat glides towards the setting sun';
  const ids = [
    {
      name: 'text-to-video',
      id: await client.textToVideo({ ...common, prompt: text, seed: 7, aspect_ratio: '16:9' }),
    },
    { name: 'image-to-video', id: await client.imageToVideo({ ...common, prompt: still, seed: 11, img_id: imageId }) },
  ];
  const jobs = await follow(view, pool, ids, startedAt);
  const videos: { name: string; job: JobWire; file: string }[] = [];
  for (const { name, job } of jobs) {
    videos.push({ name, job, file: await fetchVideo(client, name, job, order.output) });
  }
  view.end();
  const after = total(await client.balance());
  summary(io, videos, before, after, file);
}

/** Watches the jobs until all have ended. Refuses when one did not succeed. */
async function follow(
  view: ProgressView,
  pool: Reelpool,
  ids: readonly { name: string; id: number }[],
  startedAt: number,
): Promise<NamedJob[]> {
  const ended = new Map<number, NamedJob>();
  for (;;) {
    const jobs: NamedJob[] = [];
    for (const { name, id } of ids) {
      const known = ended.get(id);
      const named = known ?? { name, job: await pool.jobs.get(id), elapsedMs: systemClock.monotonic() - startedAt };
      if (named.job.finishedAt !== null) ended.set(id, named);
      jobs.push(named);
    }
    view.show(jobs);
    const lost = jobs.find(({ job }) => job.finishedAt !== null && job.state !== 'succeeded');
    if (lost !== undefined) {
      const reason = lost.job.error?.message ?? 'no reason was given';
      throw new CliError(EXIT.failed, `${lost.name} ended as ${lost.job.state}: ${reason}`);
    }
    if (ended.size === ids.length) return jobs;
    if (systemClock.monotonic() - startedAt > PATIENCE_MS) {
      throw new CliError(EXIT.failed, 'The videos are not done after a quarter of an hour');
    }
    await sleep(systemClock, LOOK_EVERY_MS);
  }
}

/** Gets a finished video as a client does, and makes sure that it is the file the gateway checked. */
async function fetchVideo(client: DemoClient, name: string, job: JobWire, folder: string): Promise<string> {
  const { status, url } = await client.result(job.id);
  if (status !== 1 || url === '') throw new CliError(EXIT.failed, `${name} is done but its status is ${status}`);
  const video = await client.download(url);
  if (sha256Hex(video) !== job.result?.sha256) throw new CliError(EXIT.failed, `${name} arrived damaged`);
  return await save(folder, `${name}.mp4`, video);
}

/** Writes a file whole or not at all. */
async function save(folder: string, name: string, bytes: Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(`${file}.part`, bytes);
  await rename(`${file}.part`, file);
  return file;
}

const total = (balance: { monthly: number; package: number }): number => balance.monthly + balance.package;

function row(io: Io, name: string, value: string): void {
  io.out(`  ${paint(io, 'bold', name.padEnd(9))}  ${value}\n`);
}

function summary(
  io: Io,
  videos: readonly { name: string; job: JobWire; file: string }[],
  before: number,
  after: number,
  picture: string,
): void {
  io.out('\n');
  for (const { name, job, file } of videos) {
    const result = job.result;
    const seconds = ((result?.durationMs ?? 0) / 1000).toFixed(1);
    const sound = result?.hasAudio ? ', with sound' : '';
    const size =
      result === null ? '' : `${result.width}×${result.height}, ${seconds} s${sound}, ${sizeText(result.bytes)}`;
    io.out(
      `  ${paint(io, 'bold', name.padEnd(14))}  ${creditsText(job.credit.amount).padStart(12)}   ${shortPath(io, file)}\n`,
    );
    io.out(`  ${' '.repeat(14)}  ${' '.repeat(12)}   ${paint(io, 'dim', size)}\n`);
  }
  io.out(`  ${'picture'.padEnd(14)}  ${''.padStart(12)}   ${shortPath(io, picture)}\n\n`);
  const paid = creditsText(before - after);
  row(io, 'Balance', `${creditText(before)} → ${creditsText(after)}  ${paint(io, 'dim', `${paid} paid`)}`);
  io.out('\nDone. A gateway to keep starts with: npm start\n');
}

/** Relative where that is shorter to read. */
function shortPath(io: Io, file: string): string {
  const relative = path.relative(io.cwd, file);
  return relative.startsWith('..') ? file : relative;
}
