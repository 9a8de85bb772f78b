/** What the vendor's answers mean to a driver. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ERRORS, type ErrorCode } from '../../src/std/errors.ts';
import { ERRORS_ON_WIRE } from '../../src/wire/pixverse/errors.ts';
import { FAULTS, readAnswer, readBalance, readStanding, readVendorId } from '../../src/wire/pixverse/read.ts';

const NOW = Date.parse('2026-09-01T12:00:00Z');
const read = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  readAnswer({ status, headers, text: typeof body === 'string' ? body : JSON.stringify(body) }, NOW);
const refusal = (code: number, status = 200) => read({ ErrCode: code, ErrMsg: 'why', Resp: null }, status);

suite('the envelope', () => {
  test('ErrCode 0 is success, whatever ErrMsg says', () => {
    for (const ErrMsg of ['success', 'Success', 'string', '']) {
      assert.deepEqual(read({ ErrCode: 0, ErrMsg, Resp: { video_id: 1 } }), { type: 'success', resp: { video_id: 1 } });
    }
    assert.equal(read({ ErrCode: 0, ErrMsg: 'success', Resp: {} }, 500).type, 'unclear');
  });

  test('a refusal is read with any HTTP status, in either spelling', () => {
    for (const status of [200, 400, 500]) {
      const found = refusal(500044, status);
      assert.ok(found.type === 'refused' && found.code === 'account_full' && found.vendorCode === 500044);
      assert.equal(found.message, 'why (ErrCode 500044)');
    }
    const moderated = read({ err_code: 500052, err_msg: '图片未过审', resp: '' }, 500);
    assert.ok(moderated.type === 'refused' && moderated.code === 'moderated');
    assert.match(moderated.message, /图片未过审/);
    assert.deepEqual(read({ ErrCode: '500090', ErrMsg: 'x' }).type, 'refused');
  });

  test('no envelope: the status tells what can be told', () => {
    const page = '<html><body>Bad gateway</body></html>';
    const wanted: [number, ErrorCode | null][] = [
      [200, null],
      [302, null],
      [401, 'account_refused'],
      [403, 'account_refused'],
      [404, 'upstream_faulty'],
      [408, null],
      [413, 'upstream_faulty'],
      [429, 'account_limited'],
      [500, null],
      [502, null],
      [504, null],
    ];
    for (const [status, code] of wanted) {
      for (const text of [page, '', 'null', '[]', '{"ErrCode":', '{"ErrCode":{}}', '{"video_id":7}']) {
        const found = read(text, status);
        assert.equal(found.type === 'refused' ? found.code : null, code, `${status} ${text}`);
      }
    }
  });

  test('a 429 is a rate limit with or without an envelope, and keeps its Retry-After', () => {
    const wait = (headers: Record<string, string>, body: unknown = 'slow down') => {
      const found = read(body, 429, headers);
      assert.ok(found.type === 'refused' && found.code === 'account_limited');
      return found.retryAfterMs;
    };
    assert.equal(wait({}), undefined);
    assert.equal(wait({ 'retry-after': '7' }), 7000);
    assert.equal(wait({ 'retry-after': '7' }, { ErrCode: 500069, ErrMsg: 'busy', Resp: null }), 7000);
    assert.equal(wait({ 'retry-after': 'Tue, 01 Sep 2026 12:00:30 GMT' }), 30_000);
    assert.equal(wait({ 'retry-after': 'Tue, 01 Sep 2026 11:00:00 GMT' }), 0);
    assert.equal(wait({ 'retry-after': 'soon' }), undefined);
    assert.equal(wait({ 'retry-after': '999999999' }), 24 * 3_600_000, 'not for ever');
  });
});

suite('whose fault it is', () => {
  test('the codes of the table', () => {
    const wanted: Record<number, ErrorCode> = {
      10001: 'account_refused',
      10005: 'account_refused',
      500044: 'account_full',
      500090: 'account_exhausted',
      500069: 'upstream_busy',
      500063: 'moderated',
      500054: 'moderated',
      500052: 'moderated',
      400018: 'prompt_too_long',
      // Not in the table: by their family.
      10077: 'account_refused',
      400999: 'parameter_invalid',
      500999: 'upstream_faulty',
      7: 'upstream_faulty',
    };
    for (const [code, ours] of Object.entries(wanted)) {
      const found = refusal(Number(code));
      assert.equal(found.type === 'refused' ? found.code : found.type, ours, code);
    }
  });

  test('what the vendor does not know itself is not known', () => {
    for (const code of [99999, 500100]) assert.equal(refusal(code).type, 'unclear');
  });

  test('what our own door says of a caller is read as said of a caller', () => {
    for (const [code, { http, code: vendorCode }] of Object.entries(ERRORS_ON_WIRE) as [
      ErrorCode,
      { http: number; code: number },
    ][]) {
      assert.ok(FAULTS[vendorCode] !== undefined, `${vendorCode} is in the table`);
      if (ERRORS[code].owner !== 'caller' || http !== 200) continue;
      const found = refusal(vendorCode, http);
      if (found.type !== 'refused') assert.equal(code, 'cancelled', code);
      else assert.ok(['caller', 'account'].includes(ERRORS[found.code].owner), `${code} → ${found.code}`);
    }
  });
});

suite('what an answer holds', () => {
  test('ids keep their digits', () => {
    const resp = (text: string) => {
      const found = readAnswer({ status: 200, headers: {}, text: `{"ErrCode":0,"ErrMsg":"","Resp":${text}}` }, NOW);
      return found.type === 'success' ? found.resp : undefined;
    };
    assert.equal(readVendorId(resp('{"video_id":123456789012345}'), 'video_id'), '123456789012345');
    assert.equal(readVendorId(resp('{"video_id":18446744073709551615}'), 'video_id'), '18446744073709551615');
    assert.equal(readVendorId(resp('{"video_id":"42"}'), 'video_id'), '42');
    assert.equal(readVendorId(resp('{"image_id":8}'), 'video_id', 'image_id'), '8');
    for (const none of ['{}', 'null', '{"video_id":0}', '{"video_id":-1}', '{"video_id":1.5}', '{"video_id":""}']) {
      assert.equal(readVendorId(resp(none), 'video_id'), undefined, none);
    }
  });

  test('states, and words nobody knows', () => {
    assert.deepEqual(readStanding({ status: 1, url: 'https://a/b.mp4' }), { type: 'done', url: 'https://a/b.mp4' });
    assert.equal(readStanding({ status: 1, url: '' }).type, 'running');
    assert.deepEqual(readStanding({ status: 5, url: '' }), { type: 'running' });
    assert.equal(readStanding({ status: 6 }).type, 'deleted');
    assert.equal(readStanding({ status: 7 }).type, 'moderated');
    assert.equal(readStanding({ status: 8 }).type, 'failed');
    assert.equal(readStanding({ status: '8' }).type, 'failed');
    for (const status of [0, 2, 3, 4, 9, 10, 99, 'queued', null, undefined, {}]) {
      const found = readStanding({ status });
      assert.ok(found.type === 'running' && found.word !== undefined, String(status));
    }
    for (const resp of [null, 'text', []]) assert.equal(readStanding(resp).type, 'running');
  });

  test('a balance', () => {
    const sample = { account_id: 123452341, credit_monthly: 1069020, credit_package: 3630 };
    assert.deepEqual(readBalance(sample), { monthly: 1069020, package: 3630 });
    for (const none of [null, {}, { credit_monthly: 1 }, { credit_monthly: '1', credit_package: 2 }]) {
      assert.equal(readBalance(none), undefined);
    }
  });
});
