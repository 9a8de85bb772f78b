/** Watches jobs, attempts and leases: after every commit each job it touched must make sense. */
import { isBusyFault } from '../../src/core/health.ts';
import { isTerminal, TRANSITIONS } from '../../src/core/job.ts';
import { ERRORS } from '../../src/std/errors.ts';
import { type FakeFile, type FarSide, type Run, TIMES } from './far-side.ts';
import type { JobFacts, Mirror } from './mirror.ts';
import type { Kept } from './parts.ts';
import { UNPRICED } from './plan.ts';
import type { Call, CallNamed, Committed } from './tap.ts';
import { hold } from './violation.ts';
import type { World } from './world.ts';

/** Clocks differ by so much between processes, and a slow gate takes its time. */
const SLACK_MS = 15_000;
/** How far apart questions may be that lies are the answers to: whole processes are away for minutes. */
const LIE_MS = 30_000;
/** A job touches at most so many accounts (promise P7). */
const ACCOUNTS_MAX = 3;

/** What the oracle knows beside the store. */
export interface Surroundings {
  readonly world: World;
  readonly mirror: Mirror;
  readonly kept: Kept;
  readonly far: readonly FarSide[];
  /** Job → the work that really started for it. */
  readonly runs: ReadonlyMap<number, Run>;
  /** Does some clock jump in this run? Then horizons are not what they say. */
  readonly jumps: boolean;
  /** Attempts whose create call was refused because of what it asked for. */
  readonly refusedForGood: ReadonlySet<string>;
  /** Key → most that may wait. */
  readonly depths: ReadonlyMap<number, number>;
  /** Key → when its revocation was answered. */
  readonly revoked: ReadonlyMap<number, number>;
}

/** How long after a revocation was answered its key may still open something, in another process. */
const REVOKED_MS = 15_000;

/** The jobs as they must be. */
export class JobWatch {
  readonly #around: Surroundings;
  /** Key and client's id → the job. */
  readonly #ids = new Map<string, number>();
  readonly #waiting = new Map<number, number>();

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Takes in one call of a unit; the jobs and accounts it touched are added. */
  apply(unit: Committed, call: Call, jobs: Set<number>, accounts: Set<number>): void {
    const { mirror } = this.#around;
    switch (call.name) {
      case 'jobs.insert':
        this.#insert(call);
        jobs.add(call.args[0].id);
        return;
      case 'jobs.claim':
        if (call.result) mirror.owners.set(call.result.id, call.result.owner);
        jobs.add(call.args[0]);
        return;
      case 'jobs.move':
        if (call.result) this.#move(unit, call);
        jobs.add(call.args[0]);
        return;
      case 'jobs.orphan':
        for (const id of mirror.unfinished) jobs.add(id);
        for (const [id, owner] of mirror.owners)
          if (owner !== null && !mirror.processes.has(owner)) mirror.owners.set(id, null);
        return;
      case 'processes.register':
        mirror.processes.add(call.result.id);
        return;
      case 'processes.remove':
        mirror.processes.delete(call.args[0]);
        return;
      case 'processes.bury':
        for (const id of call.result) mirror.processes.delete(id);
        return;
      case 'books.insertHold':
        jobs.add(call.args[0].jobId);
        return;
      case 'books.closeHold':
        jobs.add(call.args[0]);
        return;
      case 'accounts.upsert':
        mirror.accounts.set(call.result.account.id, call.result.account);
        return;
      case 'accounts.change':
        if (call.result) mirror.accounts.set(call.result.id, call.result);
        return;
      case 'accounts.adjust':
      case 'accounts.setCredits':
        accounts.add(call.args[0]);
        return;
      case 'assets.insert':
        this.#asset(call);
        return;
      default:
        this.#attempt(call, jobs, accounts);
    }
  }

  #attempt(call: Call, jobs: Set<number>, accounts: Set<number>): void {
    const { mirror } = this.#around;
    switch (call.name) {
      case 'attempts.insert': {
        const [row] = call.args;
        mirror.jobOf.set(row.id, row.jobId);
        mirror.costs.set(row.id, { accountId: row.accountId, cost: row.cost, state: 'reserved' });
        mirror.reserved.set(row.accountId, (mirror.reserved.get(row.accountId) ?? 0) + row.cost);
        jobs.add(row.jobId);
        accounts.add(row.accountId);
        return;
      }
      case 'attempts.change': {
        const [id, change] = call.args;
        const cost = mirror.costs.get(id);
        if (cost && change.costState && cost.state === 'reserved' && change.costState !== 'reserved') {
          mirror.reserved.set(cost.accountId, (mirror.reserved.get(cost.accountId) ?? 0) - cost.cost);
          cost.state = change.costState;
        }
        const job = mirror.jobOf.get(id);
        if (job !== undefined) jobs.add(job);
        return;
      }
      case 'attempts.takeLease':
        if (call.result) this.#lease(call.result, accounts);
        return;
      case 'attempts.endLease': {
        const lease = mirror.leases.get(call.args[0]);
        hold(
          call.result === (lease !== undefined),
          'mirror',
          () => `ending the lease of ${call.args[0]} said ${call.result}, and it ${lease ? 'had' : 'had not'} one`,
        );
        if (!lease) return;
        mirror.leases.delete(lease.attemptId);
        mirror.slots.delete(`${lease.accountId}/${lease.slot}`);
        accounts.add(lease.accountId);
        const job = mirror.jobOf.get(lease.attemptId);
        if (job !== undefined) jobs.add(job);
        return;
      }
      default:
    }
  }

  #lease(lease: CallNamed<'attempts.takeLease'>['result'] & object, accounts: Set<number>): void {
    const { mirror } = this.#around;
    const account = mirror.accounts.get(lease.accountId);
    hold(
      account && lease.slot >= 1 && lease.slot <= account.maxJobs,
      'cap',
      () => `a lease on slot ${lease.slot} of ${account?.name}, which allows ${account?.maxJobs}`,
    );
    const slot = `${lease.accountId}/${lease.slot}`;
    hold(!mirror.slots.has(slot), 'cap', () => `two leases on slot ${lease.slot} of ${account.name}`);
    mirror.slots.set(slot, lease.attemptId);
    mirror.leases.set(lease.attemptId, lease);
    accounts.add(lease.accountId);
  }

  #insert({ args: [row] }: CallNamed<'jobs.insert'>): void {
    const { mirror, world, depths, revoked } = this.#around;
    mirror.states.set(row.id, 'queued');
    mirror.owners.set(row.id, null);
    hold(row.model !== UNPRICED, 'priced', () => `a job of model ${row.model} was accepted`);
    const since = revoked.get(row.keyId);
    hold(
      since === undefined || world.now - since <= REVOKED_MS,
      'revoked',
      () => `key ${row.keyId} was revoked ${world.now - (since ?? 0)} ms ago and made a job`,
    );
    if (row.traceId !== null) {
      const id = `${row.keyId} ${row.traceId}`;
      hold(!this.#ids.has(id), 'one-job-per-id', () => `the client's id ${row.traceId} has two jobs`);
      this.#ids.set(id, row.id);
    }
    const waiting = this.#wait(row.keyId, 1);
    const depth = depths.get(row.keyId) ?? Number.POSITIVE_INFINITY;
    hold(waiting <= depth, 'depth', () => `key ${row.keyId} has ${waiting} jobs waiting and may have ${depth}`);
  }

  #wait(keyId: number, by: number): number {
    const waiting = (this.#waiting.get(keyId) ?? 0) + by;
    this.#waiting.set(keyId, waiting);
    return waiting;
  }

  #move({ life, label }: Committed, { args: [id, , change], result }: CallNamed<'jobs.move'>): void {
    if (!result) return;
    const { mirror } = this.#around;
    const owner = mirror.owners.get(id) ?? null;
    hold(
      owner === life.processId,
      'fence',
      () => `${life.name} wrote "${label}" to ${mirror.name(id)}, which belongs to ${owner ?? 'nobody'}`,
    );
    mirror.owners.set(id, result.owner);
    const from = mirror.states.get(id);
    const to = change.state;
    if (to === undefined || from === undefined || to === from) return;
    hold(TRANSITIONS[from].includes(to), 'legal-move', () => `${mirror.name(id)} moved from ${from} to ${to}`);
    mirror.states.set(id, to);
    if (from === 'queued') this.#wait(result.keyId, -1);
    if (to === 'queued') this.#wait(result.keyId, 1);
  }

  #asset({ args: [row] }: CallNamed<'assets.insert'>): void {
    this.#around.mirror.assets.set(row.id, row);
    hold(
      this.#around.kept.has(row.blobKey),
      'bytes-before-row',
      () => `asset ${row.id} names ${row.blobKey}, and nothing is kept there`,
    );
  }

  /** Every invariant of one job at rest between two commits. */
  check(facts: JobFacts): void {
    const { row, hold: money } = facts;
    const name = `job #${String((row.request as { seed?: number }).seed)}`;
    const over = isTerminal(row.state);
    hold(
      money !== undefined && (money.state === 'open') === !over && money.amount === row.price,
      'hold-fits-job',
      () => `${name} is ${row.state}, priced ${row.price}, and its hold is ${JSON.stringify(money ?? null)}`,
    );
    const waits = row.state === 'queued' ? row.nextAt === null && row.owner === null : row.nextAt !== null;
    hold(over || waits, 'next-step', () => `${name} is ${row.state} with its next step at ${row.nextAt}`);
    this.#checkAttempts(facts, name);
    this.#checkLease(facts, name);
    if (row.state === 'succeeded') this.#checkResult(facts, name);
    if (row.state === 'failed' || row.state === 'moderated') this.#checkFailure(facts, name);
    const run = row.state === 'cancelled' ? this.#around.runs.get(row.id) : undefined;
    hold(!run || run.cancelled, 'cancelled', () => `${name} is cancelled, and its upstream was not asked to stop`);
  }

  #checkAttempts({ row, attempts }: JobFacts, name: string): void {
    const touched = new Set(attempts.filter((one) => one.state !== 'unsent').map((one) => one.accountId));
    const refused = attempts.filter((one) => one.state === 'refused' && !isBusyFault(one.code ?? '')).length;
    hold(
      touched.size <= ACCOUNTS_MAX && refused <= ACCOUNTS_MAX,
      'three-accounts',
      () => `${name} touched ${touched.size} accounts and was refused ${refused} times`,
    );
    for (const attempt of attempts) {
      const isLast = attempt.id === row.attemptId;
      hold(
        isLast || attempt.state === 'refused' || attempt.state === 'unsent',
        'moves-on',
        () => `${name} has attempt ${row.attemptId} after one that is ${attempt.state}`,
      );
      if (attempt.state !== 'refused' || !this.#around.refusedForGood.has(attempt.id)) continue;
      hold(isTerminal(row.state), 'moderated', () => `${name} was refused for what it asks for and is ${row.state}`);
    }
  }

  #checkLease({ row, attempts }: JobFacts, name: string): void {
    const { mirror, world, jumps } = this.#around;
    for (const attempt of attempts) {
      const lease = mirror.leases.get(attempt.id);
      const live = attempt.id === row.attemptId && attempt.endedAt === null && !isTerminal(row.state);
      if (!live || row.state === 'storing') {
        hold(!lease, 'lease-freed', () => `${name} is ${row.state}, its attempt ${attempt.state}, and it has a slot`);
        continue;
      }
      const past = world.now + SLACK_MS >= attempt.slotHorizonAt;
      hold(lease || past || jumps, 'lease-held', () => `${name} is ${row.state} at its upstream and has no slot`);
    }
  }

  #checkResult({ row }: JobFacts, name: string): void {
    const { mirror, kept } = this.#around;
    const asset = mirror.assets.get(row.resultAssetId ?? -1);
    const text = asset && kept.get(asset.blobKey)?.text;
    hold(text !== undefined, 'checked', () => `${name} succeeded and nothing of it is kept`);
    const file = JSON.parse(text) as FakeFile;
    const own = file.job === (row.request as unknown as { seed: number }).seed;
    hold(file.good && own, 'checked', () => `${name} succeeded with ${text}`);
  }

  /** A job that failed has a reason that its upstream gave, or that we know for certain. */
  #checkFailure({ row }: JobFacts, name: string): void {
    const run = this.#around.runs.get(row.id);
    if (!run) return;
    const badResult = this.#badResult(run);
    hold(
      run.fate !== 'good' || badResult,
      'not-a-verdict',
      () => `${name} is ${row.state} (${row.error?.code}), and its upstream did the work well`,
    );
    const moderated = run.fate === 'moderated' && this.#around.world.now >= run.doneAt;
    hold(
      !moderated || row.state === 'moderated',
      'not-a-verdict',
      () =>
        `${name} is ${row.state} (${row.error?.code}, the fault of the ${ownerOf(row.error?.code)}), and was moderated`,
    );
  }

  #badResult(run: Run): boolean {
    const bad = ['no-pixels', 'placeholder', 'damaged', 'strange', 'none-named', 'endless'];
    return this.#around.far.some((far) => bad.includes(far.lie(run.job, 'result')?.result ?? ''));
  }

  /** Should this job have succeeded, whatever else was said? */
  owedSuccess({ row, attempts }: JobFacts): boolean {
    const run = this.#around.runs.get(row.id);
    const attempt = attempts.find((one) => one.id === run?.attemptId);
    if (!run || !attempt || attempt.acceptedAt === null || run.cancelled) return false;
    if (run.fate !== 'good' || this.#around.jumps) return false;
    const far = this.#around.far.find((one) => one.runs.has(run.attemptId));
    if (!far || this.#badResult(run) || far.lie(run.job, 'result')?.result === 'never') return false;
    // Questions answered with a lie are lost, and processes that die ask few of them.
    const lies = far.lie(run.job, 'status')?.times ?? 0;
    return run.doneAt + TIMES.creditHorizonMs / 2 + lies * LIE_MS < attempt.creditHorizonAt;
  }
}

function ownerOf(code: string | undefined): string {
  return code !== undefined && code in ERRORS ? ERRORS[code as keyof typeof ERRORS].owner : 'unknown';
}
