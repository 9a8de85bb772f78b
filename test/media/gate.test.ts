/** The gate before the engine: how many at a time, who is next, and what becomes of those that wait. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openGate } from '../../src/media/gate.ts';

/** A task that ends when it is told to, and notes when it began. */
function task(began: string[], name: string): { run: () => Promise<string>; end: () => void } {
  const { promise, resolve } = Promise.withResolvers<string>();
  return {
    run: () => {
      began.push(name);
      return promise;
    },
    end: () => resolve(name),
  };
}

test('as many at a time as it is wide, in order of arrival, urgent ones first', async () => {
  const gate = openGate(2);
  const began: string[] = [];
  const tasks = ['a', 'b', 'c', 'd'].map((name) => task(began, name));
  const done = tasks.map(({ run }) => gate.run(run));
  const urgent = task(began, 'urgent');
  done.push(gate.run(urgent.run, { urgent: true }));
  assert.deepEqual(began, ['a', 'b']);
  tasks[1]?.end();
  await done[1];
  await turn();
  assert.deepEqual(began, ['a', 'b', 'urgent']);
  for (const { end } of [...tasks, urgent]) end();
  assert.deepEqual(await Promise.all(done), ['a', 'b', 'c', 'd', 'urgent']);
  assert.deepEqual(began, ['a', 'b', 'urgent', 'c', 'd']);
});

test('a task that waits and is cancelled never starts; one that fails makes room', async () => {
  const gate = openGate(1);
  const began: string[] = [];
  const first = task(began, 'first');
  const running = gate.run(async () => {
    await first.run();
    throw new Error('broken');
  });
  const stop = new AbortController();
  const cancelled = gate.run(task(began, 'cancelled').run, { signal: stop.signal });
  const last = gate.run(async () => 'last');
  stop.abort();
  await assert.rejects(cancelled, { name: 'EngineFailure', reason: 'cancelled' });
  await assert.rejects(gate.run(task(began, 'late').run, { signal: stop.signal }), { reason: 'cancelled' });
  first.end();
  await assert.rejects(running, /broken/);
  assert.equal(await last, 'last');
  assert.deepEqual(began, ['first']);
});

test('closing refuses what waits and waits for what runs', async () => {
  const gate = openGate(1);
  const began: string[] = [];
  const first = task(began, 'first');
  const running = gate.run(first.run);
  const waiting = assert.rejects(gate.run(task(began, 'second').run), { reason: 'cancelled' });
  let closed = false;
  const closing = gate.close().then(() => {
    closed = true;
  });
  await waiting;
  assert.equal(closed, false);
  first.end();
  await closing;
  assert.equal(await running, 'first');
  await assert.rejects(
    gate.run(async () => 'too late'),
    { reason: 'cancelled' },
  );
});

/** Lets the gate notice an end: it starts the next task a microtask later. */
const turn = () => new Promise((resolve) => setImmediate(resolve));
