import type { DeliveryRow, DeliveryStatements } from '../../contracts/outbox.ts';
import type { RawRow } from '../../contracts/store.ts';
import type { Flags } from '../flags.ts';
import { atMost, byShape, changed, DELIVERY_FREE } from '../sql.ts';

const COLUMNS = `id, webhook_id, tenant_id, job_id, event, state, tries, next_at, owner, fence, origin, status, error,
  created_at, updated_at, finished_at`;

// Events are a JSON list of words, so a word in its quotes is found where it stands in the text.
const TELL = `insert into deliveries
    (webhook_id, tenant_id, job_id, event, state, tries, next_at, fence, origin, created_at, updated_at)
  select w.id, w.tenant_id, $2, $3, 'pending', 0, cast($5 as bigint), 0, coalesce(n.origin, ''), cast($5 as bigint),
    cast($5 as bigint)
  from webhooks w left join job_webhooks n on n.webhook_id = w.id and n.job_id = $2
  where w.tenant_id = $1 and w.removed_at is null and (n.job_id is not null or w.events like $4)
  on conflict (job_id, webhook_id, event) do nothing`;

/** The term with the alias it has below. */
const FREE = DELIVERY_FREE.replace(/state|owner/g, 'd.$&');

// A loose scan: one index seek per webhook that waits, however many deliveries each has.
const TARGETS = `with recursive waiting(webhook_id) as (
    select (select webhook_id from deliveries where ${DELIVERY_FREE} and webhook_id > 0 order by webhook_id limit 1)
    union all
    select (select d.webhook_id from deliveries d where ${FREE}
      and d.webhook_id > w.webhook_id order by d.webhook_id limit 1)
    from waiting w where w.webhook_id is not null)
  select webhook_id from (select w.webhook_id, (select d.next_at from deliveries d
      where ${FREE} and d.webhook_id = w.webhook_id
      order by d.next_at, d.id limit 1) as due_at
    from waiting w where w.webhook_id is not null) due
  where due_at <= $1 order by due_at, webhook_id`;
const claimText = (flags: Flags) => `update deliveries set owner = $2, fence = fence + 1, updated_at = $3 where id = (
    select d.id from deliveries d where ${FREE}
      and d.webhook_id = $1 and d.next_at <= $3
      and not exists (select 1 from deliveries e where e.job_id = d.job_id and e.webhook_id = d.webhook_id
        and e.state = 'pending' and e.id < d.id)
    order by d.next_at, d.id limit 1${flags.lockFree})
  returning ${COLUMNS}`;
const SETTLE = `update deliveries set state = $3, tries = $4, next_at = $5, status = $6, error = $7, updated_at = $8,
    finished_at = $9, owner = null
  where id = $1 and fence = $2`;
const ORPHAN = `update deliveries set owner = null, fence = fence + 1, updated_at = $1
  where owner is not null and not exists (select 1 from processes p where p.id = deliveries.owner)`;
const OWNED = `select ${COLUMNS} from deliveries where owner = $1`;
const HASTEN = `update deliveries set next_at = $2 where ${DELIVERY_FREE} and next_at > $1`;
const GET = `select ${COLUMNS} from deliveries where id = $1`;

/** Filters of `list`, by the names of those given; parameters in this order, then the limit. */
const FILTERS: Readonly<Record<string, string>> = {
  jobId: 'job_id =',
  webhookId: 'webhook_id =',
  tenantId: 'tenant_id =',
  state: 'state =',
  before: 'id <',
};
const LIST = byShape((shape) => {
  const names = shape === '' ? [] : shape.split(',');
  const terms = names.map((name, index) => `${FILTERS[name]} $${index + 1}`);
  const where = terms.length === 0 ? '' : ` where ${terms.join(' and ')}`;
  return `select ${COLUMNS} from deliveries${where} order by id desc ${atMost(names.length + 1)}`;
});

const AGAIN = `state = 'pending', tries = 0, next_at = $2, finished_at = null, fence = fence + 1, updated_at = $2`;
const REPLAY = `update deliveries set ${AGAIN} where id = $1 and state <> 'pending' returning ${COLUMNS}`;
const REPLAY_DEAD = `update deliveries set ${AGAIN} where id in
  (select id from deliveries where webhook_id = $1 and state = 'dead' order by id ${atMost(3)})`;
const ABANDON = `update deliveries set state = 'dead', error = $2, finished_at = $3, updated_at = $3, owner = null,
    fence = fence + 1
  where webhook_id = $1 and state = 'pending'`;
// The newest stays, so that no id is given twice: receivers know deliveries by it.
const SWEEP = `delete from deliveries where id in
  (select id from deliveries where finished_at is not null and finished_at < $1 order by finished_at ${atMost(2)})
  and id < (select max(id) from deliveries)`;

function read(row: RawRow): DeliveryRow {
  return {
    id: row['id'] as number,
    webhookId: row['webhook_id'] as number,
    tenantId: row['tenant_id'] as number,
    jobId: row['job_id'] as number,
    event: row['event'] as DeliveryRow['event'],
    state: row['state'] as DeliveryRow['state'],
    tries: row['tries'] as number,
    nextAt: row['next_at'] as number,
    owner: row['owner'] as string | null,
    fence: row['fence'] as number,
    origin: row['origin'] as string,
    status: row['status'] as number | null,
    error: row['error'] as string | null,
    createdAt: row['created_at'] as number,
    updatedAt: row['updated_at'] as number,
    finishedAt: row['finished_at'] as number | null,
  };
}

/** Messages to webhooks: the outbox. */
export function deliveryStatements(flags: Flags): DeliveryStatements {
  const claim = claimText(flags);
  return {
    *tell(job, at) {
      return changed(yield { text: TELL, params: [job.tenantId, job.id, job.event, `%"${job.event}"%`, at] });
    },
    *targets(now) {
      const rows = yield { text: TARGETS, params: [now] };
      return rows.map((row) => row['webhook_id'] as number);
    },
    *claim(webhookId, owner, now) {
      const rows = yield { text: claim, params: [webhookId, owner, now] };
      return rows[0] && read(rows[0]);
    },
    *owned(owner) {
      const rows = yield { text: OWNED, params: [owner] };
      return rows.map(read);
    },
    *hasten(after, at) {
      yield { text: HASTEN, params: [after, at] };
    },
    *settle(id, fence, { state, tries, nextAt, status, error }, at) {
      const finishedAt = state === 'pending' ? null : at;
      const params = [id, fence, state, tries, nextAt, status, error, at, finishedAt];
      return changed(yield { text: SETTLE, params }) === 1;
    },
    *orphan(at) {
      return changed(yield { text: ORPHAN, params: [at] });
    },
    *get(id) {
      const rows = yield { text: GET, params: [id] };
      return rows[0] && read(rows[0]);
    },
    *list({ limit, ...filter }) {
      const used = Object.keys(FILTERS).filter((name) => filter[name as keyof typeof filter] !== undefined);
      const values = used.map((name) => filter[name as keyof typeof filter] as string | number);
      const rows = yield { text: LIST(used.join(',')), params: [...values, limit] };
      return rows.map(read);
    },
    *replay(id, at) {
      const rows = yield { text: REPLAY, params: [id, at] };
      return rows[0] && read(rows[0]);
    },
    *replayDead(webhookId, at, limit) {
      return changed(yield { text: REPLAY_DEAD, params: [webhookId, at, limit] });
    },
    *abandon(webhookId, error, at) {
      yield { text: ABANDON, params: [webhookId, error, at] };
    },
    *sweep(before, limit) {
      return changed(yield { text: SWEEP, params: [before, limit] });
    },
  };
}
