/**
 * What a tenant keeps here, and deletes. Deleting ends every way to see or use it at once; the bytes go with the sweep,
 * after the last job that was accepted before has ended, because that job may be about to read them.
 */
import type { KeptFilter, KeptView, Library } from '../../contracts/library.ts';
import type { AssetRow, JobRow, Op, Statements } from '../../contracts/store.ts';
import type { Principal } from '../../contracts/views.ts';
import { isTerminal } from '../../core/job.ts';
import { Refusal } from '../../std/errors.ts';
import { given } from '../../std/json.ts';
import { changeOnce } from '../admin/administer.ts';
import type { Engine } from '../context.ts';
import { assetView, jobView, maskIds, maySee, seenJob } from '../views.ts';

/** A create that saw the asset undeleted is in its database after this long, by whichever clock. */
const CREATE_MAX_MS = 120_000;
/** Rows one sweep looks at together. */
const PAGE = 500;

type KeptMethods = Pick<Library, 'assets' | 'keptAsset' | 'removeAsset' | 'removeResults'>;

/** The methods over one engine. */
export function keptMethods(engine: Engine): KeptMethods {
  return {
    assets: (who, filter) => list(engine, who, filter),
    keptAsset: async (who, id) => keptView(engine, await engine.store.read((q) => seen(q, who, id))),
    removeAsset: (who, id, once) =>
      changeOnce(engine, who, 'asset.remove', once, function* (q, now) {
        const row = yield* seen(q, who, id);
        if (row.kind !== 'upload' && row.kind !== 'voice') throw belongs(row);
        if (row.kind === 'voice') yield* q.assets.endVoice(id);
        else yield* q.assets.remove(id, now);
        const before = keptView(engine, row);
        return { answer: before, subject: `asset:${id}`, before: { kind: row.kind, source: row.source }, after: null };
      }),
    removeResults: (who, id, once) =>
      changeOnce(engine, who, 'job.remove-results', once, function* (q, now) {
        const row = yield* seenJob(q, who, id);
        // To delete them again is no error: they are gone.
        if (row.deletedAt === null) yield* removeResults(q, row, now);
        const job = jobView(engine, { ...row, deletedAt: row.deletedAt ?? now }, {});
        return {
          answer: job,
          subject: `job:${id}`,
          before: { deleted: row.deletedAt !== null },
          after: { deleted: true },
        };
      }),
  };
}

function list(engine: Engine, who: Principal, { tenantId, ...filter }: KeptFilter): Promise<KeptView[]> {
  if (tenantId !== undefined && tenantId !== who.tenantId && who.role !== 'admin') {
    throw new Refusal('permission_denied', { field: 'tenant' });
  }
  const whose = who.role === 'admin' ? tenantId : who.tenantId;
  return engine.store.read(function* (q) {
    return (yield* q.assets.list({ ...given(filter), limit: filter.limit, tenantId: whose })).map((row) =>
      keptView(engine, row),
    );
  });
}

function* removeResults(q: Statements, row: JobRow, now: number): Op<void> {
  if (!isTerminal(row.state)) {
    const message = `Job ${row.id} has not ended, so it has no results yet. Wait for its end.`;
    throw new Refusal('result_pending', { field: 'id', message });
  }
  if (!(yield* q.jobs.removeResults(row.id, now))) {
    throw new Refusal('not_found', { field: 'id', message: `Job ${row.id} ended ${row.state} and has no results.` });
  }
  for (const id of resultIds(row)) yield* q.assets.remove(id, now);
  yield* q.jobs.addEvent({ jobId: row.id, at: now, kind: 'results-deleted', data: {} });
}

/** Everything that was kept for a job: its result, its cover, its masks. */
function resultIds(row: JobRow): number[] {
  return [row.resultAssetId, row.coverAssetId, ...maskIds(row)].filter((id) => id !== null);
}

/** Deletes the rows of what was deleted and no job can need; their bytes are then nobody's. The number deleted. */
export async function sweepDeleted(engine: Engine): Promise<number> {
  const until = engine.effects.clock.now() - CREATE_MAX_MS;
  let forgotten = 0;
  for (let after = 0; ; ) {
    const rows = await engine.store.read((q) => q.assets.removed(until, after, PAGE));
    forgotten += await engine.store.write('sweep', (q) => forgetUnneeded(q, rows));
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return forgotten;
    after = last.id;
  }
}

function* forgetUnneeded(q: Statements, rows: readonly AssetRow[]): Op<number> {
  const needed = new Map<number, number>();
  let forgotten = 0;
  for (const { id, tenantId, deletedAt } of rows) {
    const accepted = (deletedAt ?? 0) + CREATE_MAX_MS;
    // What was deleted after something that is still needed is needed too: one question a tenant, in the worst case.
    if (accepted >= (needed.get(tenantId) ?? Number.MAX_SAFE_INTEGER)) continue;
    if (yield* q.jobs.anyUnended(tenantId, accepted)) {
      needed.set(tenantId, accepted);
      continue;
    }
    yield* q.assets.forget(id);
    forgotten += 1;
  }
  return forgotten;
}

function* seen(q: Statements, who: Principal, id: number): Op<AssetRow> {
  const row = yield* q.assets.get(id);
  if (row && row.deletedAt === null && row.kind !== 'former-voice' && maySee(who, row)) return row;
  throw new Refusal('not_found', { field: 'id', message: `There is nothing kept under the id ${id}. Check the id.` });
}

/** A refusal to delete a part of a job's results alone. */
function belongs({ id, kind, jobId }: AssetRow): Refusal {
  const message = `The ${kind} ${id} is a result of job ${jobId}. Delete the results of the job, which takes it along.`;
  return new Refusal('parameter_invalid', { field: 'id', message });
}

/** What is kept, as its tenant may see it. */
export function keptView(engine: Engine, row: AssetRow): KeptView {
  const { kind, tenantId, jobId, source, createdAt } = row;
  // Where a result came from is the business of the one who owns the account.
  const name = kind === 'result' || kind === 'cover' ? null : source;
  return { ...assetView(engine, row), kind: kind as KeptView['kind'], tenantId, jobId, name, createdAt };
}
