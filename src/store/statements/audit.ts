import type { LedgerAudit, Op, RawRow } from '../../contracts/store.ts';
import { isTerminal, JOB_STATES } from '../../core/job.ts';

/*
 * What `ledger verify` asks. Each question is one statement over all rows, so its cost grows with the ledger; run it in
 * a read, where all of them see the same moment.
 */

const ENTRIES = 'select count(*) as entries from entries';
const TOTAL = 'select cast(coalesce(sum(balance), 0) as bigint) as total from books';
const BOOKS_OFF = `select b.id, b.owner, b.name, b.balance, coalesce(m.moved, 0) as moved
  from books b left join
    (select book, cast(sum(amount) as bigint) as moved from
      (select to_book as book, amount from entries union all select from_book as book, -amount from entries) sides
    group by book) m on m.book = b.id
  where b.balance <> coalesce(m.moved, 0) order by b.id`;
const TENANTS_OFF = `select * from
  (select t.id as tenant_id,
    coalesce((select balance from books where owner = 'tenant:' || t.id and name = 'available'), 0) as available,
    coalesce((select balance from books where owner = 'tenant:' || t.id and name = 'held'), 0) as held,
    coalesce(g.grants, 0) as grants, coalesce(h.holds, 0) as holds
  from tenants t
    left join (select tenant_id, cast(sum(remaining) as bigint) as grants from grants group by tenant_id) g
      on g.tenant_id = t.id
    left join (select tenant_id, cast(sum(amount) as bigint) as holds from holds where state = 'open' group by tenant_id) h
      on h.tenant_id = t.id) sums
  where available <> grants or held <> holds order by tenant_id`;
const FINISHED = JOB_STATES.filter(isTerminal)
  .map((state) => `'${state}'`)
  .join(', ');
const HOLDS_OFF = `select h.job_id from holds h left join jobs j on j.id = h.job_id
    where h.state = 'open' and (j.id is null or j.state in (${FINISHED}))
  union all
  select j.id from jobs j left join holds h on h.job_id = j.id and h.state = 'open'
    where j.state not in (${FINISHED}) and j.price > 0 and h.job_id is null
  order by 1`;
const NEGATIVE = `select id, balance from books
  where balance < 0 and name in ('available', 'held') order by id`;

const numberOf = (row: RawRow | undefined, column: string) => (row?.[column] as number | undefined) ?? 0;

/** What `ledger verify` needs, computed by the database over all rows. */
export function* audit(): Op<LedgerAudit> {
  const entries = yield { text: ENTRIES, params: [] };
  const total = yield { text: TOTAL, params: [] };
  const booksOff = yield { text: BOOKS_OFF, params: [] };
  const tenantsOff = yield { text: TENANTS_OFF, params: [] };
  const holdsOff = yield { text: HOLDS_OFF, params: [] };
  const negative = yield { text: NEGATIVE, params: [] };
  return {
    entries: numberOf(entries[0], 'entries'),
    total: numberOf(total[0], 'total'),
    booksOff: booksOff.map((row) => ({
      bookId: numberOf(row, 'id'),
      owner: row['owner'] as string,
      name: row['name'] as string,
      balance: numberOf(row, 'balance'),
      entries: numberOf(row, 'moved'),
    })),
    tenantsOff: tenantsOff.map((row) => ({
      tenantId: numberOf(row, 'tenant_id'),
      available: numberOf(row, 'available'),
      grants: numberOf(row, 'grants'),
      held: numberOf(row, 'held'),
      holds: numberOf(row, 'holds'),
    })),
    holdsOff: holdsOff.map((row) => numberOf(row, 'job_id')),
    negative: negative.map((row) => ({ bookId: numberOf(row, 'id'), balance: numberOf(row, 'balance') })),
  };
}
