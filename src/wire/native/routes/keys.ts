import type { Routes } from '../route.ts';

/** Secrets that clients send, for admins. */
export const keyRoutes = {
  list: {
    method: 'GET',
    path: '/keys',
    summary: 'Keys, without their secrets',
    role: 'admin',
    query: 'keysQuerySchema',
    answer: 'keysSchema',
  },
  create: {
    method: 'POST',
    path: '/keys',
    summary: 'Make a key; its secret is shown this once',
    role: 'admin',
    body: 'keyOrderSchema',
    answer: 'newKeySchema',
    status: 201,
    once: true,
    secret: true,
  },
  get: { method: 'GET', path: '/keys/{id}', summary: 'A key', role: 'admin', answer: 'keySchema' },
  change: {
    method: 'PATCH',
    path: '/keys/{id}',
    summary: 'Change a key; a limit holds from this answer on',
    role: 'admin',
    body: 'keyChangeSchema',
    answer: 'keySchema',
    once: true,
  },
  revoke: {
    method: 'DELETE',
    path: '/keys/{id}',
    summary: 'Revoke a key; from this answer on it opens nothing',
    role: 'admin',
    answer: 'keySchema',
    once: true,
  },
} as const satisfies Routes;
