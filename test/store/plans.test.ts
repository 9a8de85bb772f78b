import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { Op, Statements } from '../../src/contracts/store.ts';
import { driveSync } from '../../src/store/drive.ts';
import { SQLITE } from '../../src/store/flags.ts';
import { migrate } from '../../src/store/migrations/migrate.ts';
import { PreparedStatements } from '../../src/store/prepared.ts';
import { statementsFor } from '../../src/store/statements.ts';

/** Statements whose cost must not grow with the number of jobs, entries or attempts kept (DESIGN §8, §14). */
const HOT: Readonly<Record<string, (q: Statements) => Op<unknown>>> = {
  'keys.byHash': (q) => q.keys.byHash('x'),
  'keys.waiting': (q) => q.keys.waiting(1),
  'books.of': (q) => q.books.of('tenant:1'),
  'books.spendable': (q) => q.books.spendable(1, 1),
  'books.expired': (q) => q.books.expired(1, 1),
  'books.hold': (q) => q.books.hold(1),
  'jobs.get': (q) => q.jobs.get(1),
  'jobs.list': (q) => q.jobs.list({ limit: 1 }),
  'jobs.list of a tenant': (q) => q.jobs.list({ tenantId: 1, before: 9, limit: 1 }),
  'jobs.list by state': (q) => q.jobs.list({ state: 'failed', limit: 1 }),
  'jobs.list of those that wait': (q) => q.jobs.list({ state: 'queued', limit: 1 }),
  'jobs.move': (q) => q.jobs.move(1, 0, { state: 'failed' }, 1),
  'jobs.claim': (q) => q.jobs.claim(1, 0, 'p', 1),
  'jobs.lanes': (q) => q.jobs.lanes(),
  'jobs.head': (q) => q.jobs.head(1, 'l'),
  'jobs.ahead': (q) => q.jobs.ahead({ tenantId: 1, lane: 'l', rank: 1, id: 1 }, 1),
  'jobs.due': (q) => q.jobs.due('p', 1, 1),
  'jobs.nextDue': (q) => q.jobs.nextDue('p', 1),
  'jobs.orphan': (q) => q.jobs.orphan(1, 1),
  'jobs.events': (q) => q.jobs.events(1),
  'jobs.sweepEvents': (q) => q.jobs.sweepEvents(1, 1),
  'attempts.get': (q) => q.attempts.get('a'),
  'attempts.ofJob': (q) => q.attempts.ofJob(1),
  'attempts.durations': (q) => q.attempts.durations('o', 'm', 1),
  'attempts.takeLease': (q) => q.attempts.takeLease({ accountId: 1, attemptId: 'a', cap: 1, takenAt: 1, until: 1 }),
  'attempts.endLease': (q) => q.attempts.endLease('a'),
  'deliveries.tell': (q) => q.deliveries.tell({ id: 1, tenantId: 1, event: 'failed' }, 1),
  'deliveries.targets': (q) => q.deliveries.targets(1),
  'deliveries.claim': (q) => q.deliveries.claim(1, 'p', 1),
  'deliveries.orphan': (q) => q.deliveries.orphan(1),
  'deliveries.owned': (q) => q.deliveries.owned('p'),
  'deliveries.list': (q) => q.deliveries.list({ limit: 1 }),
  'deliveries.list of a tenant': (q) => q.deliveries.list({ tenantId: 1, before: 9, limit: 1 }),
  'deliveries.list of a webhook': (q) => q.deliveries.list({ webhookId: 1, state: 'dead', limit: 1 }),
  'deliveries.replayDead': (q) => q.deliveries.replayDead(1, 1, 1),
  'deliveries.sweep': (q) => q.deliveries.sweep(1, 1),
  'webhooks.sweep': (q) => q.webhooks.sweep(1, 1),
  'assets.known': (q) => q.assets.known(['a']),
  'usage.charges': (q) => q.usage.charges({ tenantId: 1, from: 1, before: 9, limit: 1 }),
  'usage.charges of some': (q) =>
    q.usage.charges({ tenantId: 1, from: 1, before: 9, limit: 1, refunded: true, operations: ['extend', 'swap'] }),
  'assets.list': (q) => q.assets.list({ tenantId: 1, before: 9, limit: 1 }),
  'assets.list of a kind': (q) => q.assets.list({ tenantId: 1, kind: 'upload', before: 9, limit: 1 }),
  'assets.removed': (q) => q.assets.removed(5, 0, 9),
  'jobs.anyUnended': (q) => q.jobs.anyUnended(1, 5),
  'assets.voices': (q) => q.assets.voices(1, { offset: 0, limit: 1 }),
  'assets.countVoices': (q) => q.assets.countVoices(1),
};

/** Tables that grow without end. `jobs` read in the order of an index under a limit is not a scan of it. */
const GROWING =
  /\bSCAN (jobs|j|events|entries|attempts|assets|holds|grants|replays|leases|taken|deliveries|d|job_webhooks|n)\b/;
const SORTED_BY_DISK = /USE TEMP B-TREE FOR ORDER BY/;
/** Few rows by nature: a tenant's books and live grants, one job's attempts, the lanes and webhooks that wait, two rows of two owners. */
const SORTS_FEW = new Set([
  'jobs.list of those that wait',
  'books.of',
  'books.spendable',
  'books.expired',
  'attempts.ofJob',
  'jobs.lanes',
  'jobs.due',
  'deliveries.targets',
]);
/** Read their index from its end, as far as the limit. */
const LIMITED = new Set(['jobs.list', 'deliveries.list', 'webhooks.sweep']);
/** Reads the index of the jobs that wait, all of them: an operator's question, and never more than wait now. */
const READS_WAITING = 'SCAN jobs USING INDEX jobs_waiting';

test('no hot statement reads a table that grows', () => {
  const database = new DatabaseSync(':memory:');
  const prepared = new PreparedStatements(database);
  driveSync(migrate(SQLITE), (step) => prepared.get(step.text).rows(step.params));
  const statements = statementsFor(SQLITE);
  for (const [name, unit] of Object.entries(HOT)) {
    const turn = unit(statements).next();
    assert.ok(!turn.done, name);
    const { text, params } = turn.value;
    const plan = prepared
      .get(`explain query plan ${text}`)
      .rows(params)
      .map((row) => String(row['detail']))
      .join('\n')
      .replace(name.endsWith('that wait') ? READS_WAITING : '\0', '');
    if (!LIMITED.has(name)) assert.doesNotMatch(plan, GROWING, `${name}:\n${plan}`);
    if (!SORTS_FEW.has(name)) assert.doesNotMatch(plan, SORTED_BY_DISK, `${name}:\n${plan}`);
  }
  database.close();
});
