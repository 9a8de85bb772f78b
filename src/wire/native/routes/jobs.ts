import type { Routes } from '../route.ts';

/** What was asked for, and what became of it. */
export const jobRoutes = {
  list: { method: 'GET', path: '/jobs', summary: 'Jobs, newest first', query: 'jobsQuerySchema', answer: 'jobsSchema' },
  create: {
    method: 'POST',
    path: '/jobs',
    summary: 'Makes a job, or says what it would come to (200, with dry_run)',
    query: 'jobOrderQuerySchema',
    body: 'jobOrderSchema',
    answer: 'jobSchema',
    status: 201,
    dry: 'dryRunSchema',
    once: true,
  },
  cancel: {
    method: 'POST',
    path: '/jobs/{id}/cancel',
    summary: 'Ends a job that waits, or one whose upstream stops it',
    answer: 'jobSchema',
    once: true,
  },
  get: { method: 'GET', path: '/jobs/{id}', summary: 'A job', answer: 'jobSchema' },
  timeline: {
    method: 'GET',
    path: '/jobs/{id}/timeline',
    summary: 'What happened to a job, oldest first',
    answer: 'timelineSchema',
  },
  statement: {
    method: 'GET',
    path: '/jobs/{id}/statement',
    summary: 'Where the credits of a job came from and went',
    answer: 'statementSchema',
  },
  why: {
    method: 'GET',
    path: '/jobs/{id}/why',
    summary: 'Why a job waits, or went where it went',
    answer: 'whySchema',
  },
  removeResults: {
    method: 'DELETE',
    path: '/jobs/{id}/results',
    summary: 'Delete what a job made; the job stays, marked',
    answer: 'jobSchema',
    once: true,
  },
} as const satisfies Routes;
