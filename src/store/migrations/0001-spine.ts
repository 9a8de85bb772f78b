import type { Flags } from '../flags.ts';
import { FINISHED, IN_FLIGHT, LIVING } from '../sql.ts';

/**
 * The first schema. Rows whose order inside a unit is the engine's business (a hold before its job, a lease before its
 * attempt) carry no foreign key; `ledger verify` looks at those.
 */
export function spine(f: Flags): readonly string[] {
  return [...tenants(f), ...accounts(f), ...money(f), ...jobs(f), ...attempts(f), ...rest(f)];
}

function tenants(f: Flags): string[] {
  return [
    `create table meta (name ${f.text} primary key, value ${f.text} not null)${f.keyedTable}`,
    `create table tenants (
      id ${f.identity},
      name ${f.text} not null,
      weight ${f.integer} not null check (weight >= 1),
      monthly_credits ${f.integer} not null,
      anchor_day ${f.integer} not null,
      mode ${f.text} not null,
      unit ${f.text},
      served_ms ${f.integer} not null default 0,
      created_at ${f.integer} not null
    )${f.table}`,
    `create table pools (
      id ${f.identity},
      name ${f.text} not null unique,
      strategy ${f.text} not null,
      members ${f.text} not null,
      created_at ${f.integer} not null,
      updated_at ${f.integer} not null
    )${f.table}`,
    // The first row of its table, so its id is 1 (core/pools.ts DEFAULT_POOL_ID).
    `insert into pools (name, strategy, members, created_at, updated_at)
      values ('default', 'spread', '{"all":true,"accountIds":[],"tags":[]}', 0, 0)`,
    `create table keys (
      id ${f.identity},
      tenant_id ${f.integer} not null references tenants (id),
      name ${f.text} not null,
      role ${f.text} not null,
      hash ${f.text} not null unique,
      prefix ${f.text} not null,
      pool_id ${f.integer} not null references pools (id),
      requests_per_second ${f.integer},
      running_max ${f.integer},
      queue_depth_max ${f.integer} not null,
      overflow ${f.text} not null,
      priority ${f.integer} not null,
      sandbox ${f.integer} not null,
      models ${f.text},
      operations ${f.text},
      expires_at ${f.integer},
      budget_day ${f.integer},
      budget_month ${f.integer},
      waiting ${f.integer} not null default 0 check (waiting >= 0),
      created_at ${f.integer} not null,
      revoked_at ${f.integer}
    )${f.table}`,
  ];
}

function accounts(f: Flags): string[] {
  return [
    `create table accounts (
      id ${f.identity},
      upstream ${f.text} not null,
      name ${f.text} not null,
      max_jobs ${f.integer} not null,
      state ${f.text} not null,
      secret ${f.text} not null,
      plan ${f.text} not null,
      settings ${f.text} not null,
      limit_group ${f.text},
      unit ${f.text} not null,
      health ${f.text},
      learned_cap ${f.text},
      credit_daily ${f.integer} not null,
      credit_monthly ${f.integer} not null,
      credit_package ${f.integer} not null,
      reserved ${f.integer} not null default 0,
      in_use ${f.integer} not null default 0 check (in_use >= 0),
      last_used_at ${f.integer} not null default 0,
      day ${f.integer} not null default 0,
      day_jobs ${f.integer} not null default 0,
      day_credits ${f.integer} not null default 0,
      refreshed_at ${f.integer} not null default 0,
      created_at ${f.integer} not null,
      updated_at ${f.integer} not null
    )${f.table}`,
    // A removed account keeps its row for its attempts, and not its name.
    `create unique index accounts_name on accounts (name) where ${LIVING}`,
    `create table account_groups (
      name ${f.text} primary key,
      max_jobs ${f.integer} not null check (max_jobs >= 1),
      in_use ${f.integer} not null default 0 check (in_use >= 0)
    )${f.keyedTable}`,
    `create table account_drifts (
      id ${f.identity},
      account_id ${f.integer} not null references accounts (id),
      at ${f.integer} not null,
      expected ${f.integer} not null,
      observed ${f.integer} not null,
      explanation ${f.text} not null
    )${f.table}`,
    'create index account_drifts_account on account_drifts (account_id, id)',
  ];
}

function money(f: Flags): string[] {
  return [
    `create table books (
      id ${f.identity},
      owner ${f.text} not null,
      name ${f.text} not null,
      balance ${f.integer} not null,
      unique (owner, name),
      check (balance >= 0 or name not in ('available', 'held'))
    )${f.table}`,
    `create table grants (
      id ${f.identity},
      tenant_id ${f.integer} not null references tenants (id),
      kind ${f.text} not null,
      amount ${f.integer} not null,
      remaining ${f.integer} not null,
      expires_at ${f.integer},
      priority ${f.integer} not null,
      period ${f.text},
      created_at ${f.integer} not null,
      unique (tenant_id, kind, period),
      check (remaining >= 0 and remaining <= amount)
    )${f.table}`,
    'create index grants_spendable on grants (tenant_id) where remaining > 0',
    'create index grants_expiring on grants (expires_at) where remaining > 0 and expires_at is not null',
    `create table entries (
      id ${f.identity},
      at ${f.integer} not null,
      from_book ${f.integer} not null references books (id),
      to_book ${f.integer} not null references books (id),
      amount ${f.integer} not null check (amount > 0),
      reason ${f.text} not null,
      job_id ${f.integer},
      grant_id ${f.integer}
    )${f.table}`,
    // Not over holds, which every create writes: a hold is told by its own row.
    "create index entries_job on entries (job_id) where job_id is not null and reason <> 'hold'",
    `create table holds (
      job_id ${f.integer} primary key,
      tenant_id ${f.integer} not null,
      key_id ${f.integer} not null,
      amount ${f.integer} not null check (amount >= 0),
      state ${f.text} not null,
      captured ${f.integer} not null check (captured >= 0 and captured <= amount),
      opened_at ${f.integer} not null,
      closed_at ${f.integer},
      windows ${f.integer} not null,
      slices ${f.text} not null
    )${f.table}`,
    `create table budgets (
      key_id ${f.integer} not null,
      period ${f.text} not null,
      spent ${f.integer} not null,
      primary key (key_id, period)
    )${f.keyedTable}`,
  ];
}

function jobs(f: Flags): string[] {
  return [
    `create table jobs (
      id ${f.integer} primary key,
      tenant_id ${f.integer} not null references tenants (id),
      key_id ${f.integer} not null references keys (id),
      state ${f.text} not null,
      state_before ${f.text} not null,
      lane ${f.text} not null,
      rank ${f.integer} not null,
      price ${f.integer} not null,
      expected_slot_ms ${f.integer} not null,
      next_at ${f.integer},
      owner ${f.text},
      fence ${f.integer} not null,
      attempts ${f.integer} not null,
      attempt_id ${f.text},
      progress ${f.integer},
      result_asset_id ${f.integer},
      cover_asset_id ${f.integer},
      created_at ${f.integer} not null,
      updated_at ${f.integer} not null,
      finished_at ${f.integer},
      deleted_at ${f.integer},
      events_swept ${f.integer} not null,
      dialect ${f.text} not null,
      operation ${f.text} not null,
      model ${f.text} not null,
      trace_id ${f.text},
      pool_id ${f.integer} not null,
      sandbox ${f.integer} not null,
      error ${f.text},
      sources ${f.text} not null,
      request ${f.text} not null
    )${f.table}`,
    `create index jobs_waiting on jobs (tenant_id, lane, rank, id) where state = 'queued'`,
    'create index jobs_due on jobs (owner, next_at) where next_at is not null',
    'create index jobs_owned on jobs (owner) where owner is not null',
    'create index jobs_tenant on jobs (tenant_id, id)',
    // Not over queued jobs: those are found by their lanes, and every create would pay for it.
    `create index jobs_in_flight on jobs (state, id) where ${IN_FLIGHT}`,
    // How many of a key run, for keys with a limit on that.
    `create index jobs_key_in_flight on jobs (key_id) where ${IN_FLIGHT}`,
    `create index jobs_finished on jobs (state, id) where ${FINISHED}`,
    'create index jobs_unswept on jobs (finished_at) where finished_at is not null and events_swept = 0',
    `create table events (
      id ${f.identity},
      job_id ${f.integer} not null,
      at ${f.integer} not null,
      kind ${f.text} not null,
      data ${f.text} not null
    )${f.table}`,
    'create index events_job on events (job_id, id)',
  ];
}

function attempts(f: Flags): string[] {
  return [
    `create table attempts (
      id ${f.text} primary key,
      job_id ${f.integer} not null references jobs (id),
      account_id ${f.integer} not null references accounts (id),
      number ${f.integer} not null,
      operation ${f.text} not null,
      model ${f.text} not null,
      state ${f.text} not null,
      cost ${f.integer} not null,
      cost_state ${f.text} not null,
      code ${f.text},
      polls ${f.integer} not null,
      sent_at ${f.integer} not null,
      accepted_at ${f.integer},
      slot_horizon_at ${f.integer} not null,
      credit_horizon_at ${f.integer} not null,
      ended_at ${f.integer},
      ref ${f.text} not null,
      placement ${f.text} not null,
      unique (job_id, number)
    )${f.table}`,
    `create index attempts_durations on attempts (operation, model, ended_at)
      where state = 'ended' and accepted_at is not null and ended_at is not null`,
    `create table leases (
      account_id ${f.integer} not null references accounts (id),
      slot ${f.integer} not null check (slot >= 1),
      attempt_id ${f.text} not null unique,
      limit_group ${f.text},
      taken_at ${f.integer} not null,
      until_at ${f.integer} not null,
      primary key (account_id, slot)
    )${f.keyedTable}`,
  ];
}

function rest(f: Flags): string[] {
  return [
    `create table assets (
      id ${f.integer} primary key,
      tenant_id ${f.integer} not null references tenants (id),
      kind ${f.text} not null,
      blob_key ${f.text} not null,
      bytes ${f.integer} not null,
      sha256 ${f.text} not null,
      job_id ${f.integer},
      source ${f.text},
      created_at ${f.integer} not null,
      info ${f.text} not null
    )${f.table}`,
    'create index assets_blob on assets (blob_key)',
    "create index assets_voices on assets (tenant_id, id) where kind = 'voice'",
    `create table replays (
      subject ${f.integer} primary key,
      scope ${f.text} not null${f.uniqueScope},
      fingerprint ${f.text} not null,
      created_at ${f.integer} not null
    )${f.table}`,
    `create table answers (
      scope ${f.text} primary key,
      fingerprint ${f.text} not null,
      answer ${f.text} not null,
      created_at ${f.integer} not null
    )${f.keyedTable}`,
    `create table audit_log (
      id ${f.identity},
      at ${f.integer} not null,
      key_id ${f.integer} not null,
      tenant_id ${f.integer} not null,
      action ${f.text} not null,
      subject ${f.text} not null,
      before ${f.text} not null,
      after ${f.text} not null
    )${f.table}`,
    'create index audit_log_subject on audit_log (subject, id)',
    `create table carried_inputs (
      account_id ${f.integer} not null references accounts (id),
      asset_id ${f.integer} not null,
      ref ${f.text} not null,
      carried_at ${f.integer} not null,
      primary key (account_id, asset_id)
    )${f.keyedTable}`,
    'create index carried_inputs_age on carried_inputs (carried_at)',
    `create table processes (
      node ${f.integer} primary key,
      id ${f.text} not null unique,
      started_at ${f.integer} not null,
      heartbeat_at ${f.integer} not null
    )${f.table}`,
  ];
}
