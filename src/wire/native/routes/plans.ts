import type { Routes } from '../route.ts';

/** Many jobs, before they are there. */
export const planRoutes = {
  create: {
    method: 'POST',
    path: '/plans',
    summary: 'What many jobs would come to (200), or all of them made at once (201, with run)',
    body: 'planOrderSchema',
    answer: 'planSchema',
    status: 201,
    dry: 'planSchema',
    once: true,
  },
} as const satisfies Routes;
