import type { Routes } from '../route.ts';

/** Templates (effects), and which of them a tenant may use. */
export const templateRoutes = {
  list: {
    method: 'GET',
    path: '/templates',
    summary: 'Templates, and which of them the tenant has activated',
    query: 'templatesQuerySchema',
    answer: 'templatesSchema',
  },
  activate: {
    method: 'POST',
    path: '/templates/{id}/activate',
    summary: 'Activate a template for the tenant, for good; so many may be activated in a month',
    query: 'templatesQuerySchema',
    answer: 'templateSchema',
    once: true,
  },
} as const satisfies Routes;
