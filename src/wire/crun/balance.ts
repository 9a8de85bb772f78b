import type { BalanceView } from '../../contracts/views.ts';
import { toWhole } from '../../std/credits.ts';
import type { Json } from '../../std/json.ts';

/** What a request that went well answers. reference/crun-and-peers.md §1.2. */
export function success<T extends Json>(data: T) {
  return { code: 200, message: 'success', data };
}

/**
 * `GET /account/balance`: everything the tenant can spend, with its fraction. What is held for jobs is not in it.
 * reference/crun-and-peers.md §1.3.
 */
export function balanceAnswer(balance: BalanceView) {
  return success({ balance: toWhole(balance.available) });
}
