/**
 * Several gateways, each in a process of its own as people start it, on one PostgreSQL. They wait for each other more than
 * they work (20 s of silence make a process dead), so they are played side by side.
 */
import { after, suite, test } from 'node:test';
import { startPostgres } from '../support/postgres.ts';
import { cancels } from './cancels.ts';
import { commits } from './commits.ts';
import { rotation } from './rotation.ts';
import { share } from './share.ts';
import { signals } from './signals.ts';
import { takeover } from './takeover.ts';

const server = await startPostgres();
after(() => server.stop());

const timeout = 240_000;

suite('several gateways on one PostgreSQL', { concurrency: 2 }, () => {
  test(
    'the work of a killed process is taken over within 30 s; a frozen one that comes back writes nothing more and stops',
    { timeout },
    (t) => takeover(t, server),
  );
  test(
    'two gateways that started at once share the work and never exceed a cap; twins sent to both are one job',
    { timeout },
    (t) => share(t, server),
  );
  test(
    'a create whose commit was not acknowledged gets its job when it is repeated, and every step is made once and paid once',
    { timeout },
    (t) => commits(t, server),
  );
  test(
    'the encryption key is changed while they work, however one of them ends, and not before all of them have the new one',
    { timeout },
    (t) => rotation(t, server),
  );
  test('a job that one follows is cancelled through the other, and plans sent to both are whole', { timeout }, (t) =>
    cancels(t, server),
  );
  test(
    'without signals a revoked key opens nothing and work goes on by the tick; they come back by themselves',
    { timeout },
    (t) => signals(t, server),
  );
});
