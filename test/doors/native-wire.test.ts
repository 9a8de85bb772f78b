/** The native API's words: every error code has its problem document, and docs/native-api.md says the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { JOB_STATES } from '../../src/core/job.ts';
import { ERRORS, type ErrorCode, Refusal } from '../../src/std/errors.ts';
import { nativeDialect } from '../../src/wire/native/dialect.ts';
import { encodeTimeline } from '../../src/wire/native/encode.ts';
import { STATUSES } from '../../src/wire/native/errors.ts';
import { readWire } from '../../src/wire/native/read.ts';
import { problemSchema } from '../../src/wire/native/schemas/common.ts';
import { jobsQuerySchema } from '../../src/wire/native/schemas/jobs.ts';
import { keyOrderSchema } from '../../src/wire/native/schemas/keys.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];

test('every error code is a problem with its owner, and says whether to try again', () => {
  for (const code of CODES) {
    const { status, headers, body } = nativeDialect.refusal(new Refusal(code, { field: 'x' }));
    const problem = problemSchema.strict().parse(body);
    assert.deepEqual(
      [problem.type, problem.status, problem.title, problem.owner, problem.retryable, problem.field],
      [`urn:reelpool:error:${code}`, status, ERRORS[code].title, ERRORS[code].owner, ERRORS[code].retryable, 'x'],
    );
    assert.ok(status >= 400 && status < 600);
    assert.equal(headers?.['content-type'], 'application/problem+json');
    assert.ok(status !== 500 || ERRORS[code].owner === 'us', `${code}: only our own faults are 500`);
  }
});

test('a refusal that says when to come back says so in the header, in whole seconds', () => {
  const { headers } = nativeDialect.refusal(new Refusal('rate_limited', { retryAfterS: 0.2 }));
  assert.equal(headers?.['retry-after'], '1');
  const { body } = nativeDialect.refusal(new Refusal('rate_limited', { retryAfterS: 61.5 }));
  assert.equal(problemSchema.parse(body).retryAfterS, 62);
  assert.equal(nativeDialect.refusal(new Refusal('rate_limited')).headers?.['retry-after'], undefined);
});

test('every problem says what became of the credits: nothing, but for a fault of ours nobody expected', () => {
  for (const code of CODES) {
    const { credits } = problemSchema.parse(nativeDialect.refusal(new Refusal(code)).body);
    assert.equal(credits, code === 'internal' ? 'unknown' : 'untouched');
  }
});

test('states are called what they are', () => {
  assert.deepEqual(nativeDialect.states, Object.fromEntries(JOB_STATES.map((state) => [state, state])));
});

test('amounts in a timeline are credits, and a client key is shown no account', () => {
  const event = { at: 0, kind: 'placed', data: { account: 'a@x', slot: 1, price: 1500, paid: 7, note: [1000] } };
  const shown = (role: 'admin' | 'client') => encodeTimeline([event], { role }).events[0]?.data;
  assert.deepEqual(shown('admin'), { account: 'a@x', slot: 1, price: 1.5, paid: 0.007, note: [1000] });
  assert.deepEqual(shown('client'), { slot: 1, price: 1.5, paid: 0.007, note: [1000] });
});

test('what cannot be read names its field', () => {
  const refusal = (read: () => unknown): Refusal => {
    try {
      read();
    } catch (error) {
      assert.ok(error instanceof Refusal);
      return error;
    }
    assert.fail('it was read');
  };
  const cases: [Refusal, ErrorCode, string | undefined][] = [
    [refusal(() => readWire(keyOrderSchema, undefined)), 'body_unreadable', undefined],
    [refusal(() => readWire(keyOrderSchema, 'name')), 'body_unreadable', undefined],
    [refusal(() => readWire(keyOrderSchema, {})), 'parameter_missing', 'name'],
    [refusal(() => readWire(keyOrderSchema, { name: null })), 'parameter_type', 'name'],
    [refusal(() => readWire(keyOrderSchema, { name: 'x', extra: 1 })), 'parameter_invalid', 'extra'],
    [refusal(() => readWire(jobsQuerySchema, { before: '9007199254740992' })), 'parameter_invalid', 'before'],
  ];
  for (const [{ code, field, message }, wanted, name] of cases) {
    assert.deepEqual([code, field], [wanted, name]);
    if (name !== undefined) assert.ok(message.startsWith(name), message);
  }
  assert.deepEqual(readWire(jobsQuerySchema, {}), { limit: 50 });
});

test('docs/native-api.md lists every error code with its status', () => {
  const document = readFileSync(path.join(import.meta.dirname, '../../docs/native-api.md'), 'utf8');
  const rows = CODES.map((code) => {
    const { owner, retryable, title } = ERRORS[code];
    return `| \`${code}\` | ${STATUSES[code]} | ${owner} | ${retryable ? 'yes' : 'no'} | ${title} |`;
  });
  const listed = document.split('\n').filter((line) => /^\| `[a-z_]+` \| \d/.test(line));
  assert.deepEqual(listed, rows);
});
