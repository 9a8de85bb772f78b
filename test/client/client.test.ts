/** `reelpool/client` against a running gateway, and through a middleman that loses what it can. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Answer, createClient, NoAnswerError, type Reelpool, ReelpoolError } from '../../src/client/client.ts';
import { type Clock, systemClock } from '../../src/std/clock.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type Fate, startMiddleman } from '../support/middleman.ts';
import { pngPicture } from '../support/png.ts';

/** Short pauses are over at once, and written down; time limits stay as they are. */
function hasty(): { clock: Clock; pauses: number[] } {
  const pauses: number[] = [];
  const setTimer: Clock['setTimer'] = (ms, fire) => {
    if (ms > 40_000) return systemClock.setTimer(ms, fire);
    pauses.push(ms);
    return systemClock.setTimer(0, fire);
  };
  return { clock: { ...systemClock, setTimer }, pauses };
}

const problem = (code: string, more: object = {}) => ({
  headers: { 'content-type': 'application/problem+json' },
  body: JSON.stringify({
    ...{ type: `urn:reelpool:error:${code}`, title: code, status: 503, detail: 'Not now.', code, owner: 'us' },
    ...{ retryable: true, credits: 'untouched', ...more },
  }),
});

describe('the client', () => {
  let gateway: TestGateway;
  let reelpool: Reelpool;
  const ends: (() => Promise<void>)[] = [];

  before(async () => {
    gateway = await startGateway({ after: (end) => void ends.push(end) });
    reelpool = createClient(gateway);
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  /** A client that speaks through a middleman. */
  const through = async (
    t: Parameters<typeof startMiddleman>[0],
    fates: Fate[],
    options: { retries?: number } = {},
  ) => {
    const { clock, pauses } = hasty();
    const between = await startMiddleman(t, gateway.url, fates);
    const { url, seen } = between;
    return { client: createClient({ url, key: gateway.key, clock, ...options }), seen, pauses };
  };
  const tenantsCalled = async (name: string) =>
    (await reelpool.tenants.list()).tenants.filter((tenant) => tenant.name === name).length;

  test('methods take what their routes take, and answer with what the gateway says', async () => {
    const tenant = await reelpool.tenants.create({ name: 'typed', monthlyCredits: 2.5 });
    assert.deepEqual([tenant.name, tenant.monthlyCredits], ['typed', 2.5]);
    assert.equal((await reelpool.tenants.change(tenant.id, { weight: 3 })).weight, 3);
    assert.equal((await reelpool.tenants.balance(tenant.id)).available, 2.5);
    const page: Answer<'jobs', 'list'> = await reelpool.jobs.list({ limit: 1, state: undefined });
    assert.deepEqual(page, { jobs: [], nextBefore: null });
    const [first] = (await reelpool.accounts.list()).accounts;
    assert.ok(first);
    assert.equal((await reelpool.accounts.get(first.name)).id, first.id);
    assert.deepEqual((await reelpool.keys.list({ tenant: tenant.id })).keys, []);
  });

  test('a file is sent as a form, an address as JSON', async () => {
    const sent = await reelpool.uploads.create(new File([pngPicture(64, 48)], 'one.png', { type: 'image/png' }));
    assert.deepEqual([sent.mime, sent.width, sent.name], ['image/png', 64, 'one.png']);
    await assert.rejects(reelpool.uploads.create({ url: 'ftp://example.com/a.png' }), ReelpoolError);
  });

  test('a refusal is an error that says what the problem says', async () => {
    await assert.rejects(reelpool.jobs.get(12), (error) => {
      assert.ok(error instanceof ReelpoolError);
      const { code, owner, retryable, retryAfterS, credits, field, status } = error;
      assert.deepEqual(
        { code, owner, retryable, retryAfterS, credits, field, status },
        {
          ...{ code: 'not_found', owner: 'caller', retryable: false, retryAfterS: null, credits: 'untouched' },
          ...{ field: null, status: 404 },
        },
      );
      assert.match(error.message, /12/);
      return true;
    });
    await assert.rejects(createClient({ url: gateway.url, key: 'ak_wrong' }).balances.list(), { code: 'key_wrong' });
    await assert.rejects(reelpool.tenants.create({ name: '' }), { code: 'parameter_invalid', field: 'name' });
  });

  test('an answer that is lost is asked for again under the same id: the change is made once', async (t) => {
    const { client, seen, pauses } = await through(t, ['lose', 'drop']);
    const tenant = await client.tenants.create({ name: 'lost' });
    assert.equal(tenant.name, 'lost');
    const ids = new Set(seen.map(({ headers }) => headers['idempotency-key']));
    assert.deepEqual([seen.length, ids.size], [3, 1]);
    assert.match([...ids][0] ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(await tenantsCalled('lost'), 1);
    assert.ok((pauses[0] ?? 0) < (pauses[1] ?? 0), 'each pause is longer');
    // The next change is another one.
    await client.tenants.create({ name: 'lost' });
    assert.equal(await tenantsCalled('lost'), 2);
  });

  test('without retries the caller learns that nothing is known, and may repeat it under the id', async (t) => {
    const { client, seen } = await through(t, ['lose', 'lose'], { retries: 0 });
    const lost = await client.tenants.create({ name: 'once' }).catch((error: unknown) => error);
    assert.ok(lost instanceof NoAnswerError && lost.idempotencyKey !== null && lost.maybeDone);
    assert.equal(seen.length, 1);
    const { idempotencyKey } = lost;
    await assert.rejects(client.tenants.create({ name: 'once' }, { idempotencyKey }), NoAnswerError);
    assert.equal((await client.tenants.create({ name: 'once' }, { idempotencyKey })).name, 'once');
    assert.equal(await tenantsCalled('once'), 1);
    // Reading changes nothing, so it has no id.
    const read = await (await through(t, ['drop'], { retries: 0 })).client.tenants.list().catch((e: unknown) => e);
    assert.ok(read instanceof NoAnswerError && read.idempotencyKey === null && !read.maybeDone);
    // Where nothing listens nothing was done, unless an earlier try got through.
    const gone: (() => Promise<void>)[] = [];
    const { url } = await startMiddleman({ after: (end) => void gone.push(end) }, gateway.url);
    for (const end of gone) await end();
    const nobody = createClient({ url, key: 'ak_x', retries: 0 });
    await assert.rejects(nobody.tenants.create({ name: 'x' }), { name: 'NoAnswerError', maybeDone: false });
  });

  test('what may succeed later is sent again when the gateway says, what may not is not', async (t) => {
    const busy = { status: 503, ...problem('unavailable', { retryAfterS: 7 }) };
    const waits = await through(t, [busy, busy]);
    await waits.client.balances.list();
    assert.deepEqual([waits.seen.length, waits.pauses], [3, [7000, 7000]]);
    // Not more often than it was told to, and not later than it would be worth.
    const stubborn = await through(t, [busy, busy, busy, busy]);
    await assert.rejects(stubborn.client.balances.list(), { code: 'unavailable', retryAfterS: 7 });
    assert.equal(stubborn.seen.length, 3);
    const late = await through(t, [{ status: 503, ...problem('unavailable', { retryAfterS: 3600 }) }]);
    await assert.rejects(late.client.balances.list(), { retryAfterS: 3600 });
    const never = await through(t, [{ status: 402, ...problem('credits_insufficient', { retryable: false }) }]);
    await assert.rejects(never.client.balances.list(), { code: 'credits_insufficient' });
    assert.deepEqual([late.seen.length, never.seen.length], [1, 1]);
  });

  test('something that is no gateway is said to be none; a proxy that lost it is asked again', async (t) => {
    const page = { headers: { 'content-type': 'text/html' }, body: '<html>' };
    const other = await through(t, [{ status: 200, ...page }]);
    await assert.rejects(other.client.balances.list(), { name: 'NoAnswerError', status: 200 });
    assert.equal(other.seen.length, 1);
    const proxy = await through(t, [{ status: 502, ...page }]);
    await proxy.client.balances.list();
    assert.equal(proxy.seen.length, 2);
    const moved = await through(t, [{ status: 302, headers: { location: 'http://example.com/' }, body: '' }], {
      retries: 0,
    });
    await assert.rejects(moved.client.balances.list(), NoAnswerError);
  });

  test('a signal ends a call, and a time limit a try', async (t) => {
    const { url, seen } = await startMiddleman(t, gateway.url, ['hang', 'hang']);
    const client = createClient({ url, key: gateway.key });
    const gone = new AbortController();
    const reason = new Error('not wanted any more');
    const call = client.balances.list({ signal: gone.signal });
    while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    gone.abort(reason);
    await assert.rejects(call, (error) => error === reason);
    await assert.rejects(client.balances.list({ signal: gone.signal }), (error) => error === reason);
    assert.equal(seen.length, 1, 'a call whose signal has aborted is not sent');
    await assert.rejects(client.balances.list({ timeoutMs: 20, retries: 0 }), /no answer within 0\.02 s/);
  });

  test('what cannot work is refused at once', async () => {
    for (const url of ['', 'localhost:8080', 'ftp://host', 'http://']) {
      assert.throws(() => createClient({ url, key: 'ak_x' }), /url must be/, url);
    }
    for (const idempotencyKey of ['', 'a b', 'é', 'x'.repeat(129)]) {
      await assert.rejects(reelpool.tenants.create({ name: 'x' }, { idempotencyKey }), TypeError);
    }
    for (const name of ['', '.', '..']) await assert.rejects(reelpool.accounts.get(name), TypeError);
    await assert.rejects(reelpool.accounts.get('../keys'), { code: 'account_not_found' });
    for (const key of ['', 'a b', 'ä', 'x\n'])
      assert.throws(() => createClient({ url: 'http://h', key }), /key must be/);
  });

  test('a gateway behind a path of another server is found', async (t) => {
    const { url, seen } = await startMiddleman(t, gateway.url, [{ status: 200, body: '{"balances":[]}' }]);
    await createClient({ url: `${url}/video/`, key: gateway.key }).balances.list();
    assert.equal(seen[0]?.url, '/video/pool/v1/balances');
  });
});
