import type { Routes } from '../route.ts';

/** The credits of the key's tenant. */
export const balanceRoutes = {
  list: { method: 'GET', path: '/balances', summary: 'Credits of the tenant', answer: 'balancesSchema' },
} as const satisfies Routes;

/** The books. */
export const ledgerRoutes = {
  entries: {
    method: 'GET',
    path: '/ledger/entries',
    summary: 'Lines of the ledger, newest first',
    query: 'entriesQuerySchema',
    answer: 'entriesSchema',
  },
  verify: {
    method: 'POST',
    path: '/ledger/verify',
    summary: 'Prove that the books balance',
    role: 'admin',
    answer: 'ledgerSchema',
  },
} as const satisfies Routes;
