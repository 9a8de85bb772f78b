import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AccountView } from '../../src/contracts/views.ts';
import { PLAIN_SETTINGS } from '../../src/core/account.ts';
import { isTerminal, JOB_STATES } from '../../src/core/job.ts';
import { ERRORS, type ErrorCode, Refusal } from '../../src/std/errors.ts';
import { accountAnswer, readAccount } from '../../src/wire/useapi/accounts.ts';
import { channelsAnswer, deprecationHeaders } from '../../src/wire/useapi/channels.ts';
import { useapiV1, useapiV2 } from '../../src/wire/useapi/dialect.ts';
import { V1_ERRORS, V2_ERRORS } from '../../src/wire/useapi/errors.ts';
import { emailOf, featuresAnswer, onlyAccount, unknownEmail } from '../../src/wire/useapi/features.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];
const NOW = Date.UTC(2026, 5, 24, 12);

function account(change: Partial<AccountView> = {}): AccountView {
  return {
    id: 7,
    name: 'me@example.com',
    upstream: 'local',
    unit: 'local',
    maxJobs: 3,
    maxJobsNow: 3,
    state: 'enabled',
    inUse: 1,
    refreshAt: { daily: null, monthly: null },
    refreshedAt: null,
    today: { jobs: 0, credits: 0 },
    settings: PLAIN_SETTINGS,
    group: null,
    health: { state: 'ok', reason: null, since: null, until: null },
    secret: {},
    lastUsedAt: null,
    credits: { daily: 59_999, monthly: 12_450_000, package: 1_500, reserved: 0 },
    plan: {
      name: 'Premium - Monthly',
      dailyGift: 60,
      monthlyGift: 15_000,
      renewsAt: Date.UTC(2026, 6, 23, 0, 48, 50, 7),
      dailyRefreshAt: Date.UTC(2026, 5, 25),
      simultaneous: 5,
      qualities: ['360p', '540p'],
    },
    session: { username: 'me', expiresAt: Date.UTC(2026, 6, 1, 1, 2, 3, 456), tokenMasked: 'abc…secured…xyz' },
    createdAt: NOW,
    updatedAt: NOW,
    ...change,
  };
}

/** The refusal that `run` must end in. */
function refusalOf(run: () => unknown): Refusal {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof Refusal, `not a refusal: ${error}`);
    return error;
  }
  return assert.fail('nothing was refused');
}

describe('useapi errors', () => {
  test('every code has a status that HTTP knows as an error [useapi.errors.shape]', () => {
    for (const table of [V1_ERRORS, V2_ERRORS]) {
      assert.deepEqual(Object.keys(table).sort(), [...CODES].sort());
      for (const code of CODES) assert.ok(table[code].status >= 400 && table[code].status < 600, code);
    }
  });

  test('a caller, tenant or account is never told 5xx, and we never blame a caller [useapi.errors.shape]', () => {
    for (const code of CODES) {
      const ours = ERRORS[code].owner === 'us';
      assert.equal(
        V2_ERRORS[code].status >= 500,
        ours || (ERRORS[code].owner === 'upstream' && code !== 'upload_failed'),
        code,
      );
    }
  });

  test('v2 bodies are {error, code}, the code being the status [useapi.errors.shape]', () => {
    for (const code of CODES) {
      const answer = useapiV2.refusal(new Refusal(code, { message: 'what to do' }));
      const body = answer.body as { error: string; code: number };
      assert.deepEqual(Object.keys(body), ['error', 'code']);
      assert.equal(body.code, answer.status);
      assert.equal(body.error, V2_ERRORS[code].text ?? 'what to do');
    }
  });

  test('the statuses clients act on are pinned [useapi.errors.statuses]', () => {
    const pinned: Partial<Record<ErrorCode, number>> = {
      parameter_missing: 400,
      parameter_type: 400,
      parameter_invalid: 400,
      price_unknown: 400,
      key_missing: 401,
      key_wrong: 401,
      key_disabled: 401,
      permission_denied: 403,
      not_found: 404,
      account_not_found: 404,
      route_unknown: 404,
      method_not_allowed: 405,
      credits_insufficient: 412,
      budget_exceeded: 412,
      body_too_large: 413,
      media_type_unsupported: 415,
      moderated: 422,
      queue_full: 429,
      rate_limited: 429,
      internal: 500,
      unavailable: 503,
      database_failed: 503,
    };
    for (const [code, status] of Object.entries(pinned))
      assert.equal(V2_ERRORS[code as ErrorCode].status, status, code);
    assert.equal(
      V2_ERRORS.credits_insufficient.text,
      'All Credits have been used up. Please upgrade your membership or purchase credits.',
    );
  });

  test('every doubt about the key has one body, in both versions [useapi.auth.bearer] [useapi.v1.errors]', () => {
    for (const code of ['key_missing', 'key_wrong', 'key_disabled'] as const) {
      for (const dialect of [useapiV1, useapiV2]) {
        const answer = dialect.refusal(new Refusal(code));
        assert.equal(answer.status, 401);
        assert.deepEqual(answer.body, { error: 'Unauthorized', code: 401 });
        assert.equal(answer.headers?.['www-authenticate'], 'Bearer');
      }
    }
  });

  test('v1 splits what is wrong from what to do [useapi.v1.errors]', () => {
    const answer = useapiV1.refusal(new Refusal('parameter_invalid', { message: 'maxJobs is 9.' }));
    assert.equal(answer.status, 400);
    assert.deepEqual(answer.body, { error: 'Parameter invalid', errorDetails: 'maxJobs is 9.', code: 400 });
  });

  test('a wait is said in whole seconds, at least one [useapi.errors.retry-after]', () => {
    for (const dialect of [useapiV1, useapiV2]) {
      const waits = [0.2, 10, 10.4].map((retryAfterS) => dialect.refusal(new Refusal('queue_full', { retryAfterS })));
      assert.deepEqual(
        waits.map((answer) => answer.headers?.['retry-after']),
        ['1', '10', '11'],
      );
      assert.equal(dialect.refusal(new Refusal('queue_full')).headers?.['retry-after'], undefined);
    }
  });
});

describe('useapi states', () => {
  test('v2 speaks in numbers [useapi.states.v2]', () => {
    const said = (states: readonly string[]) =>
      states.map((state) => useapiV2.states[state as keyof typeof useapiV2.states]);
    assert.deepEqual(said(JOB_STATES), [5, 10, 10, 10, 10, 1, 8, 7, 8, 8]);
    assert.deepEqual(JOB_STATES, [
      'queued',
      'submitting',
      'running',
      'storing',
      'unknown',
      'succeeded',
      'failed',
      'moderated',
      'cancelled',
      'expired',
    ]);
  });

  test('v1 speaks in words, and no running job in a final one [useapi.v1.states]', () => {
    const final = new Set(JOB_STATES.filter(isTerminal).map((state) => useapiV1.states[state]));
    assert.deepEqual([...final].sort(), ['cancelled', 'completed', 'failed', 'moderated']);
    const open = JOB_STATES.filter((state) => !isTerminal(state)).map((state) => useapiV1.states[state]);
    assert.deepEqual([...new Set(open)].sort(), ['created', 'progress', 'started']);
  });
});

describe('useapi accounts', () => {
  const whole = { email: 'me@example.com', password: 'p', maxJobs: 3 };

  test('a whole body is read, from the path or without it [useapi.accounts.create]', () => {
    const read = { email: 'me@example.com', password: 'p', maxJobs: 3, token: null };
    assert.deepEqual(readAccount(whole, 'me@example.com'), read);
    assert.deepEqual(readAccount(whole), read);
    assert.deepEqual(readAccount(whole, ''), read);
    assert.deepEqual(readAccount({ password: 'p', maxJobs: 3 }, 'me@example.com'), read);
    assert.deepEqual(readAccount({ ...whole, token: '', something: 'else' }, 'me@example.com'), read);
    assert.equal(readAccount({ ...whole, token: 't' }).token, 't');
  });

  test('text is read as a number [useapi.accounts.multipart]', () => {
    for (const maxJobs of ['1', '8', '08', ' 5 ', '3.0', 3]) {
      assert.equal(readAccount({ ...whole, maxJobs }).maxJobs, Number(maxJobs));
    }
  });

  test('each missing field is named [useapi.accounts.required]', () => {
    for (const field of ['email', 'password', 'maxJobs'] as const) {
      for (const nothing of [undefined, null, '']) {
        const refusal = refusalOf(() => readAccount({ ...whole, [field]: nothing }));
        assert.equal(refusal.code, 'parameter_missing', `${field} = ${nothing}`);
        assert.equal(refusal.field, field);
        assert.match(refusal.message, new RegExp(`^${field} is required`));
      }
    }
    assert.equal(refusalOf(() => readAccount({})).field, 'email');
  });

  test('names of the prototype are not fields [useapi.accounts.required]', () => {
    const polluted = Object.create({ email: 'x@example.com', password: 'p', maxJobs: 3 }) as Record<string, unknown>;
    assert.equal(refusalOf(() => readAccount(polluted)).code, 'parameter_missing');
  });

  test('maxJobs is an integer from 1 to 8 [useapi.accounts.max-jobs]', () => {
    for (const maxJobs of [0, 9, -1, 2.5, '0', '9', '-3', '2.5', '1e1', '0x3', 'many', Number.NaN, Infinity]) {
      const refusal = refusalOf(() => readAccount({ ...whole, maxJobs }));
      assert.equal(refusal.field, 'maxJobs');
      assert.match(refusal.message, /from 1 to 8/);
      assert.ok(refusal.code === 'parameter_invalid' || refusal.code === 'parameter_type', String(maxJobs));
    }
    for (const maxJobs of [true, [3], { value: 3 }]) {
      assert.equal(refusalOf(() => readAccount({ ...whole, maxJobs })).code, 'parameter_type');
    }
  });

  test('what is no text, no address or too long is refused [useapi.accounts.required]', () => {
    for (const email of [
      'me',
      'me@',
      '@example.com',
      'a@b@c',
      'me @example.com',
      'me@example.com\n',
      'a,b@example.com',
      `${'a'.repeat(250)}@b.co`,
    ]) {
      assert.equal(refusalOf(() => readAccount({ ...whole, email })).code, 'parameter_invalid', email);
      assert.equal(refusalOf(() => readAccount({ password: 'p', maxJobs: 3 }, email)).field, 'email', email);
    }
    assert.equal(refusalOf(() => readAccount({ ...whole, password: 5 })).code, 'parameter_type');
    assert.equal(refusalOf(() => readAccount({ ...whole, password: 'p'.repeat(1025) })).code, 'parameter_invalid');
    assert.equal(refusalOf(() => readAccount({ ...whole, token: ['t'] })).field, 'token');
  });

  test('a refusal never repeats the password [useapi.accounts.masked]', () => {
    const refusal = refusalOf(() => readAccount({ ...whole, password: 'hunter2'.repeat(200) }));
    assert.doesNotMatch(refusal.message, /hunter2/);
  });

  test('two addresses are refused [useapi.accounts.same-email]', () => {
    const refusal = refusalOf(() => readAccount(whole, 'other@example.com'));
    assert.deepEqual([refusal.code, refusal.field], ['parameter_invalid', 'email']);
  });

  test('the answer masks, and tells the time in seconds [useapi.accounts.masked] [useapi.accounts.jwt]', () => {
    assert.deepEqual(accountAnswer(account()), {
      email: 'me@example.com',
      password: '…secured…',
      maxJobs: 3,
      jwt: {
        AccountId: 7,
        ExpireTime: 1_782_867_723,
        ExpireTimeUTC: '2026-07-01T01:02:03.000Z',
        Username: 'me',
        token: 'abc…secured…xyz',
      },
    });
  });
});

describe('useapi features', () => {
  test("the account's own figures, whole credits rounded down [useapi.features.account]", () => {
    const features = featuresAnswer(account(), NOW);
    assert.equal(features.user_id, 7);
    assert.equal(features.plan_name, 'Premium - Monthly');
    assert.equal(features.credit_daily, 59);
    assert.equal(features.credit_daily_gift, 60);
    assert.equal(features.credit_monthly, 12_450);
    assert.equal(features.credit_monthly_gift, 15_000);
    assert.equal(features.credit_package, 1);
    assert.equal(features.has_purchased_credits, true);
    assert.equal(features.gen_simultaneously, 5);
    assert.deepEqual(features.qualities, ['360p', '540p']);
    assert.equal(features.expired_date, '2026-07-23T00:48:50Z');
    assert.equal(features.credits_refresh_time, '2026-07-23T00:48:50Z');
    assert.equal(features.daily_credits_refresh_time, '2026-06-25T00:00:00Z');
    assert.equal(features.remaining_days, 29);
    assert.equal(features.cancel_updated_at, '0001-01-01T00:00:00Z');
  });

  test('a plan that has run out has no days left [useapi.features.account]', () => {
    const { plan } = account();
    assert.equal(featuresAnswer(account({ plan: { ...plan, renewsAt: NOW } }), NOW).remaining_days, 0);
    assert.equal(featuresAnswer(account({ plan: { ...plan, renewsAt: NOW - 1 } }), NOW).remaining_days, 0);
    assert.equal(featuresAnswer(account({ plan: { ...plan, renewsAt: NOW + 1 } }), NOW).remaining_days, 1);
  });

  test('an empty address is an absent one, two are refused [useapi.features.email-optional]', () => {
    for (const query of [undefined, {}, { email: '' }, { other: 'x' }]) assert.equal(emailOf(query), undefined);
    assert.equal(emailOf({ email: 'me@example.com' }), 'me@example.com');
    assert.equal(refusalOf(() => emailOf({ email: ['a@b.co', 'c@d.co'] })).code, 'parameter_invalid');
  });

  test('one account needs no address, several do [useapi.features.email-optional] [useapi.features.email-required]', () => {
    const one = account();
    assert.equal(onlyAccount([one]), one);
    const refusal = refusalOf(() => onlyAccount([one, account({ id: 8, name: 'other@example.com' })]));
    assert.deepEqual([refusal.code, refusal.field], ['parameter_missing', 'email']);
    assert.match(refusal.message, /2 accounts are configured\. Add \?email=/);
    assert.equal(useapiV2.refusal(refusal).status, 400);
  });

  test('none at all is 404, an unknown one 400 [useapi.features.none] [useapi.features.email-unknown]', () => {
    const none = useapiV2.refusal(refusalOf(() => onlyAccount([])));
    assert.equal(none.status, 404);
    assert.match((none.body as { error: string }).error, /^No account is configured/);
    assert.equal(useapiV2.refusal(unknownEmail('who@example.com')).status, 400);
    // What no account can be called is not even looked for.
    for (const email of ['a\u0000@b.co', '\ud800@b.co', 'x'.repeat(20_000)]) {
      const refusal = refusalOf(() => emailOf({ email }));
      assert.equal(refusal.code, 'parameter_invalid');
      assert.ok(refusal.message.length < 500);
      assert.equal(refusalOf(() => readAccount({ email, password: 'p', maxJobs: 1 })).field, 'email');
    }
  });
});

describe('useapi v1 channels', () => {
  test('each account is a channel with ids of its own, the same every time [useapi.v1.accounts] [useapi.v1.channels]', () => {
    const accounts = Array.from({ length: 200 }, (_, index) =>
      account({ id: index + 1, name: `a${index}@example.com` }),
    );
    const channels = channelsAnswer(accounts);
    assert.equal(Object.keys(channels).length, 200);
    const ids = Object.values(channels).flatMap(({ channel, server }) => [channel, server]);
    assert.equal(new Set(ids).size, 400);
    for (const id of ids) assert.match(id, /^1\d{18}$/);
    for (const [key, value] of Object.entries(channels)) {
      assert.equal(key, value.channel);
      assert.deepEqual(Object.keys(value), ['server', 'channel', 'discord', 'maxJobs']);
      assert.equal(value.discord, 'abc…secured…xyz');
    }
    assert.deepEqual(channelsAnswer(accounts), channels);
    // Pinned: programs keep these ids, so they must not change from one version of ours to the next.
    assert.deepEqual(Object.keys(channelsAnswer([account({ id: 1 })])), ['1267051151714783028']);
  });

  test('nothing configured is 404 in the documented words [useapi.v1.none]', () => {
    const answer = useapiV1.refusal(refusalOf(() => channelsAnswer([])));
    assert.equal(answer.status, 404);
    assert.deepEqual(answer.body, {
      error: 'Configuration not found. To create configuration use pixverse/account/channel.',
      code: 404,
    });
  });

  test('deprecation is a date of RFC 9745 [useapi.v1.deprecated]', () => {
    assert.deepEqual(deprecationHeaders('/v2/pixverse/accounts'), {
      deprecation: '@1733443200',
      link: '</v2/pixverse/accounts>; rel="successor-version"',
    });
  });
});
