/** Killed at every point, on the embedded store: see scenario.ts. The same on PostgreSQL: test/postgres/crash.test.ts. */
import { suite, test } from 'node:test';
import { crashAt, POINTS } from './scenario.ts';

suite('killed at every point', { concurrency: 3 }, () => {
  for (const point of POINTS) {
    test(point, { timeout: 120_000 }, () => crashAt({ point, operations: ['text', 'img'] }));
  }
});
