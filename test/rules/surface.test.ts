/**
 * The public surface, pinned with literals. A red line means that something clients, operators or stored rows depend on
 * has changed: be deliberate, then change the pin in the same commit.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fastify } from 'fastify';
import { CONFIG_KEYS, variableOf } from '../../src/config.ts';
import { JOB_STATES, TRANSITIONS } from '../../src/core/job.ts';
import { ASPECT_RATIOS, OPERATIONS, QUALITIES } from '../../src/core/request.ts';
import type { DoorContext } from '../../src/doors/context.ts';
import { DOORS } from '../../src/doors/registry.ts';
import { ERRORS } from '../../src/std/errors.ts';
import { pins } from './surface.pins.ts';

test('error codes', () => {
  assert.deepEqual(
    Object.entries(ERRORS).map(([code, { owner, retryable }]) => `${code} ${owner}${retryable ? ' retryable' : ''}`),
    pins.errors,
  );
});

test('job states and the moves between them', () => {
  assert.deepEqual(
    JOB_STATES.map((state) => `${state} → ${TRANSITIONS[state].join(' ')}`.trimEnd()),
    pins.states,
  );
});

test('operations, qualities and ratios of a stored request', () => {
  assert.deepEqual({ OPERATIONS, QUALITIES, ASPECT_RATIOS }, pins.requests);
});

test('configuration keys and their environment names', () => {
  assert.deepEqual(
    CONFIG_KEYS.map((key) => `${key} ${variableOf(key)}`),
    pins.config,
  );
});

test('routes of every door', async () => {
  const routes: Record<string, string[]> = {};
  for (const door of DOORS) {
    const app = fastify();
    const found: string[] = [];
    app.addHook('onRoute', ({ method, url }) => void found.push(`${method} ${url}`));
    // Mounting only needs a context to close over; no request is made.
    await app.register(async (scope) => door.mount(scope, {} as DoorContext), { prefix: door.prefix });
    await app.ready();
    await app.close();
    routes[door.name] = found.filter((route) => !route.startsWith('HEAD ')).sort();
  }
  assert.deepEqual(routes, pins.routes);
});
