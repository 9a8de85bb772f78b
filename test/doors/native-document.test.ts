/** The OpenAPI document of `/pool/v1` against a running gateway: it names every route, and answers are what it says. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { ERRORS, type ErrorCode } from '../../src/std/errors.ts';
import type { NewKeyWire } from '../../src/wire/native/schemas/keys.ts';
import { pins } from '../rules/surface.pins.ts';
import { type Document, judgeOf, type Operation } from '../support/document.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { nativeClient } from '../support/native.ts';
import { servePicture } from '../support/picture-server.ts';
import { accepted, ended, pixverseClient, SMALL_TEXT } from '../support/pixverse-client.ts';
import { receiver } from '../support/receiver.ts';

/** Routes that are no operations: the document itself. */
const ABOUT = ['GET /pool/v1/docs', 'GET /pool/v1/openapi.json'];
const NOBODY = 4_000_000_000_000;

describe('the document of the native API', () => {
  let gateway: TestGateway;
  let document: Document;
  let judge: ReturnType<typeof judgeOf>;
  let api: ReturnType<typeof nativeClient>;
  let clientKey = '';
  const ends: (() => Promise<void>)[] = [];

  before(async () => {
    gateway = await startGateway({ after: (end) => void ends.push(end) });
    document = (await (await fetch(`${gateway.url}/pool/v1/openapi.json`)).json()) as Document;
    judge = judgeOf(document);
    api = nativeClient(gateway);
    clientKey = ((await api.send('POST', '/keys', { body: { name: 'c' } })).body as NewKeyWire).secret;
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  const find = (id: string): Operation => {
    const found = judge.operations.find((operation) => operation.id === id);
    assert.ok(found, id);
    return found;
  };
  const pathOf = ({ path }: Operation, id: number | string) => path.replace(/\{\w+\}/, String(id));

  test('it is OpenAPI 3.1 to an independent validator', async () => {
    assert.match(document.openapi, /^3\.1/);
    const { valid, errors } = await new Validator().validate({ ...document });
    assert.ok(valid, JSON.stringify(errors));
  });

  test('it names the routes of the door, and no other', () => {
    const named = judge.operations.map(
      ({ method, path }) => `${method.toUpperCase()} /pool/v1${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    );
    assert.deepEqual([...named, ...ABOUT].sort(), [...pins.routes.native].sort());
    assert.equal(new Set(judge.operations.map(({ id }) => id)).size, judge.operations.length);
  });

  test('whatever may change something takes Idempotency-Key', () => {
    const without = judge.operations.filter(({ method, once }) => method !== 'get' && !once).map(({ id }) => id);
    // A proof reads everything and changes nothing.
    assert.deepEqual(without, ['ledger.verify']);
  });

  test('every answer is what it says, and a repetition gets the first one', async (t) => {
    const there = await receiver(t);
    const { video_id: job } = accepted(
      await pixverseClient(gateway).post('/video/text/generate', { body: SMALL_TEXT }),
    );
    const done = new Set<string>();
    /** Carries one operation out, twice under one id where it takes one, and returns the answer. */
    const run = async (id: string, what: { at?: number | string; query?: string; body?: object } = {}) => {
      const operation = find(id);
      const route = `${pathOf(operation, what.at ?? '')}${what.query ?? ''}`;
      const init = { body: what.body, headers: operation.once ? { 'idempotency-key': crypto.randomUUID() } : {} };
      const answer = await api.send(operation.method.toUpperCase(), route, init);
      judge.answered(operation, answer);
      if (operation.once) {
        const again = await api.send(operation.method.toUpperCase(), route, init);
        judge.answered(operation, again);
        assert.deepEqual(again.body, answer.body, `${id} again`);
      }
      done.add(id);
      return answer.body as { id: number } & Record<string, { id: number }>;
    };
    await run('jobs.list', { query: '?limit=5' });
    for (const id of ['jobs.get', 'jobs.timeline', 'jobs.statement', 'jobs.why']) await run(id, { at: Number(job) });
    const tiny = { operation: 'text-to-video', prompt: 'a tram', quality: '360p', durationS: 1 };
    const slow = { ...tiny, prompt: 'a tram [reelpool:slow=600]' };
    await run('jobs.create', { query: '?dry_run=false', body: tiny });
    const { id: waits } = await run('jobs.create', { body: slow });
    while (((await api.send('GET', `/jobs/${waits}`)).body as { state: string }).state !== 'running');
    await run('jobs.cancel', { at: waits });
    await run('plans.create', { body: { jobs: [tiny, tiny], run: true, priceMax: 10 } });
    for (const [id, route, body] of [
      ['jobs.create', '/jobs?dry_run=true', tiny],
      ['plans.create', '/plans', { jobs: [tiny, { operation: 'nonsense' }] }],
    ] as const) {
      const answer = await api.send('POST', route, { body });
      assert.equal(answer.status, 200);
      judge.answered(find(id), answer);
    }
    await run('balances.list');
    await run('ledger.entries', { query: '?limit=200' });
    await run('ledger.verify');

    const tenant = await run('tenants.create', { body: { name: 'Studio', monthlyCredits: 0.5 } });
    await run('tenants.list');
    await run('tenants.get', { at: tenant.id });
    await run('tenants.change', { at: tenant.id, body: { weight: 2 } });
    await run('tenants.balance', { at: tenant.id });
    const grant = await run('grants.give', {
      body: { tenantId: tenant.id, amount: 3, expiresAt: '2099-01-01T00:00:00Z' },
    });
    await run('grants.adjust', { at: grant.id, body: { by: -1 } });
    await run('grants.list', { query: `?tenant=${tenant.id}` });

    const order = {
      kind: 'local',
      name: 'one',
      maxJobs: 2,
      group: { name: 'g', maxJobs: 2 },
      hours: ['mon 08:00-09:00'],
    };
    await run('accounts.create', { body: order });
    for (const verb of ['pause', 'drain', 'resume', 'get']) await run(`accounts.${verb}`, { at: 'one' });
    await run('accounts.change', { at: 'one', body: { tags: ['t'], credits: { daily: 5 } } });
    await run('accounts.list');
    // One that can be asked: this gateway itself. Its balance is not what the books expect.
    const mirror = { kind: 'pixverse', name: 'mirror', maxJobs: 1, secret: { apiKey: gateway.key, host: gateway.url } };
    await api.send('POST', '/accounts', { body: mirror });
    await run('accounts.pause', { at: 'mirror' });
    await api.send('POST', '/grants', { body: { tenantId: 1, amount: 7 } });
    await run('accounts.refresh', { at: 'mirror' });
    const drift = await run('accounts.drift', { query: '?account=mirror' });
    assert.ok((drift as unknown as { drifts: unknown[] }).drifts.length > 0);

    const pool = await run('pools.create', { body: { name: 'p', members: { tags: ['t'] } } });
    await run('pools.list');
    await run('pools.get', { at: pool.id });
    await run('pools.change', { at: pool.id, body: { strategy: 'drain' } });
    await run('pools.remove', { at: pool.id });
    await run('accounts.remove', { at: 'one' });

    const made = await run('keys.create', { body: { name: 'k', models: ['v6'], budgetDay: 1 } });
    const key = Number(made['key']?.id);
    await run('keys.list', { query: `?tenant=1` });
    await run('keys.get', { at: key });
    await run('keys.change', { at: key, body: { priority: 3 } });
    await run('keys.revoke', { at: key });

    const hook = await run('webhooks.create', { body: { url: there.url, events: ['succeeded', 'failed'] } });
    const webhook = Number(hook['webhook']?.id);
    await run('webhooks.list');
    await run('webhooks.get', { at: webhook });
    await run('webhooks.change', { at: webhook, body: { newSecret: true } });
    await run('webhooks.test', { at: webhook });
    assert.equal(there.got.length, 1, 'a repeated test is not sent again');
    accepted(await pixverseClient(gateway).post('/video/text/generate', { body: SMALL_TEXT }));
    await there.count(2);
    const { deliveries } = (await run('deliveries.list', { query: `?webhook=${webhook}` })) as unknown as {
      deliveries: { id: number }[];
    };
    await run('deliveries.replay', { at: Number(deliveries[0]?.id) });
    await run('webhooks.replay', { at: webhook });
    await run('webhooks.remove', { at: webhook });
    const { templates } = (await run('templates.list')) as unknown as { templates: { id: number; open: boolean }[] };
    await run('templates.activate', { at: templates.find(({ open }) => !open)?.id ?? 0, query: '?tenant=1' });

    const { url } = await servePicture(t);
    const upload = await run('uploads.create', { body: { url } });
    await run('assets.list', { query: '?kind=upload' });
    await run('assets.get', { at: upload.id });
    await run('assets.remove', { at: upload.id });
    await ended(pixverseClient(gateway), job);
    await run('jobs.removeResults', { at: Number(job) });
    const rotation = (await run('secrets.rotate', { body: {} })) as unknown as { wanted: string };
    await run('secrets.rotate', { body: { to: rotation.wanted } });
    await run('secrets.status');
    await run('audit.list', { query: '?limit=200' });

    const untried = judge.operations.filter(({ id, stream }) => !stream && !done.has(id)).map(({ id }) => id);
    assert.deepEqual(untried, [], 'a new route belongs in this test');
  });

  test('events are what it says', async () => {
    const [stream] = judge.operations.filter((operation) => operation.stream);
    assert.ok(stream);
    const end = new AbortController();
    const answer = await fetch(`${gateway.url}/pool/v1${stream.path}?after=0`, {
      headers: { authorization: `Bearer ${gateway.key}` },
      signal: end.signal,
    });
    assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream\b/);
    let text = '';
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    while (!/^data: .*\n\n/m.test(text)) text += (await reader?.read())?.value ?? assert.fail('the stream ended');
    end.abort();
    const [, data = ''] = /^data: (.*)$/m.exec(text) ?? [];
    judge.is('Event', JSON.parse(data));
  });

  test('every refusal is a problem that says whose fault it is, whether to come back, and what became of the credits', async () => {
    const codes = new Set<string>();
    for (const operation of judge.operations) {
      const method = operation.method.toUpperCase();
      const route = pathOf(operation, NOBODY);
      for (const [wrong, init] of [
        [route, { key: null }],
        [route, { key: 'ak_wrong' }],
        [`${route}?nonsense=1`, {}],
        [`${route}/nonsense`, {}],
        [pathOf(operation, '%00'), operation.path.includes('{') ? {} : { key: null }],
        ...(method === 'GET'
          ? []
          : ([
              [route, { body: '{' }],
              [route, { body: { nonsense: 1 } }],
            ] as const)),
        ...(operation.once ? ([[route, { headers: { 'idempotency-key': 'x'.repeat(200) } }]] as const) : []),
      ] as const) {
        const answer = await api.send(method, wrong, init);
        // What reads no body takes a nonsensical one.
        if (answer.status < 300) continue;
        judge.refused(`${operation.id} ${wrong}`, answer);
        const { code, owner, retryable, credits } = answer.body as Record<string, string>;
        const known = ERRORS[code as ErrorCode];
        assert.deepEqual([owner, retryable, credits], [known.owner, known.retryable, 'untouched']);
        codes.add(String(code));
      }
    }
    for (const code of [
      'key_missing',
      'key_wrong',
      'parameter_invalid',
      'route_unknown',
      'body_unreadable',
      'not_found',
    ])
      assert.ok(codes.has(code), code);
  });

  test('too many requests: the problem says when to come back, like its header', async () => {
    const order = { name: 'slow', requestsPerSecond: 1 };
    const { secret } = (await api.send('POST', '/keys', { body: order })).body as NewKeyWire;
    const answers = await Promise.all([1, 2, 3].map(() => api.send('GET', '/balances', { key: secret })));
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length > 0);
    for (const answer of refused) {
      judge.refused('balances.list', answer);
      assert.ok((answer.body as { retryAfterS: number }).retryAfterS >= 1);
    }
  });

  test('the role it names is the role that is needed', async () => {
    for (const operation of judge.operations.filter(({ stream }) => !stream)) {
      const route = pathOf(operation, NOBODY);
      const { body } = await api.send(operation.method.toUpperCase(), route, { key: clientKey });
      const { code } = body as { code?: string };
      assert.equal(code === 'permission_denied', operation.role === 'admin', operation.id);
    }
  });

  test('the page has every route and takes nothing from elsewhere', async () => {
    const answer = await fetch(`${gateway.url}/pool/v1/docs`);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
    const html = await answer.text();
    for (const path of Object.keys(document.paths)) assert.ok(html.includes(path), path);
    // A body of several kinds: each with its fields.
    assert.match(html, /Body: <a href="#JobOrder">/);
    assert.match(html, /<h3><code>operation: lip-sync<\/code><\/h3>/);
    assert.doesNotMatch(html, /https?:\/\/|<script|src=/);
  });
});
