/** Killed at every point that a text to video passes, on PostgreSQL. Both operations on both stores: `npm run crash`. */
import { after, suite, test } from 'node:test';
import { crashAt, pointsOf } from '../crash/scenario.ts';
import { startPostgres } from '../support/postgres.ts';

const server = await startPostgres();
after(() => server.stop());

suite('killed at every point on PostgreSQL', { concurrency: 3 }, () => {
  for (const point of pointsOf(['text'])) {
    test(point, { timeout: 120_000 }, async () => {
      await crashAt({ point, operations: ['text'], database: await server.createDatabase() });
    });
  }
});
