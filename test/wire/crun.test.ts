import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { JOB_STATES } from '../../src/core/job.ts';
import { ERRORS, type ErrorCode, Refusal } from '../../src/std/errors.ts';
import { balanceAnswer } from '../../src/wire/crun/balance.ts';
import { crun } from '../../src/wire/crun/dialect.ts';
import { CRUN_ERRORS } from '../../src/wire/crun/errors.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];

describe('CRUN errors', () => {
  test('every code keeps the envelope [crun.envelope]', () => {
    assert.deepEqual(Object.keys(CRUN_ERRORS).sort(), [...CODES].sort());
    for (const code of CODES) {
      const { status, body } = crun.refusal(new Refusal(code));
      const envelope = body as { code: number; message: string; data: null };
      assert.equal(envelope.data, null);
      assert.equal(typeof envelope.message, 'string');
      if (![455, 501].includes(envelope.code)) assert.equal(envelope.code, status, code);
    }
  });

  test('the documented refusals, word for word [crun.auth.missing] [crun.auth.disabled]', () => {
    const missing = crun.refusal(new Refusal('key_missing'));
    assert.equal(missing.status, 401);
    assert.deepEqual(missing.body, { code: 401, message: 'API key missing', data: null });
    const disabled = crun.refusal(new Refusal('key_disabled'));
    assert.equal(disabled.status, 403);
    assert.deepEqual(disabled.body, { code: 403, message: 'API key disabled', data: null });
  });

  test('bad parameters carry what is wrong beside the code [crun.errors.validation]', () => {
    const answer = crun.refusal(new Refusal('parameter_missing', { field: 'model', message: 'model is required.' }));
    assert.equal(answer.status, 422);
    assert.deepEqual(answer.body, {
      code: 422,
      message: 'Missing Params or Type Error',
      data: null,
      errors: ['model is required.'],
    });
  });

  test('the codes clients act on are pinned [crun.errors.codes] [crun.envelope.http]', () => {
    const pinned: Partial<Record<ErrorCode, [status: number, code: number]>> = {
      key_wrong: [401, 401],
      credits_insufficient: [402, 402],
      budget_exceeded: [402, 402],
      permission_denied: [403, 403],
      not_found: [404, 404],
      route_unknown: [404, 404],
      method_not_allowed: [405, 405],
      body_too_large: [413, 413],
      media_type_unsupported: [415, 415],
      parameter_type: [422, 422],
      price_unknown: [422, 422],
      queue_full: [429, 429],
      rate_limited: [429, 429],
      internal: [500, 500],
      generation_failed: [500, 501],
      unavailable: [503, 455],
      database_failed: [503, 455],
    };
    for (const [code, expected] of Object.entries(pinned)) {
      const { status, body } = crun.refusal(new Refusal(code as ErrorCode));
      assert.deepEqual([status, (body as { code: number }).code], expected, code);
    }
  });

  test('a wait is said in Retry-After [crun.envelope.http]', () => {
    const answer = crun.refusal(new Refusal('rate_limited', { retryAfterS: 9.5 }));
    assert.equal(answer.headers?.['retry-after'], '10');
  });
});

test('states are the four of TaskInfo [crun.states]', () => {
  const said = JOB_STATES.map((state) => crun.states[state]);
  assert.deepEqual(said, [
    'pending',
    'running',
    'running',
    'running',
    'running',
    'success',
    'failed',
    'failed',
    'failed',
    'failed',
  ]);
});

test('the balance is what can be spent, with its fraction [crun.balance] [crun.balance.whole]', () => {
  const view = { tenantId: 1, tenant: 't', held: 90_000, daily: 0, monthly: 999_500, package: 0, promo: 500 };
  assert.deepEqual(balanceAnswer({ ...view, available: 1_000_000 }), {
    code: 200,
    message: 'success',
    data: { balance: 1000 },
  });
  assert.equal(balanceAnswer({ ...view, available: 1_001 }).data.balance, 1.001);
  assert.equal(balanceAnswer({ ...view, available: 0 }).data.balance, 0);
});
