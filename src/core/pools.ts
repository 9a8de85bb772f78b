/**
 * Pools: named sets of accounts. Every key uses one; the accounts its jobs may go to, and the way of choosing among
 * them, are its pool's.
 */

/** How a pool chooses among its eligible accounts; core/placement.ts carries them out. */
export const POOL_STRATEGIES = ['spread', 'random', 'drain', 'priority'] as const;

export type PoolStrategy = (typeof POOL_STRATEGIES)[number];

/** Who belongs to a pool: everyone, or the accounts named and those that carry one of the tags. */
export interface PoolMembers {
  readonly all: boolean;
  readonly accountIds: readonly number[];
  readonly tags: readonly string[];
}

/** The pool of keys for which none was chosen: made with the schema, every account belongs to it. */
export const DEFAULT_POOL_ID = 1;

/** Does an account belong to a pool with these members? */
export function isMember(members: PoolMembers, account: { id: number; tags: readonly string[] }): boolean {
  return (
    members.all || members.accountIds.includes(account.id) || account.tags.some((tag) => members.tags.includes(tag))
  );
}
