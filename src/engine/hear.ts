/**
 * What upstreams tell us without being asked. A call only makes the next question about a job due at once; the answer to
 * that question is what counts, so nothing a caller says here can end a job, and a call that is lost costs time only.
 */
import type { AttemptRow, Op, Statements } from '../contracts/store.ts';
import type { CarriedInputs, VendorCall, VendorNews } from '../contracts/upstream.ts';
import { Refusal } from '../std/errors.ts';
import { accessTo, type Engine, findOr } from './context.ts';

/** Takes a vendor's call about the work of an account. Returns the text the vendor waits for. */
export async function hear(engine: Engine, kind: string, accountId: number, call: VendorCall): Promise<string> {
  const upstream = engine.upstreams.get(kind);
  const message = 'Nobody is expected to call here. Check the address of the webhook.';
  if (!upstream?.hear) throw new Refusal('not_found', { message });
  const account = await findOr(engine, (q) => q.accounts.get(accountId), 'not_found', message);
  if (account.upstream !== kind) throw new Refusal('not_found', { message });
  const { about, answer } = upstream.hear(accessTo(engine, account), call);
  if (about !== null) await hasten(engine, accountId, about);
  return answer;
}

async function hasten(engine: Engine, accountId: number, about: NonNullable<VendorNews['about']>): Promise<void> {
  const now = engine.effects.clock.now();
  const found = await engine.store.write('hear', function* (q) {
    const attempt = yield* named(q, accountId, about);
    const job = attempt && (yield* q.jobs.get(attempt.jobId));
    // A job whose later attempt is under way is not helped by news of an earlier one.
    if (!attempt || job?.attemptId !== attempt.id) return undefined;
    // The create answer was lost, and here is what it said: enough to ask for it by name (reconcile.ts).
    if (attempt.ref === null && about.ref !== undefined) yield* q.attempts.change(attempt.id, { ref: about.ref });
    yield* q.jobs.hasten(job.id, now);
    return job;
  });
  if (found === undefined) return;
  // A question that is out meanwhile sets the next one's time anew, and must not undo the hurry.
  if (found.owner === engine.processId) engine.work.hurried.add(found.id);
  engine.store.notify('jobs');
}

function* named(
  q: Statements,
  accountId: number,
  { attemptId, ref }: NonNullable<VendorNews['about']>,
): Op<AttemptRow | undefined> {
  const attempt = attemptId === undefined ? undefined : yield* q.attempts.get(attemptId);
  if (attempt?.accountId === accountId) return attempt;
  return ref === undefined ? undefined : yield* q.attempts.leased(accountId, ref);
}

/** What drivers remember of carried inputs, kept in the store. */
export function carriedInputs(engine: Pick<Engine, 'store' | 'effects'>): CarriedInputs {
  const { store, effects } = engine;
  return {
    find: async (accountId, assetId) => (await store.read((q) => q.carried.get(accountId, assetId)))?.ref,
    async remember(accountId, assetId, ref) {
      const row = { accountId, assetId, ref, carriedAt: effects.clock.now() };
      return (await store.write('carried', (q) => q.carried.putOnce(row))).ref;
    },
    forget: (accountId, assetId) => store.write('carried', (q) => q.carried.remove(accountId, assetId)),
  };
}
