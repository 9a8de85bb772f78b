/** Which errors are the machine's fault: only those may make a job wait instead of fail. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineFailure } from '../../src/media/engine.ts';
import { machineFault } from '../../src/std/machine.ts';

const system = (code: string) => Object.assign(new Error(`${code}: said the system`), { code });

test('a system error is found behind whatever was thrown', () => {
  assert.equal(machineFault(system('ENOSPC')), 'no disk space is left');
  assert.equal(machineFault(new Error('outer', { cause: system('EROFS') })), 'the disk cannot be written');
  const failure = new EngineFailure('crash', 'the worker failed', '', { cause: system('ERR_WORKER_INIT_FAILED') });
  assert.equal(machineFault(failure), 'the machine runs too many processes');
});

test('the words of the system are enough where its code was lost', () => {
  const lost = new Error('Cannot read package config package.json: too many open files.');
  assert.equal(machineFault(lost), 'too many files and connections are open');
});

test('nothing else is excused', () => {
  for (const error of [system('ENOENT'), new Error('the engine ended with code 1'), 'EMFILE', undefined, null]) {
    assert.equal(machineFault(error), undefined);
  }
  const loop = new Error('loop');
  loop.cause = loop;
  assert.equal(machineFault(loop), undefined);
});
