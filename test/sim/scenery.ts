/** What stands around the processes: tenants, keys and accounts, and what admins and upstreams do to them. */
import type { Op, Statements } from '../../src/contracts/store.ts';
import { newKeyRow } from '../../src/engine/admin/access.ts';
import {
  changeAccount,
  removeAccount,
  sandboxAccount,
  sealAccount,
  setAccountState,
  setCredits,
} from '../../src/engine/accounts/accounts.ts';
import { newLogin } from '../../src/engine/accounts/login.ts';
import type { Engine } from '../../src/engine/context.ts';
import { giveGrant, openAccountBook } from '../../src/engine/books/money.ts';
import { sealFor } from '../../src/engine/secrets.ts';
import { credits } from '../../src/std/credits.ts';
import { Refusal } from '../../src/std/errors.ts';
import type { ClientKey, ClientWorld } from './clients.ts';
import type { FarSide } from './far-side.ts';
import type { Gateways, Ready } from './gateways.ts';
import type { Oracle } from './oracle.ts';
import { type AccountPlan, type Element, type Plan, UPSTREAMS } from './plan.ts';
import type { Tap } from './tap.ts';
import { SIM_WEBHOOK } from './told-watch.ts';
import { Life, START_MS, type World } from './world.ts';

/** Whole credits of an account that has enough for everything. */
const PLENTY = 1_000_000;
const RETRY_MS = 3_000;
/** The operator's round, ms, and the whole credits that make an account worth resuming. */
const ROUND_MS = 45_000;
const ENOUGH = 20;

interface SceneryParts {
  readonly world: World;
  readonly plan: Plan;
  readonly tap: Tap;
  readonly far: readonly FarSide[];
  readonly oracle: Oracle;
  readonly gateways: Gateways;
}

/** Builds and changes it. */
export class Scenery implements ClientWorld {
  readonly world: World;
  readonly gateways: Gateways;
  readonly oracle: Oracle;
  readonly #parts: SceneryParts;
  readonly #life = new Life('operator');
  /** `tenant/key` of the plan → its secret. */
  readonly #keys = new Map<string, ClientKey & { id: number }>();
  readonly #accounts: string[] = [];

  constructor(parts: SceneryParts) {
    this.#parts = parts;
    this.world = parts.world;
    this.gateways = parts.gateways;
    this.oracle = parts.oracle;
  }

  key(tenant: number, key: number): ClientKey | undefined {
    return this.#keys.get(`${tenant}/${key}`);
  }

  stranger(tenant: number): ClientKey | undefined {
    const { plan } = this.#parts;
    return plan.tenants.length < 2 ? undefined : this.key((tenant + 1) % plan.tenants.length, 0);
  }

  /** Makes the tenants, their keys and the accounts. */
  async build({ engine }: Ready): Promise<void> {
    for (const number of this.#parts.plan.tenants.keys()) await this.#addTenant(engine, number);
    for (const account of this.#parts.plan.accounts) await this.#addAccount(engine, account);
  }

  #write<T>(unit: (q: Statements) => Op<T>): Promise<T> {
    return this.#parts.tap.write(this.#life, 'operator', unit);
  }

  async #addTenant(engine: Engine, number: number): Promise<void> {
    const plan = this.#parts.plan.tenants[number];
    if (!plan) return;
    const { oracle } = this;
    const made = plan.keys.map((_, key) => newKeyRow(engine, { tenantId: 0, name: `k${key}`, role: 'client' }));
    const keys = await this.#write(function* (q) {
      const at = START_MS;
      const tenant = yield* q.tenants.insert({
        name: `tenant ${number}`,
        weight: plan.weight,
        monthlyCredits: 0,
        anchorDay: 1,
        mode: 'metered',
        unit: null,
        createdAt: at,
      });
      for (const name of ['available', 'held'] as const) yield* q.books.ensure(`tenant:${tenant.id}`, name);
      const grants = [
        { kind: 'package' as const, amount: plan.credits, expiresAt: null },
        { kind: 'promo' as const, amount: plan.expiring.credits, expiresAt: at + plan.expiring.atMs },
      ];
      for (const { kind, amount, expiresAt } of grants) {
        if (amount === 0) continue;
        const grant = { tenantId: tenant.id, kind, amount: credits(amount), expiresAt, period: null };
        yield* giveGrant(engine.books, q, grant, at);
      }
      const hook = yield* q.webhooks.insert({ ...SIM_WEBHOOK, tenantId: tenant.id, secret: '', createdAt: at });
      const secret = yield* sealFor(engine, q, { kind: 'webhook', id: hook.id, name: '' }, 'secret');
      yield* q.webhooks.change(hook.id, { secret }, at);
      oracle.fair.weights.set(tenant.id, plan.weight);
      const rows = [];
      for (const [key, { row }] of made.entries()) {
        const limits = plan.keys[key];
        const budgetDay = limits?.budget == null ? null : credits(limits.budget);
        const depth = limits?.depth ?? 1;
        rows.push(yield* q.keys.insert({ ...row, tenantId: tenant.id, queueDepthMax: depth, budgetDay }));
      }
      return rows;
    });
    for (const [key, row] of keys.entries()) {
      const secret = made[key]?.secret ?? '';
      this.#keys.set(`${number}/${key}`, { secret, tenantId: row.tenantId, id: row.id });
      oracle.depths.set(row.id, row.queueDepthMax);
      if (row.budgetDay !== null) oracle.money.budgets.set(row.id, row.budgetDay);
    }
  }

  async #addAccount(engine: Engine, plan: AccountPlan): Promise<void> {
    const name = `${plan.upstream}${this.#accounts.length}@sim`;
    this.#accounts.push(name);
    const far = this.#parts.far.find((one) => one.manners.name === plan.upstream);
    far?.accounts.set(name, { slots: plan.maxJobs, credits: credits(plan.credits), refused: false });
    const sandbox = sandboxAccount(engine, { ...plan, name });
    const row = { ...sandbox, creditDaily: 0, creditMonthly: 0, creditPackage: credits(plan.credits) };
    await this.#write(function* (q) {
      const secret = yield* sealAccount(engine, q, name, newLogin(engine, 'x', null));
      const { account } = yield* q.accounts.upsert({ ...row, secret });
      yield* openAccountBook(engine.books, q, account.id, row.creditPackage, row.at);
    });
    engine.store.notify('accounts');
  }

  /** A process to act through; waits until there is one. */
  async #through(): Promise<Ready> {
    for (;;) {
      const [ready] = this.gateways.ready.values();
      if (ready && !ready.life.stalled) return ready;
      await this.world.sleep(this.#life, RETRY_MS);
    }
  }

  /** What an admin, or a stranger, does to an account. */
  async change({ account, change }: Extract<Element, { type: 'account' }>): Promise<void> {
    const name = this.#accounts[account];
    const far = this.#parts.far.find((one) => one.accounts.has(name ?? ''));
    const there = far?.accounts.get(name ?? '');
    if ('added' in change) return this.#addAccount((await this.#through()).engine, change.added);
    if (name === undefined || !there) return;
    if ('credentials' in change) there.refused = change.credentials === 'refused';
    else if ('drainedTo' in change) there.credits = Math.min(there.credits, credits(change.drainedTo));
    else if ('filledBy' in change) there.credits += credits(change.filledBy);
    else if ('maxJobs' in change) {
      there.slots = Math.max(there.slots, change.maxJobs);
      await this.#ask(({ engine, admin }) => changeAccount(engine, admin, name, { maxJobs: change.maxJobs }));
    } else if ('removed' in change) await this.#ask(({ engine, admin }) => removeAccount(engine, admin, name));
    else await this.#ask(({ engine, admin }) => setAccountState(engine, admin, name, change.state));
  }

  /** What an admin asks for, through some process, until it is answered. An account that is gone needs nothing more. */
  async #ask(verb: (ready: Ready) => Promise<unknown>): Promise<void> {
    for (;;) {
      const ready = await this.#through();
      const answered = await Promise.race([
        verb(ready).then(
          () => true,
          (error: unknown) => {
            if (error instanceof Refusal) return error.owner !== 'us';
            throw error;
          },
        ),
        this.world.sleep(this.#life, 20_000).then(() => false),
      ]);
      if (answered) return;
      await this.world.sleep(this.#life, RETRY_MS);
    }
  }

  /** The operator looks after the accounts: one that was turned away, and is well at its upstream, is resumed. */
  async operate(): Promise<void> {
    for (;;) {
      await this.world.sleep(this.#life, ROUND_MS);
      for (const { name, state, health } of [...this.oracle.mirror.accounts.values()]) {
        const there = this.#parts.far.map((far) => far.accounts.get(name)).find((one) => one !== undefined);
        const ill = health?.ailment === 'refused' || health?.ailment === 'exhausted';
        if (!there || there.refused || there.credits < credits(ENOUGH) || state !== 'enabled' || !ill) continue;
        await this.#ask(({ engine, admin }) => setAccountState(engine, admin, name, 'enabled'));
      }
    }
  }

  /** An admin revokes a key through some process; it counts from the answer on. */
  async revoke({ tenant, key }: Extract<Element, { type: 'revoke' }>): Promise<void> {
    const known = this.#keys.get(`${tenant}/${key}`);
    if (!known) return;
    for (;;) {
      const { gateway, admin } = await this.#through();
      const answer = await Promise.race([
        gateway.revokeKey(admin, known.id).catch((error: unknown) => {
          if (error instanceof Refusal && error.owner === 'us') return null;
          throw error;
        }),
        this.world.sleep(this.#life, 20_000).then(() => null),
      ]);
      if (answer) break;
      await this.world.sleep(this.#life, RETRY_MS);
    }
    this.oracle.revoked.set(known.id, this.world.now);
  }

  /** The operator puts everything right: no account is refused, paused or short of credits, and one takes every model. */
  async mend(): Promise<void> {
    const { engine } = await this.#through();
    for (const far of this.#parts.far)
      for (const account of far.accounts.values()) {
        account.refused = false;
        account.credits = credits(PLENTY);
      }
    for (const name of this.#accounts) {
      await this.#write(function* (q) {
        const row = yield* q.accounts.byName(name);
        if (!row || row.state === 'removing') return;
        yield* q.accounts.upsert({ ...row, state: 'enabled', at: row.updatedAt });
        const plenty = { daily: 0, monthly: 0, package: credits(PLENTY) };
        yield* setCredits(engine, q, row, plenty, row.plan, row.updatedAt);
      });
    }
    await this.#addAccount(engine, { upstream: UPSTREAMS[0]?.name ?? '', maxJobs: 5, credits: PLENTY });
    (await this.#through()).engine.store.notify('accounts');
  }
}
