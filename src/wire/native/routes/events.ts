import type { Routes } from '../route.ts';

/** What happens to jobs, as it happens. */
export const eventRoutes = {
  stream: {
    method: 'GET',
    path: '/events',
    summary: 'What happens to jobs, as it is written',
    query: 'eventsQuerySchema',
    answer: 'eventSchema',
    stream: true,
  },
} as const satisfies Routes;
