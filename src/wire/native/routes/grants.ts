import type { Routes } from '../route.ts';

/** Credits given to tenants, for admins. */
export const grantRoutes = {
  list: {
    method: 'GET',
    path: '/grants',
    summary: 'Grants of a tenant',
    role: 'admin',
    query: 'grantsQuerySchema',
    answer: 'grantsSchema',
  },
  give: {
    method: 'POST',
    path: '/grants',
    summary: 'Give credits to a tenant',
    role: 'admin',
    body: 'grantOrderSchema',
    answer: 'grantSchema',
    status: 201,
    once: true,
  },
  adjust: {
    method: 'POST',
    path: '/grants/{id}/adjust',
    summary: 'Add to what remains of a grant, or take away',
    role: 'admin',
    body: 'grantAdjustSchema',
    answer: 'grantSchema',
    once: true,
  },
} as const satisfies Routes;
