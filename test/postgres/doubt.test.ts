/**
 * The connection to the database ends at a commit around a create call, under the running loop of a process. What the
 * process knows (that it has not called yet; what the call came to) must not be lost with it: the upstream here neither
 * de-duplicates nor can be asked, so a job whose call is in doubt would wait for its horizons.
 */
import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { bootstrap, operator } from '../../src/engine/admin/bootstrap.ts';
import { createGateway } from '../../src/engine/gateway.ts';
import { startLoop } from '../../src/engine/loop.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import { silent } from '../sim/parts.ts';
import { startProxy } from '../store/proxy.ts';
import { startPostgres } from '../support/postgres.ts';
import { TEXT } from '../upstreams/world.ts';
import { endless, engineOn } from './engine.ts';
import { bound } from './gateways.ts';

const server = await startPostgres();
after(() => server.stop());

/** Makes a job whose unit that moves it to `state` meets a cut, and waits until the upstream has been asked how it stands. */
async function makeOne(t: TestContext, state: string, when: 'before' | 'after') {
  const url = await server.createDatabase();
  const proxy = await startProxy(t, url);
  const store = await openPostgres({ url: proxy.through(url), log: silent, poolSize: 4 });
  t.after(() => store.close());
  const asked = Promise.withResolvers<void>();
  let starts = 0;
  const engine = await engineOn(store, {
    upstream: endless(
      () => asked.resolve(),
      () => {
        starts += 1;
      },
    ),
  });
  await bootstrap(engine, { key: null, account: { upstream: 'endless', name: 'one', maxJobs: 1 } });
  const cut = proxy.cutCommitOf(bound(state), when);
  const loop = startLoop(engine, () => undefined);
  t.after(() => loop.stop());
  const gateway = createGateway(engine, () => null);
  const admin = await operator(engine);
  const { job } = await gateway.createJob(admin, {
    dialect: 'native',
    request: { ...TEXT, inputs: [] },
    idempotency: null,
  });
  await cut;
  // Until it runs, or until nothing can be learned any more.
  let now = await gateway.job(admin, job.id);
  while (now.state !== 'running' && now.state !== 'unknown') {
    await pause(20);
    now = await gateway.job(admin, job.id);
  }
  const kinds = (await gateway.timeline(admin, job.id)).map(({ kind }) => kind);
  return { state: now.state, starts, kinds };
}

const GOOD = { state: 'running', starts: 1, kinds: ['accepted', 'placed', 'accepted-upstream'] };

for (const when of ['before', 'after'] as const) {
  test(`a placement whose commit is cut off ${when} it stands is called for once`, { timeout: 60_000 }, async (t) => {
    assert.deepEqual(await makeOne(t, 'submitting', when), GOOD);
  });

  test(`the answer to a create call is kept when its commit is cut off ${when} it stands`, {
    timeout: 60_000,
  }, async (t) => {
    assert.deepEqual(await makeOne(t, 'running', when), GOOD);
  });
}
