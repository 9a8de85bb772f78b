/** `reelpool jobs create | quote | cancel` and `reelpool plans`, against a gateway and without one. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { startAlone, TEST_KEY } from '../support/gateway.ts';
import { SLOW, TINY } from '../support/native-jobs.ts';
import { pngPicture } from '../support/png.ts';
import { folder, inProcess } from './run.ts';

const SMALL = ['--quality', '360p', '--seconds', '1'];

test('jobs are quoted, made of files, watched and cancelled', async (t) => {
  const gateway = await startAlone(t);
  const cwd = await folder(t);
  await writeFile(path.join(cwd, 'boat.png'), pngPicture(40, 30));
  const ask = (...args: string[]) =>
    inProcess(args, { cwd, env: { REELPOOL_URL: gateway.url, REELPOOL_KEY: TEST_KEY } });
  const json = async (...args: string[]) => {
    const { code, out, err } = await ask(...args, '--json');
    assert.equal(code, 0, err);
    return JSON.parse(out);
  };

  const quoted = await ask('jobs', 'quote', 'text-to-video', '--prompt', 'a tram', ...SMALL);
  assert.equal(quoted.code, 0, quoted.err);
  assert.match(quoted.out, /Price +5 credits of 16,000 credits/);
  assert.match(quoted.out, /Account +local@reelpool\.internal/);
  assert.deepEqual((await json('jobs', 'list')).jobs, [], 'nothing was made');
  assert.equal((await ask('jobs', 'quote', 'text-to-video', '--prompt', 'a', '--pool', '7')).code, 3);

  const made = await ask(
    'jobs',
    'create',
    'image-to-video',
    '--prompt',
    'on',
    '--input',
    'image=boat.png',
    ...SMALL,
    '--wait',
  );
  assert.equal(made.code, 0, made.err);
  assert.match(made.out, /State +succeeded/);
  const [source] = (await json('jobs', 'list')).jobs as { id: number }[];
  const more = await json(
    'jobs',
    'create',
    'extend',
    '--prompt',
    'on',
    '--input',
    `source=job:${source?.id}`,
    ...SMALL,
    '--wait',
  );
  assert.deepEqual([more.state, more.operation], ['succeeded', 'extend']);
  const failed = await ask('jobs', 'create', 'text-to-video', '--prompt', 'x [reelpool:failed]', ...SMALL, '--wait');
  assert.deepEqual([failed.code, /State +failed/.test(failed.out)], [1, true]);

  const once = ['jobs', 'create', 'text-to-video', '--prompt', SLOW.prompt, ...SMALL, '--once', 'mine'];
  const { id } = await json(...once);
  assert.equal((await json(...once)).id, id);
  while ((await json('jobs', 'show', String(id))).job.state !== 'running');
  assert.match((await ask('jobs', 'cancel', String(id))).out, /Cancelled: job \d+\. 5 credits given back/);
  assert.equal((await ask('jobs', 'cancel', String(source?.id))).code, 3);

  assert.match(
    (await ask('jobs', 'create', 'text-to-video', '--prompt', 'a', '--setting', 'a=b')).err,
    /belongs to an --agent/,
  );
  assert.match((await ask('jobs', 'create', 'upscale', '--input', 'x')).err, /must be NAME=VALUE/);
  assert.match((await ask('jobs', 'create', 'upscale', '--input', 'source=gone.mp4')).err, /cannot be read/);
  assert.match((await ask('jobs', 'create', 'paint')).err, /OPERATION must be one of text-to-video/);
});

test('a plan is a table, and its jobs are made together', async (t) => {
  const gateway = await startAlone(t);
  const cwd = await folder(t);
  const ask = (...args: string[]) =>
    inProcess(args, { cwd, env: { REELPOOL_URL: gateway.url, REELPOOL_KEY: TEST_KEY } });
  await writeFile(path.join(cwd, 'bad.json'), JSON.stringify([TINY, { ...TINY, durationS: 99 }]));
  await writeFile(path.join(cwd, 'good.json'), JSON.stringify({ jobs: [TINY, TINY] }));
  await writeFile(path.join(cwd, 'none.json'), '{"job": 4}');
  const bad = await ask('plans', 'quote', 'bad.json');
  assert.equal(bad.code, 0, bad.err);
  assert.match(bad.out, /^0 +text-to-video +v6 +1 +5 +now/m);
  assert.match(bad.out, /^1 +- +parameter_invalid: durationS/m);
  assert.match(bad.out, /1 of 2 jobs would be accepted/);
  assert.match((await ask('plans', 'run', 'bad.json')).err, /jobs\[1\]: durationS/);
  assert.equal((await ask('plans', 'run', 'good.json', '--price-max', '9.5')).code, 3);
  const made = await ask('plans', 'run', 'good.json', '--price-max', '10', '--once', 'plan', '--json');
  assert.equal(made.code, 0, made.err);
  assert.deepEqual(
    JSON.parse((await ask('plans', 'run', 'good.json', '--price-max', '10', '--once', 'plan', '--json')).out),
    JSON.parse(made.out),
  );
  assert.equal((JSON.parse((await ask('jobs', 'list', '--json')).out) as { jobs: object[] }).jobs.length, 2);
  assert.match((await ask('plans', 'quote', 'none.json')).err, /must hold a JSON list/);
});

test('without a gateway jobs are asked about and cancelled in the store itself', async (t) => {
  const gateway = await startAlone(t);
  const cwd = await folder(t);
  await gateway.stop();
  const ask = (...args: string[]) =>
    inProcess([...args, '--data', gateway.folder], {
      cwd,
      env: { REELPOOL_MEDIA_ENGINE: 'wasm', REELPOOL_LOG_LEVEL: 'error' },
    });
  const quoted = await ask('jobs', 'quote', 'text-to-video', '--prompt', 'a tram', ...SMALL);
  assert.equal(quoted.code, 0, quoted.err);
  const made = await ask('jobs', 'create', 'text-to-video', '--prompt', 'a tram', ...SMALL, '--json');
  assert.equal(made.code, 0, made.err);
  const { id } = JSON.parse(made.out) as { id: number };
  assert.match((await ask('jobs', 'cancel', String(id))).out, /Cancelled/);
});
