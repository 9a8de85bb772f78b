/** This process's picture of the accounts (core/placement.ts): read from their rows, a page at a time. */
import type { AccountRow } from '../../contracts/store.ts';
import type { StartOutcome } from '../../contracts/upstream.ts';
import type { AccountSnapshot, Perishing, Rest } from '../../core/account.ts';
import { dayNumber, nextDay } from '../../core/calendar.ts';
import { type Ailment, capOf, restLeftMs } from '../../core/health.ts';
import { hoursOf } from '../../core/hours.ts';
import { breathe, type Clock } from '../../std/clock.ts';
import type { Engine } from '../context.ts';

/** How long an account is left alone after its upstream could not be reached, or did not want to for reasons of its own. */
export const COOL_MS = 10_000;
/** Accounts read at a time: about a millisecond's work. */
const PAGE_ACCOUNTS = 500;
const DAY_MS = 24 * 3600 * 1000;

const RESTS: Readonly<Record<Exclude<Ailment, 'refused'>, Rest>> = {
  exhausted: 'exhausted',
  limited: 'cooling',
  full: 'cooling',
};

/** An account as placement pictures it. `before` is what was pictured until now: what only this process knows is kept. */
export function snapshotOf(clock: Clock, row: AccountRow, before?: AccountSnapshot): AccountSnapshot {
  const { settings } = row;
  const wall = clock.now();
  const rest = restOf(row, wall);
  return {
    id: row.id,
    name: row.name,
    upstream: row.upstream,
    state: stateOf(row),
    maxJobs: capOf(row.maxJobs, row.learnedCap, wall),
    inUse: row.inUse,
    spendable: Math.min(spendable(row), dayCreditsLeft(row, wall)),
    perishing: perishing(row, wall),
    weight: settings.weight,
    lastUsedAt: row.lastUsedAt,
    restsUntil: rest.forMs > 0 ? clock.monotonic() + rest.forMs : 0,
    restsFor: rest.why,
    coolingUntil: before?.coolingUntil ?? 0,
    probing: row.health?.probing ?? false,
    hours: hoursOf(settings.hours),
    group: row.limitGroup,
    models: settings.models,
    operations: settings.operations,
    tags: settings.tags,
  };
}

function stateOf({ state, health }: AccountRow): AccountSnapshot['state'] {
  if (state === 'paused') return 'paused';
  if (state !== 'enabled') return 'draining';
  return health?.ailment === 'refused' ? 'refused' : 'enabled';
}

/** What the account could pay for one more job. */
function spendable({ creditDaily, creditMonthly, creditPackage, reserved }: AccountRow): number {
  return creditDaily + creditMonthly + creditPackage - reserved;
}

/** The longest of the rests that the row asks for. */
function restOf(row: AccountRow, wall: number): { forMs: number; why: Rest } {
  const { settings, health } = row;
  const rests: { forMs: number; why: Rest }[] = [{ forMs: 0, why: 'cooling' }];
  if (health !== null && health.ailment !== 'refused') {
    rests.push({ forMs: restLeftMs(health, wall), why: health.probing ? 'probing' : RESTS[health.ailment] });
  }
  if (settings.paceMs > 0) {
    const left = Math.min(settings.paceMs, row.lastUsedAt + settings.paceMs - wall);
    rests.push({ forMs: left, why: 'pacing' });
  }
  const spent = settings.dailyJobs !== null && row.day === dayNumber(wall) && row.dayJobs >= settings.dailyJobs;
  if (spent || dayCreditsLeft(row, wall) <= 0) rests.push({ forMs: nextDay(wall) - wall, why: 'daily-cap' });
  return rests.reduce((longest, rest) => (rest.forMs > longest.forMs ? rest : longest));
}

function dayCreditsLeft({ settings, day, dayCredits }: AccountRow, wall: number): number {
  if (settings.dailyCredits === null) return Number.POSITIVE_INFINITY;
  return settings.dailyCredits - (day === dayNumber(wall) ? dayCredits : 0);
}

function perishing(row: AccountRow, wall: number): Perishing {
  if (row.creditDaily > 0) return 0;
  if (row.creditMonthly === 0) return 2;
  const plan = row.plan as { renewsAt?: unknown } | null;
  const renewsAt = typeof plan?.renewsAt === 'number' ? plan.renewsAt : Number.POSITIVE_INFINITY;
  return renewsAt - wall < DAY_MS ? 0 : 1;
}

/** All accounts by id, a page at a time; between two pages other work goes on. */
export async function* accountPages(engine: Engine): AsyncGenerator<readonly AccountRow[]> {
  let after = 0;
  for (;;) {
    const rows = await readPage(engine, after);
    yield rows;
    const last = rows.at(-1);
    if (rows.length < PAGE_ACCOUNTS || !last) return;
    after = last.id;
    await breathe(engine.effects.clock);
  }
}

function readPage(engine: Engine, after: number): Promise<AccountRow[]> {
  return engine.store.read((q) => q.accounts.list({ after, limit: PAGE_ACCOUNTS }));
}

/**
 * Renews the picture of the accounts, a page with each call, so that no renewal holds this process up for long. What
 * this process does itself is in the picture at once; what others did to an account that lies behind the page is found
 * when its turn comes, and before that by the database, which decides.
 */
export class PoolReader {
  readonly #engine: Engine;
  readonly #seen = new Set<number>();
  #after = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Renews the next page. */
  async page(): Promise<void> {
    await this.#frame();
    const rows = await readPage(this.#engine, this.#after);
    const last = rows.at(-1);
    this.#take(rows);
    if (rows.length === PAGE_ACCOUNTS && last) this.#after = last.id;
    else this.#end();
  }

  /** Renews everything. */
  async all(): Promise<void> {
    this.#begin();
    await this.#frame();
    for await (const rows of accountPages(this.#engine)) this.#take(rows);
    this.#end();
  }

  /** Renews what accounts have in common: their pools, and the groups that share a cap. */
  async #frame(): Promise<void> {
    const { pool, store } = this.#engine;
    const { pools, groups } = await store.read(function* (q) {
      return { pools: yield* q.pools.list(), groups: yield* q.accounts.groups() };
    });
    pool.setPools(pools);
    for (const group of groups) pool.putGroup(group);
  }

  #begin(): void {
    this.#after = 0;
    this.#seen.clear();
  }

  #take(rows: readonly AccountRow[]): void {
    const { pool, effects } = this.#engine;
    for (const row of rows) {
      this.#seen.add(row.id);
      pool.put(snapshotOf(effects.clock, row, pool.get(row.id)));
    }
  }

  /** Forgets the accounts that are gone. */
  #end(): void {
    const { pool } = this.#engine;
    for (const id of [...pool.ids()]) if (!this.#seen.has(id)) pool.remove(id);
    this.#begin();
  }
}

/** Reads the picture of all accounts anew. */
export function loadPool(engine: Engine): Promise<void> {
  return new PoolReader(engine).all();
}

/** Reads one account anew, after a lease of it ended or something about it changed. */
export async function refreshAccount(engine: Engine, accountId: number): Promise<void> {
  const { row, group } = await engine.store.read(function* (q) {
    const row = yield* q.accounts.get(accountId);
    return { row, group: row?.limitGroup ? yield* q.accounts.group(row.limitGroup) : undefined };
  });
  if (group) engine.pool.putGroup(group);
  picture(engine, accountId, row);
}

/** Pictures an account as its row says; one that is gone is forgotten. */
export function picture(
  engine: Pick<Engine, 'pool' | 'effects'>,
  accountId: number,
  row: AccountRow | undefined,
): void {
  const { pool, effects } = engine;
  if (row === undefined || row.state === 'removed') pool.remove(accountId);
  else pool.put(snapshotOf(effects.clock, row, pool.get(accountId)));
}

/** Leaves an account alone for a while after its upstream refused or was not reached, for reasons that are not the account's. */
export function coolAccount(engine: Pick<Engine, 'pool' | 'effects'>, accountId: number, outcome: StartOutcome): void {
  const account = engine.pool.get(accountId);
  if (!account) return;
  const wait = outcome.type === 'refused' ? (outcome.retryAfterMs ?? COOL_MS) : COOL_MS;
  engine.pool.put({ ...account, coolingUntil: engine.effects.clock.monotonic() + wait });
}
