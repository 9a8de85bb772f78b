import type { Routes } from '../route.ts';

/** Customers of this gateway, for admins. */
export const tenantRoutes = {
  list: { method: 'GET', path: '/tenants', summary: 'Tenants', role: 'admin', answer: 'tenantsSchema' },
  create: {
    method: 'POST',
    path: '/tenants',
    summary: 'Make a tenant',
    role: 'admin',
    body: 'tenantOrderSchema',
    answer: 'tenantSchema',
    status: 201,
    once: true,
  },
  get: { method: 'GET', path: '/tenants/{id}', summary: 'A tenant', role: 'admin', answer: 'tenantSchema' },
  change: {
    method: 'PATCH',
    path: '/tenants/{id}',
    summary: 'Change a tenant',
    role: 'admin',
    body: 'tenantChangeSchema',
    answer: 'tenantSchema',
    once: true,
  },
  balance: {
    method: 'GET',
    path: '/tenants/{id}/balance',
    summary: 'Credits of a tenant',
    role: 'admin',
    answer: 'balanceSchema',
  },
} as const satisfies Routes;
