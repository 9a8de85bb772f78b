/** What a waiting job asks of an account, and whether an account that is locked gives it (core/placement.ts decides). */
import type { AccountRow, AttemptRow, JobRow, Op, Statements } from '../../contracts/store.ts';
import type { AccountSnapshot, Requirement } from '../../core/account.ts';
import { isBusyFault } from '../../core/health.ts';
import type { Choice, Reasons } from '../../core/placement.ts';
import type { InputRef, JobRequest } from '../../core/request.ts';
import type { Credits } from '../../std/credits.ts';
import type { Json } from '../../std/json.ts';
import { type Engine, upstreamOf } from '../context.ts';
import { COOL_MS, snapshotOf } from './picture.ts';

/** A job touches at most this many accounts (promise P7). */
export const ACCOUNTS_PER_JOB_MAX = 3;

/** A job that waits, with what was tried for it. */
export interface Wanted {
  readonly job: JobRow;
  readonly request: JobRequest;
  /** Attempts that an account had in its hands, and turned away. */
  readonly tried: readonly AttemptRow[];
  /** The account that made what it goes on from, where it must go there. */
  readonly pin: number | null;
  /** No account has all it would go on from: the one that made it is gone, or several did. */
  readonly orphaned: boolean;
}

/** Reads what placement needs of a waiting job. */
export function* wanted(engine: Engine, q: Statements, job: JobRow): Op<Wanted> {
  const request = job.request as unknown as JobRequest;
  const tried = job.attempts === 0 ? [] : (yield* q.attempts.ofJob(job.id)).filter((one) => one.state !== 'unsent');
  const [maker, ...others] = yield* makersOf(engine, q, request.inputs);
  const orphaned = maker?.state === 'removed' || others.length > 0;
  return { job, request, tried, pin: maker?.id ?? null, orphaned };
}

/** The accounts that made what a request goes on from, where their upstream takes no bytes for it from elsewhere. */
export function* makersOf(engine: Engine, q: Statements, inputs: readonly InputRef[]): Op<AccountRow[]> {
  const makers = new Map<number, AccountRow>();
  for (const input of inputs) {
    if (input.jobId === undefined) continue;
    if (![...engine.upstreams.values()].some((upstream) => upstream.pinned?.(input))) continue;
    const maker = yield* q.jobs.get(input.jobId);
    const attempt = maker?.attemptId ? yield* q.attempts.get(maker.attemptId) : undefined;
    const account = attempt && (yield* q.accounts.get(attempt.accountId));
    if (account && upstreamOf(engine, account.upstream).pinned?.(input)) makers.set(account.id, account);
  }
  return [...makers.values()];
}

/**
 * The accounts that may take a job: those it has not tried, else those whose refusal is a while ago. Without that a
 * job would wait for ever once every account that can take it has turned it away, be it for a moment. An account that said
 * nothing but "later" rests as long as it wanted, for every job alike: when that is over, this one need not wait longer.
 */
export function chooseAccount(engine: Engine, job: Wanted): { choice: Choice; requirement: Requirement } {
  const { tried } = job;
  const requirement = requirementOf(engine, job, tried);
  const choice = engine.pool.choose(requirement);
  if (choice.candidates.length > 0 || tried.length === 0) return { choice, requirement };
  const now = requirement.wall;
  // An end that lies ahead was written before the clock was set back: it says nothing about how long ago it was.
  const ago = (attempt: AttemptRow) => now - (attempt.endedAt ?? now);
  const again = requirementOf(
    engine,
    job,
    tried.filter((attempt) => !saidLater(attempt) && ago(attempt) >= 0 && ago(attempt) < COOL_MS),
  );
  return { choice: engine.pool.choose(again), requirement: again };
}

/** What the job asks, leaving out the accounts of some attempts. */
export function requirementOf(engine: Engine, wanted: Wanted, without: readonly AttemptRow[]): Requirement {
  const { job, request, tried, pin } = wanted;
  const { clock } = engine.effects;
  const touched = new Set(tried.map((attempt) => attempt.accountId));
  // The last of its three accounts was touched: only those may see it again.
  const few = touched.size >= ACCOUNTS_PER_JOB_MAX ? touched : null;
  return {
    costs: costsOf(engine, job.poolId, request, pin),
    operation: request.operation,
    model: request.model,
    pool: job.poolId,
    sandboxes: leftOut(engine, job),
    only: pin === null ? few : new Set([pin]),
    excluded: new Set(without.map((attempt) => attempt.accountId)),
    now: clock.monotonic(),
    wall: clock.now(),
  };
}

/** What each kind of upstream would charge for the request; kinds that cannot carry it out are absent. */
function costsOf(engine: Engine, pool: number, request: JobRequest, pin: number | null): Map<string, Credits> {
  const costs = new Map<string, Credits>();
  for (const kind of engine.pool.upstreams(pool)) {
    const cost = carries(engine, kind, request, pin !== null) ? upstreamOf(engine, kind).cost(request) : undefined;
    if (cost !== undefined) costs.set(kind, cost);
  }
  return costs;
}

/**
 * Does a kind of upstream carry the request out?
 * @param pinned one of its accounts, or of another kind's, made what the request goes on from. Otherwise nobody of a kind
 *   that could only continue what it has made itself has it.
 */
export function carries(engine: Engine, kind: string, request: JobRequest, pinned: boolean): boolean {
  const upstream = upstreamOf(engine, kind);
  if (!upstream.supports(request)) return false;
  return pinned || !request.inputs.some((input) => input.jobId !== undefined && upstream.pinned?.(input));
}

/** Where a job, or the jobs of a key, may be placed. */
export interface Place {
  readonly poolId: number;
  /** The stand-in that only draws was asked for. */
  readonly sandbox: boolean;
}

/** Kinds that are left out of a choice. */
function leftOut(engine: Engine, place: Place): ReadonlySet<string> {
  const kinds = [...engine.pool.upstreams(place.poolId)];
  const asked = new Set(askedOf(engine, kinds, place));
  return new Set(kinds.filter((kind) => !asked.has(kind)));
}

/**
 * Which of these kinds are asked. A stand-in that only draws takes a job where its pool has no other kind of account; one
 * that asked for the stand-in goes to nothing else, so that it is never paid for by accident (DESIGN §8).
 */
export function askedOf(engine: Engine, kinds: readonly string[], { sandbox }: Place): string[] {
  const draws = (kind: string) => upstreamOf(engine, kind).traits.sandbox;
  const wanted = sandbox || kinds.every(draws);
  return kinds.filter((kind) => draws(kind) === wanted);
}

/** Refusals that count against a job: those that say nothing but "later" are the account's own. */
export function refusalsOf(attempts: readonly AttemptRow[]): number {
  return attempts.filter((attempt) => attempt.state === 'refused' && !saidLater(attempt)).length;
}

const saidLater = ({ code }: AttemptRow): boolean => code !== null && isBusyFault(code);

/** An account that is locked, and pictured as its row says. */
interface Locked {
  readonly row: AccountRow;
  readonly account: AccountSnapshot;
}

/** The account as its locked row says, and whether the job may go there; the picture is brought up to date. */
export function* lockAccount(
  engine: Engine,
  q: Statements,
  candidate: AccountSnapshot,
  requirement: Requirement,
): Op<Locked | undefined> {
  const row = yield* q.accounts.lock(candidate.id);
  if (!row || row.state === 'removed') {
    engine.pool.remove(candidate.id);
    return undefined;
  }
  const account = snapshotOf(engine.effects.clock, row, candidate);
  const group = row.limitGroup === null ? undefined : yield* q.accounts.group(row.limitGroup);
  if (group) engine.pool.putGroup(group);
  if (engine.pool.verdict(account, requirement) !== null) {
    engine.pool.put(account);
    return undefined;
  }
  return { row, account };
}

/** What a placement remembers of its choice (promise P10). */
export function explain(chosen: AccountSnapshot, choice: Choice, slot: number): Json {
  const runnersUp = choice.candidates
    .filter((one) => one.id !== chosen.id)
    .map((one) => ({ account: one.name, inUse: one.inUse, maxJobs: one.maxJobs }));
  const others: Reasons = choice.reasons;
  return { account: chosen.name, slot, runnersUp, others };
}
