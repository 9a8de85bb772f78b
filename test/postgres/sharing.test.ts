/** Two processes share the work also where one of them had all of it. */
import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { JobRow } from '../../src/contracts/store.ts';
import type { StatusOutcome, Upstream } from '../../src/contracts/upstream.ts';
import { bootstrap, operator } from '../../src/engine/admin/bootstrap.ts';
import type { Engine } from '../../src/engine/context.ts';
import { createGateway } from '../../src/engine/gateway.ts';
import { startLoop } from '../../src/engine/loop.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import { silent } from '../sim/parts.ts';
import { startPostgres } from '../support/postgres.ts';
import { TEXT } from '../upstreams/world.ts';
import { endless, engineOn } from './engine.ts';

const server = await startPostgres();
after(() => server.stop());

const SLOTS = 6;
const JOBS = 18;

/** An upstream whose attempts end when they are told to. */
class Patient {
  readonly #over = new Set<string>();
  readonly #hear = new Set<(attemptId: string) => void>();

  /** The driver of one process. */
  driver(): Upstream {
    return {
      ...endless(),
      status: async (_account, ref): Promise<StatusOutcome> =>
        this.#over.has(String(ref))
          ? { type: 'failed', code: 'generation_failed', message: 'told to' }
          : { type: 'running' },
      watch: (changed) => {
        this.#hear.add(changed);
        return () => void this.#hear.delete(changed);
      },
    };
  }

  end(attemptId: string): void {
    this.#over.add(attemptId);
    for (const hear of this.#hear) hear(attemptId);
  }
}

async function open(t: TestContext, url: string) {
  const store = await openPostgres({ url, log: silent, poolSize: 4 });
  t.after(() => store.close());
  return store;
}

test('a process with more than its share leaves what becomes free to the others', { timeout: 120_000 }, async (t) => {
  const url = await server.createDatabase();
  const store = await open(t, url);
  const upstream = new Patient();
  const start = async () => {
    const engine = await engineOn(await open(t, url), { upstream: upstream.driver() });
    await bootstrap(engine, { key: null, account: { upstream: 'endless', name: 'one', maxJobs: SLOTS } });
    const loop = startLoop(engine, () => undefined);
    t.after(() => loop.stop());
    return engine;
  };
  /** The running attempts, by the process that has them. */
  const held = async () => {
    const running = await store.read((q) => q.jobs.list({ state: 'running', limit: 100 }));
    return Map.groupBy(running, (job) => job.owner ?? 'nobody');
  };
  const full = async () => {
    for (;;) {
      const now = await held();
      if ([...now.values()].flat().length === SLOTS) return now;
      await pause(10);
    }
  };

  const old = await start();
  const gateway = createGateway(old, () => null);
  const admin = await operator(old);
  for (let i = 0; i < JOBS; i++) {
    await gateway.createJob(admin, { dialect: 'native', request: { ...TEXT, inputs: [] }, idempotency: null });
  }
  assert.equal((await full()).get(old.processId)?.length, SLOTS);
  const young = await start();
  // What ends is replaced while jobs wait, slot by slot; all of it is the old one's in the beginning.
  let shares = await full();
  for (let ended = 0; ended < JOBS - SLOTS && countOf(shares, young) < SLOTS / 2 - 1; ended++) {
    const first = shares.get(old.processId)?.[0];
    upstream.end(first?.attemptId ?? '');
    while ((await store.read((q) => q.jobs.get(first?.id ?? 0)))?.state === 'running') await pause(10);
    shares = await full();
  }
  t.diagnostic(`${countOf(shares, old)} and ${countOf(shares, young)} of ${SLOTS} slots`);
  assert.ok(countOf(shares, young) >= SLOTS / 2 - 1);
});

const countOf = (shares: Map<string, JobRow[]>, { processId }: Engine): number => shares.get(processId)?.length ?? 0;
