/** Signals between processes are a convenience: what must be right is right, and work goes on, where they are lost. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { Client } from 'pg';
import type { NewKeyWire } from '../../src/wire/native/schemas/keys.ts';
import { startProxy } from '../store/proxy.ts';
import { TEST_KEY } from '../support/gateway.ts';
import { pixverseClient } from '../support/pixverse-client.ts';
import type { PostgresServer } from '../support/postgres.ts';
import { ask, type Group, IDLE, jobIn, type Member, openGroup } from './gateways.ts';

/** Name of the connections for signals, as the server knows them. */
const LISTENER = 'reelpool listener';
const LISTENERS = `select pid, query from pg_stat_activity
  where application_name = '${LISTENER}' and datname = current_database() order by pid`;

async function native<T>({ url }: Member, method: string, route: string, body?: object): Promise<T> {
  const answer = await fetch(`${url}/pool/v1${route}`, {
    method,
    headers: { 'API-KEY': TEST_KEY, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  assert.ok(answer.ok, `${method} ${route}: ${answer.status}`);
  return (await answer.json()) as T;
}

/** Signals that leave for others, as an outsider on the same channel hears them. */
async function overhear(
  t: TestContext,
  group: Group,
): Promise<{ heard: string[]; until(channel: string): Promise<void> }> {
  const client = new Client({ connectionString: group.database });
  await client.connect();
  t.after(() => client.end());
  const heard: string[] = [];
  client.on('notification', ({ payload = '' }) => heard.push(payload));
  await client.query('listen reelpool');
  return {
    heard,
    async until(channel) {
      while (!heard.some((payload) => payload.endsWith(` ${channel}`))) await once(client, 'notification');
    },
  };
}

/** Without signals a revoked key opens nothing and work goes on by the tick; they come back by themselves. */
export async function signals(t: TestContext, server: PostgresServer): Promise<void> {
  const group = await openGroup(t, server);
  const proxy = await startProxy(t, group.database);
  const mute = await group.start({ env: { REELPOOL_FAULT_POINT: 'admit.committed:1:stop' } });
  const deaf = await group.start({ through: proxy.through(group.database) });
  proxy.refuse(LISTENER);
  await group.until(LISTENERS, (rows) => rows.length === 1);

  const { key, secret } = await native<NewKeyWire>(mute, 'POST', '/keys', { name: 'a customer', role: 'client' });
  const customer = pixverseClient({ url: deaf.url, key: secret });
  assert.equal((await customer.get('/account/balance')).status, 200);
  await native(mute, 'DELETE', `/keys/${key.id}`);
  assert.equal((await customer.get('/account/balance')).status, 401);

  // One process stands still between the commit of a create and its signal; the other could not hear it anyway.
  const answer = ask(mute, 'unheard');
  await group.until(`select id from jobs where attempts > 0`, (rows) => rows.length === 1);
  mute.signal('SIGCONT');
  const ids = [jobIn(await answer)];

  proxy.refuse(null);
  const before = await group.until<{ pid: number }>(LISTENERS, (rows) => rows.length === 2);
  await group.sql(`select pg_terminate_backend(pid) from (${LISTENERS}) listeners`);
  const pids = new Set(before.map(({ pid }) => pid));
  await group.until<{ pid: number; query: string }>(
    LISTENERS,
    (rows) => rows.length === 2 && rows.every(({ pid, query }) => !pids.has(pid) && /listen|pg_notify/.test(query)),
  );
  const outside = await overhear(t, group);
  for (const member of [mute, deaf]) {
    outside.heard.length = 0;
    ids.push(jobIn(await ask(member, `heard by ${member.url}`)));
    await outside.until('queue');
  }
  await group.until(IDLE, (rows) => rows.length === 0);
  await group.inspect(deaf.url, ids);
}
