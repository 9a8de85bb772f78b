import type { Routes } from '../route.ts';

/** Named sets of accounts, for admins. */
export const poolRoutes = {
  list: { method: 'GET', path: '/pools', summary: 'Pools', role: 'admin', answer: 'poolsSchema' },
  create: {
    method: 'POST',
    path: '/pools',
    summary: 'Make a pool',
    role: 'admin',
    body: 'poolOrderSchema',
    answer: 'poolSchema',
    status: 201,
    once: true,
  },
  get: { method: 'GET', path: '/pools/{id}', summary: 'A pool', role: 'admin', answer: 'poolSchema' },
  change: {
    method: 'PATCH',
    path: '/pools/{id}',
    summary: 'Change a pool; members are replaced as a whole',
    role: 'admin',
    body: 'poolChangeSchema',
    answer: 'poolSchema',
    once: true,
  },
  remove: {
    method: 'DELETE',
    path: '/pools/{id}',
    summary: 'Remove a pool that nothing uses',
    role: 'admin',
    answer: 'poolSchema',
    once: true,
  },
} as const satisfies Routes;
