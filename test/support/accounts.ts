/** Rows and requirements for tests of placement. */
import type { AccountRow } from '../../src/contracts/store.ts';
import { PLAIN_SETTINGS, type Requirement } from '../../src/core/account.ts';
import { DEFAULT_POOL_ID } from '../../src/core/pools.ts';

/** An account of kind `x` with a free slot and nothing to pay with. */
export function accountRow(change: Partial<AccountRow> = {}): AccountRow {
  return {
    id: 1,
    upstream: 'x',
    name: 'a',
    maxJobs: 4,
    state: 'enabled',
    secret: '',
    plan: null,
    settings: PLAIN_SETTINGS,
    limitGroup: null,
    unit: 'x',
    health: null,
    learnedCap: null,
    creditDaily: 0,
    creditMonthly: 0,
    creditPackage: 0,
    reserved: 0,
    inUse: 0,
    lastUsedAt: 0,
    day: 0,
    dayJobs: 0,
    dayCredits: 0,
    refreshedAt: 0,
    createdAt: 0,
    updatedAt: 0,
    ...change,
  };
}

/** A job that any account of kind `x` can take for 1. */
export function requirement(change: Partial<Requirement> = {}): Requirement {
  return {
    costs: new Map([['x', 1]]),
    operation: 'text-to-video',
    model: 'v6',
    pool: DEFAULT_POOL_ID,
    only: null,
    excluded: new Set(),
    now: 0,
    wall: 0,
    ...change,
  };
}
