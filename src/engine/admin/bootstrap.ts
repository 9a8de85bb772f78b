/** The first start of a store: a tenant with credits, one admin key, one account on the built-in renderer. */
import type { Principal } from '../../contracts/views.ts';
import { credits } from '../../std/credits.ts';
import { newKeyRow } from './access.ts';
import { sandboxAccount, sealAccount } from '../accounts/accounts.ts';
import { type Engine, must } from '../context.ts';
import { giveGrant, openAccountBook, openBooks } from '../books/money.ts';
import { loadPool } from '../accounts/picture.ts';
import { refill } from '../books/refill.ts';
import { refresh } from '../refresh.ts';
import { newLogin } from '../accounts/login.ts';
import { takeKeys } from './rotation.ts';

const MONTHLY_CREDITS = 15_000;
const PACKAGE_CREDITS = 1_000;
const FIRST_DAY = 1;
const DONE = 'bootstrapped';
/** Id of the tenant and of the key that the first start makes. */
const FIRST_ID = 1;

/** What a first start sets up. */
export interface BootstrapOptions {
  /** Value of the admin key; made up where null. */
  readonly key: string | null;
  /** The account of the built-in renderer; null for none. */
  readonly account: { readonly upstream: string; readonly name: string; readonly maxJobs: number } | null;
}

/**
 * Sets up a store that is new; one that is not is left alone. The admin key of a first start, else null: it is in the
 * last thing that is written, so that no start fails after it and takes the key with it. Rejects with KeyMismatch.
 */
export async function bootstrap(engine: Engine, options: BootstrapOptions): Promise<{ adminKey: string | null }> {
  await takeKeys(engine);
  const { clock } = engine.effects;
  const mark = engine.processId;
  const made = newKeyRow(engine, {
    tenantId: FIRST_ID,
    name: 'admin',
    role: 'admin',
    ...(options.key === null ? {} : { secret: options.key }),
  });
  const account = options.account
    ? { row: sandboxAccount(engine, options.account), login: newLogin(engine, 'sandbox', null) }
    : null;
  const first = await engine.store.write('bootstrap', function* (q) {
    if ((yield* q.meta.setOnce(DONE, mark)) !== mark) return false;
    const now = clock.now();
    const tenant = yield* q.tenants.insert({
      name: 'default',
      weight: 1,
      monthlyCredits: credits(MONTHLY_CREDITS),
      anchorDay: FIRST_DAY,
      mode: 'metered',
      unit: null,
      createdAt: now,
    });
    for (const name of ['available', 'held'] as const) yield* q.books.ensure(`tenant:${tenant.id}`, name);
    for (const name of ['revenue', 'grants', 'adjustments', 'writeoff', 'cost'] as const)
      yield* q.books.ensure('operator', name);
    yield* giveGrant(
      engine.books,
      q,
      { tenantId: tenant.id, kind: 'package', amount: credits(PACKAGE_CREDITS), expiresAt: null, period: null },
      now,
    );
    yield* refill(engine, q, now);
    yield* q.keys.insert({ ...made.row, tenantId: tenant.id });
    if (account) {
      const { row, login } = account;
      const put = yield* q.accounts.upsert({ ...row, secret: yield* sealAccount(engine, q, row.name, login) });
      const total = row.creditDaily + row.creditMonthly + row.creditPackage;
      yield* openAccountBook(engine.books, q, put.account.id, total, now);
    }
    return true;
  });
  await openBooks(engine);
  if (!first) await refresh(engine);
  await loadPool(engine);
  return { adminKey: first ? made.secret : null };
}

/** Who an offline command acts as: the operator, through the first tenant. */
export async function operator(engine: Engine): Promise<Principal> {
  const keys = await engine.store.read((q) => q.keys.list());
  const key = must(
    keys.find((row) => row.role === 'admin'),
    'an admin key',
  );
  return { keyId: key.id, tenantId: key.tenantId, role: 'admin' };
}
