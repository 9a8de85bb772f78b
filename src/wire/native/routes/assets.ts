import type { Routes } from '../route.ts';

/** Files that are kept: what was uploaded, and what was made. */
export const assetRoutes = {
  list: {
    method: 'GET',
    path: '/assets',
    summary: 'Kept files, newest first',
    query: 'assetsQuerySchema',
    answer: 'assetsSchema',
  },
  get: {
    method: 'GET',
    path: '/assets/{id}',
    summary: 'A kept file, with an address to get it',
    answer: 'assetSchema',
  },
  remove: {
    method: 'DELETE',
    path: '/assets/{id}',
    summary: 'Delete an upload or a voice; jobs that were accepted before still use it',
    answer: 'assetSchema',
    once: true,
  },
} as const satisfies Routes;

/** Files that jobs are made of. */
export const uploadRoutes = {
  create: {
    method: 'POST',
    path: '/uploads',
    summary: 'Upload a picture, a video or a sound: as the file of a form, or by its address',
    file: 'uploadOrderSchema',
    answer: 'assetSchema',
    status: 201,
    once: true,
  },
} as const satisfies Routes;
