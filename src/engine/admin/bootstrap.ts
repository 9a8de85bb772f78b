/** The first start of a store: a tenant with credits, one admin key, one account on the built-in renderer. */
import type { Principal } from '../../contracts/views.ts';
import { credits } from '../../std/credits.ts';
import { hmacBase64Url } from '../../std/crypto.ts';
import { newKeyRow } from './access.ts';
import { sandboxAccount } from '../accounts/accounts.ts';
import { type Engine, must } from '../context.ts';
import { giveGrant, openAccountBook, openBooks } from '../books/money.ts';
import { loadPool } from '../accounts/picture.ts';
import { refill } from '../books/refill.ts';
import { refresh } from '../refresh.ts';

const MONTHLY_CREDITS = 15_000;
const PACKAGE_CREDITS = 1_000;
const FIRST_DAY = 1;
const DONE = 'bootstrapped';
const SEALED_WITH = 'sealed-with';
/** Id of the tenant and of the key that the first start makes. */
const FIRST_ID = 1;

/** What a first start sets up. */
export interface BootstrapOptions {
  /** Value of the admin key; made up where null. */
  readonly key: string | null;
  /** The account of the built-in renderer; null for none. */
  readonly account: { readonly upstream: string; readonly name: string; readonly maxJobs: number } | null;
}

/** The store was made with another master key: nothing that was sealed with it would open. */
export class KeyMismatch extends Error {
  override readonly name = 'KeyMismatch';

  constructor() {
    super(
      'The encryption key does not fit this store: its accounts were sealed with another one. Put the key back that the ' +
        'store was made with (encryption.key in its data folder, or REELPOOL_ENCRYPTION_KEY).',
    );
  }
}

/** Says which master key a store was made with, and nothing about the key. */
const fingerprint = (engine: Engine): string => hmacBase64Url(engine.secrets.seal, 'fingerprint');

/**
 * Sets up a store that is new; one that is not is left alone. The admin key of a first start, else null: it is in the
 * last thing that is written, so that no start fails after it and takes the key with it. Rejects with KeyMismatch.
 */
export async function bootstrap(engine: Engine, options: BootstrapOptions): Promise<{ adminKey: string | null }> {
  const { clock } = engine.effects;
  const mark = engine.processId;
  const made = newKeyRow(engine, {
    tenantId: FIRST_ID,
    name: 'admin',
    role: 'admin',
    ...(options.key === null ? {} : { secret: options.key }),
  });
  const account = options.account
    ? sandboxAccount(engine, { ...options.account, password: 'sandbox', token: null })
    : null;
  const first = await engine.store.write('bootstrap', function* (q) {
    if ((yield* q.meta.setOnce(SEALED_WITH, fingerprint(engine))) !== fingerprint(engine)) throw new KeyMismatch();
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
      const put = yield* q.accounts.upsert(account);
      yield* openAccountBook(
        engine.books,
        q,
        put.account.id,
        account.creditDaily + account.creditMonthly + account.creditPackage,
        now,
      );
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
