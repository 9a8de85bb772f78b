/** The root of a real gateway: how it stands, and what nobody claims (doors/service.ts). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DIALECT_DOORS } from '../../src/doors/registry.ts';
import { startGateway } from '../support/gateway.ts';

test('alive, ready, a word for people, and JSON for everything nobody claims', async (t) => {
  const gateway = await startGateway(t);
  const ask = async (path: string, method = 'GET') => {
    const answer = await fetch(gateway.url + path, { method, redirect: 'error' });
    return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text() };
  };
  for (const path of ['/healthz', '/healthz/']) {
    const alive = await ask(path);
    assert.deepEqual([alive.status, alive.text], [200, '{"status":"alive"}']);
  }
  const ready = await ask('/readyz');
  assert.deepEqual([ready.status, ready.text], [200, '{"status":"ready"}']);

  const welcome = await ask('/');
  assert.equal(welcome.status, 200);
  assert.match(welcome.type, /^text\/plain/);
  for (const path of [...DIALECT_DOORS.map((door) => door.prefix), '/healthz', '/readyz', '/docs']) {
    assert.ok(welcome.text.includes(path), path);
    if (path.startsWith('/docs')) assert.equal((await ask(path)).status, 200);
  }

  for (const path of ['/nothing', '/v3/pixverse/features', '/openapi', '/favicon.ico']) {
    const unknown = await ask(path);
    assert.equal(unknown.status, 404, path);
    assert.match(unknown.type, /^application\/json/);
    assert.equal(JSON.parse(unknown.text).error.code, 'route_unknown');
  }
  assert.equal((await ask('/healthz', 'POST')).status, 405);

  await gateway.stop();
  await assert.rejects(fetch(`${gateway.url}/healthz`));
});
