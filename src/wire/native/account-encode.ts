/** Accounts between the façade and `/pool/v1`, in both directions. */
import type { z } from 'zod';
import type { AccountChange, NewAccount } from '../../contracts/pool.ts';
import type { AccountView, DriftView, WhyView } from '../../contracts/views.ts';
import { isoTime } from '../../std/clock.ts';
import { toWhole } from '../../std/credits.ts';
import { given, type JsonObject } from '../../std/json.ts';
import type { AccountWire, accountChangeSchema, accountOrderSchema, DriftsWire } from './schemas/accounts.ts';
import type { WhyWire } from './schemas/jobs.ts';

const time = (at: number | null): string | null => (at === null ? null : isoTime(at));

/** A change as the façade takes it. */
export function readChange(body: z.output<typeof accountChangeSchema>): AccountChange {
  const { secret, maxJobs, group, unit, credits, plan, ...use } = body;
  const settings = given(use);
  return given({
    secret: secret as JsonObject | undefined,
    maxJobs,
    group,
    unit,
    credits,
    plan: plan && given(plan),
    settings: Object.keys(settings).length === 0 ? undefined : settings,
  });
}

/** A new account as the façade takes it. */
export function readAccountOrder(body: z.output<typeof accountOrderSchema>): NewAccount {
  const { kind, name, ...rest } = body;
  return { ...readChange(rest), kind, name, secret: rest.secret as JsonObject, maxJobs: rest.maxJobs };
}

/** An account, its secrets masked. */
export function encodeAccount(account: AccountView): AccountWire {
  const { id, name, upstream, state, health, maxJobs, maxJobsNow, inUse, unit, credits, settings, group } = account;
  const { dailyCredits, ...use } = settings;
  return {
    id,
    name,
    upstream,
    state,
    health: { ...health, since: time(health.since), until: time(health.until) },
    maxJobs,
    maxJobsNow,
    inUse,
    unit,
    credits: {
      daily: toWhole(credits.daily),
      monthly: toWhole(credits.monthly),
      package: toWhole(credits.package),
      reserved: toWhole(credits.reserved),
    },
    refreshAt: { daily: time(account.refreshAt.daily), monthly: time(account.refreshAt.monthly) },
    refreshedAt: time(account.refreshedAt),
    today: { jobs: account.today.jobs, credits: toWhole(account.today.credits) },
    hours: [...use.hours],
    dailyJobs: use.dailyJobs,
    dailyCredits: dailyCredits === null ? null : toWhole(dailyCredits),
    paceMs: use.paceMs,
    weight: use.weight,
    models: use.models && [...use.models],
    operations: use.operations && [...use.operations],
    tags: [...use.tags],
    group: group && { ...group },
    plan: account.plan.name,
    qualities: [...account.plan.qualities],
    secret: account.secret,
    lastUsedAt: time(account.lastUsedAt),
    createdAt: isoTime(account.createdAt),
    updatedAt: isoTime(account.updatedAt),
  };
}

/** Where balances were not as counted. */
export function encodeDrifts(drifts: readonly DriftView[]): DriftsWire {
  return {
    drifts: drifts.map(({ id, account, at, expected, observed, explanation }) => ({
      id,
      account,
      at: isoTime(at),
      expected: toWhole(expected),
      observed: toWhole(observed),
      explanation,
    })),
  };
}

/** Why a job waits, or went where it went. */
export function encodeWhy(why: WhyView): WhyWire {
  const { jobId, state, waitsFor, place, reasons, accounts, placements } = why;
  return {
    jobId,
    state,
    waitsFor: waitsFor && { ...waitsFor, until: time(waitsFor.until) },
    place: place && { ...place },
    reasons: reasons && { ...reasons },
    accounts: accounts?.map((one) => ({ ...one, until: time(one.until) })) ?? null,
    placements: placements?.map((one) => ({ ...one, placedAt: isoTime(one.placedAt) })) ?? null,
  };
}
