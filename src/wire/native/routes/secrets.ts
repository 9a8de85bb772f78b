import type { Routes } from '../route.ts';

/** The keys that seal credentials and the like, for admins. */
export const secretRoutes = {
  status: {
    method: 'GET',
    path: '/secrets',
    summary: 'Which encryption keys seal how much',
    role: 'admin',
    answer: 'secretsSchema',
  },
  rotate: {
    method: 'POST',
    path: '/secrets/rotate',
    summary: 'Do a step of sealing everything with a new encryption key; repeat it until it is done',
    role: 'admin',
    body: 'rotationOrderSchema',
    answer: 'rotationSchema',
    once: true,
  },
} as const satisfies Routes;
