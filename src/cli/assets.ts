import { createWriteStream, existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../std/errors.ts';
import type { AssetWire } from '../wire/native/schemas/assets.ts';
import { oneOf, wholeNumber } from './arguments.ts';
import { type Command, POOL_USAGE } from './command.ts';
import { CliError, EXIT } from './exit.ts';
import { fileAt } from './order-options.ts';
import { type Column, fields, type Io, printableText, sizeText, table, timeText } from './terminal.ts';
import { answer, parseVerb, verbs } from './verbs.ts';

const ID_MAX = Number.MAX_SAFE_INTEGER;
const KINDS = ['upload', 'result', 'cover', 'mask', 'voice'] as const;
const LIMIT_MAX = 200;

/** `reelpool assets`. */
export const assets: Command = {
  usage: `Usage: reelpool assets list [--kind KIND] [--limit N] [--before ID] [options]
       reelpool assets show ID [options]
       reelpool assets upload FILE|URL [options]
       reelpool assets fetch ID [--output FILE] [options]
       reelpool assets delete ID [options]
       reelpool assets delete --job ID [options]

The files that are kept: what was uploaded, and what jobs made. What is deleted can no longer be found, fetched or used;
jobs that were accepted before still use it. Of a job all results go together. upload and fetch need a running gateway.

      --kind KIND        only ${KINDS.slice(0, -1).join(', ')} or ${KINDS.at(-1)}
      --limit N          at most so many, 1 to ${LIMIT_MAX} (default 50)
      --before ID        only older than this one
      --output FILE      where fetch writes (default: the id with its extension, here); an existing file stays
      --job ID           delete the results of this job
${POOL_USAGE}`,
  run: verbs('assets', { list, show, upload, fetch: fetchFile, delete: remove }),
};

const COLUMNS: readonly Column<AssetWire>[] = [
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  { title: 'KIND', cell: ({ kind }) => kind },
  { title: 'TYPE', cell: ({ mime }) => mime },
  { title: 'PIXELS', cell: ({ width, height }) => (width === 0 ? '-' : `${width}×${height}`) },
  { title: 'SECONDS', right: true, cell: ({ durationMs }) => (durationMs === 0 ? '-' : String(durationMs / 1000)) },
  { title: 'SIZE', right: true, cell: ({ bytes }) => sizeText(bytes) },
  { title: 'JOB', right: true, cell: ({ jobId }) => (jobId === null ? '-' : String(jobId)) },
  { title: 'CREATED (UTC)', cell: ({ createdAt }) => timeText(createdAt) },
  { title: 'NAME', cell: ({ name }) => printableText(name ?? '') },
];

async function list(args: readonly string[], io: Io): Promise<number> {
  const options = { kind: { type: 'string' }, limit: { type: 'string' }, before: { type: 'string' } } as const;
  const { values } = parseVerb(args, options);
  const { kind, limit, before } = values;
  const filter = {
    kind: kind === undefined ? undefined : oneOf('--kind', kind, KINDS),
    limit: limit === undefined ? undefined : wholeNumber('--limit', limit, 1, LIMIT_MAX),
    before: before === undefined ? undefined : wholeNumber('--before', before, 1, ID_MAX),
  };
  return await answer(
    io,
    values,
    (pool) => pool.assets.list(filter),
    (got) => table(io, COLUMNS, got.assets),
  );
}

async function show(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, {}, ['ID']);
  return await answer(
    io,
    values,
    (pool) => pool.assets.get(idOf(positionals)),
    (asset) => fields(io, [...COLUMNS.map(({ title, cell }) => [title, cell(asset)] as const), ['URL', asset.url]]),
  );
}

async function upload(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, {}, ['FILE|URL']);
  const source = positionals[0] ?? '';
  const body = /^https?:\/\//i.test(source) ? { url: source } : await fileAt(path.resolve(io.cwd, source));
  return await answer(
    io,
    values,
    (pool) => pool.uploads.create(body),
    (asset) => `Kept as ${asset.id}: ${asset.mime}, ${sizeText(asset.bytes)}.\n`,
  );
}

async function fetchFile(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, { output: { type: 'string' } }, ['ID']);
  return await answer(
    io,
    values,
    async (pool) => {
      const asset = await pool.assets.get(idOf(positionals));
      if (!URL.canParse(asset.url)) {
        throw new CliError(EXIT.unavailable, 'Fetching needs a running gateway: name one with --url');
      }
      const name = values.output ?? `${asset.id}${path.extname(new URL(asset.url).pathname)}`;
      const file = path.resolve(io.cwd, name);
      await save(asset.url, file);
      return { ...asset, file };
    },
    ({ file, bytes }) => `${file}: ${sizeText(bytes)}.\n`,
  );
}

/** Writes what an address holds to a new file. */
async function save(url: string, file: string): Promise<void> {
  if (existsSync(file)) throw new CliError(EXIT.usage, `${file} is there already; name another with --output`);
  const response = await fetch(url);
  if (!response.ok || response.body === null) {
    throw new CliError(EXIT.failed, `${new URL(url).origin} did not send the file (HTTP ${response.status})`);
  }
  try {
    await pipeline(Readable.fromWeb(response.body), createWriteStream(file, { flags: 'wx' }));
  } catch (error) {
    await rm(file, { force: true });
    throw new CliError(EXIT.failed, `${file} could not be written whole: ${messageOf(error)}`, { cause: error });
  }
}

async function remove(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, { job: { type: 'string' } }, ['[ID]']);
  if ((values.job === undefined) === (positionals[0] === undefined)) {
    throw new CliError(EXIT.usage, 'Say which: the ID of a file, or --job with that of a job');
  }
  if (values.job === undefined) {
    return await answer(
      io,
      values,
      (pool) => pool.assets.remove(idOf(positionals)),
      ({ id, kind }) => `Deleted: ${kind} ${id}.\n`,
    );
  }
  const job = wholeNumber('--job', values.job, 1, ID_MAX);
  return await answer(
    io,
    values,
    (pool) => pool.jobs.removeResults(job),
    ({ id }) => `Deleted: the results of job ${id}.\n`,
  );
}

const idOf = (positionals: readonly string[]): number => wholeNumber('ID', positionals[0] ?? '', 1, ID_MAX);
