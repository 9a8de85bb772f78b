import type { Flags } from '../flags.ts';
import { DELIVERY_FREE } from '../sql.ts';

/** Webhooks, which jobs name which, and what is delivered to them. */
export function webhooks(f: Flags): readonly string[] {
  return [
    `create table webhooks (
      id ${f.identity},
      tenant_id ${f.integer} not null references tenants (id),
      url ${f.text} not null,
      format ${f.text} not null,
      signature ${f.text} not null,
      secret ${f.text} not null,
      events ${f.text} not null,
      created_at ${f.integer} not null,
      updated_at ${f.integer} not null,
      removed_at ${f.integer}
    )${f.table}`,
    'create index webhooks_tenant on webhooks (tenant_id, id) where removed_at is null',
    // A table of its own: most jobs name none, and every create would pay for a column.
    `create table job_webhooks (
      job_id ${f.integer} primary key,
      webhook_id ${f.integer} not null,
      origin ${f.text} not null
    )${f.table}`,
    `create table deliveries (
      id ${f.identity},
      webhook_id ${f.integer} not null references webhooks (id),
      tenant_id ${f.integer} not null,
      job_id ${f.integer} not null,
      event ${f.text} not null,
      state ${f.text} not null,
      tries ${f.integer} not null,
      next_at ${f.integer} not null,
      owner ${f.text},
      fence ${f.integer} not null,
      origin ${f.text} not null,
      status ${f.integer},
      error ${f.text},
      created_at ${f.integer} not null,
      updated_at ${f.integer} not null,
      finished_at ${f.integer},
      unique (job_id, webhook_id, event)
    )${f.table}`,
    `create index deliveries_due on deliveries (webhook_id, next_at, id) where ${DELIVERY_FREE}`,
    'create index deliveries_owned on deliveries (owner) where owner is not null',
    'create index deliveries_finished on deliveries (finished_at) where finished_at is not null',
    'create index deliveries_tenant on deliveries (tenant_id, id)',
    'create index deliveries_webhook on deliveries (webhook_id, state, id)',
  ];
}
