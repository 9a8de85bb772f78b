import type { Routes } from '../route.ts';

/** Who changed what, for admins. */
export const auditRoutes = {
  list: {
    method: 'GET',
    path: '/audit',
    summary: 'What admins changed, newest first',
    role: 'admin',
    query: 'auditQuerySchema',
    answer: 'auditSchema',
  },
} as const satisfies Routes;
