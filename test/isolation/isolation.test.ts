/**
 * Promise P9 over HTTP: what belongs to another tenant is answered exactly like what never existed. Every route of every
 * door is asked with a client key of one tenant for the ids of another, in every spelling, and for ids that nobody has.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { grantSchema } from '../../src/wire/native/schemas/grants.ts';
import { jobSchema } from '../../src/wire/native/schemas/jobs.ts';
import { newKeySchema } from '../../src/wire/native/schemas/keys.ts';
import { tenantSchema } from '../../src/wire/native/schemas/tenants.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { nativeClient } from '../support/native.ts';
import { accepted, pixverseClient, SMALL_TEXT } from '../support/pixverse-client.ts';
import { pngPicture } from '../support/png.ts';
import { BODIES, QUERIES, type Route, routesOfDoors, SIGNED } from './routes.ts';

/** How an id may be written in a path or a query. */
const IN_PATH: readonly ((id: string) => string)[] = [
  (id) => id,
  (id) => `0${id}`,
  (id) => `000${id}`,
  (id) => `%20${id}`,
  (id) => `+${id}`,
  (id) => `${id}.0`,
  (id) => [...id].map((digit) => `%3${digit}`).join(''),
];
/** How it may be written in a body. */
const IN_BODY: readonly ((id: number) => unknown)[] = [
  (id) => id,
  (id) => String(id),
  (id) => `0${id}`,
  (id) => ` ${id}`,
  (id) => `+${id}`,
  (id) => [id],
];

/** A request with an id in it. */
interface Asked {
  readonly path: string;
  readonly spelled: unknown;
  readonly body?: object;
}

describe('another tenant’s things do not exist', () => {
  let gateway: TestGateway;
  let secret = '';
  /** Ids of the other tenant, each beside one that nobody has. */
  const pairs: { what: string; theirs: number; nobodys: number }[] = [];
  let routes: readonly Route[] = [];
  const ends: (() => Promise<void>)[] = [];

  before(async () => {
    gateway = await startGateway({ after: (end) => void ends.push(end) });
    routes = (await routesOfDoors()).filter(({ method, url }) => !(`${method} ${url}` in SIGNED));
    const api = nativeClient(gateway);
    const addTenant = async (name: string) => {
      const tenant = await api.get(tenantSchema, 'POST', '/tenants', { body: { name } }, 201);
      const body = { tenantId: tenant.id, amount: 500 };
      const grant = await api.get(grantSchema, 'POST', '/grants', { body }, 201);
      const made = await api.get(newKeySchema, 'POST', '/keys', { body: { name, tenantId: tenant.id } }, 201);
      return { tenant: tenant.id, grant: grant.id, key: made.key.id, secret: made.secret };
    };
    const own = await addTenant('own');
    const theirs = await addTenant('theirs');
    secret = own.secret;
    const client = pixverseClient({ url: gateway.url, key: theirs.secret });
    const job = Number(accepted(await client.post('/video/text/generate', { body: SMALL_TEXT }))['video_id']);
    while ((await api.get(jobSchema, 'GET', `/jobs/${job}`)).state !== 'succeeded');
    const form = new FormData();
    form.set('image', new File([pngPicture(8, 8)], 'a.png', { type: 'image/png' }));
    const image = Number(accepted(await client.post('/image/upload', { body: form }))['img_id']);
    const hook = await api.send('POST', '/webhooks', {
      key: theirs.secret,
      body: { url: 'https://example.com/hook' },
    });
    const webhook = (hook.body as { webhook?: { id?: number } }).webhook?.id;
    const result = (await api.get(jobSchema, 'GET', `/jobs/${job}`)).result?.id ?? 0;
    // As many digits as a real one.
    const large = 999_999_999_999_000;
    pairs.push({ what: 'job', theirs: job, nobodys: large }, { what: 'image', theirs: image, nobodys: large + 1 });
    pairs.push({ what: 'result', theirs: result, nobodys: large + 2 });
    const small = { tenant: theirs.tenant, grant: theirs.grant, key: theirs.key, webhook, pool: 1, account: 1 };
    for (const [what, id] of Object.entries(small)) {
      if (id !== undefined) pairs.push({ what, theirs: id, nobodys: 987_654 + id });
    }
  });
  after(async () => {
    for (const end of ends) await end();
  });

  /** Asks as a client of one tenant. */
  const ask = async (method: string, path: string, body?: object) => {
    const headers: Record<string, string> = {
      authorization: `Bearer ${secret}`,
      'api-key': secret,
      'x-api-key': secret,
      'ai-trace-id': randomUUID(),
    };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${gateway.url}${path}`, { method, headers, ...sent });
    return `${answer.status} ${await answer.text()}`;
  };

  const same = async (method: string, url: string, write: (id: number) => Asked) => {
    for (const { what, theirs, nobodys } of pairs) {
      const [a, b] = [write(theirs), write(nobodys)];
      // The ids themselves, as they were written, are not part of what is compared.
      const masked = mask([theirs, a.spelled, nobodys, b.spelled]);
      const seen = masked(await ask(method, a.path, a.body));
      const none = masked(await ask(method, b.path, b.body));
      const asked = `${method} ${a.path} (${url}) with a ${what}, ${JSON.stringify(a.body ?? null)}`;
      assert.equal(seen, none, asked);
      assert.doesNotMatch(seen, /^5/, asked);
      const allowed = /^2/.test(seen) && !/"ErrCode":[1-9]|"(entries|deliveries|changes)":\[\]/.test(seen);
      assert.ok(!allowed, `${asked} was answered: ${seen.slice(0, 300)}`);
    }
  };

  test('ids in paths', async () => {
    for (const { method, url } of routes.filter((route) => route.url.includes(':'))) {
      for (const spell of IN_PATH) {
        await same(method, url, (id) => {
          const spelled = spell(String(id));
          const body = method === 'POST' || method === 'PATCH' ? { by: 1 } : undefined;
          return { path: url.replaceAll(/:[a-z]+/g, spelled), spelled, ...(body ? { body } : {}) };
        });
      }
    }
  });

  test('ids in bodies', async () => {
    for (const [route, bodies] of Object.entries(BODIES)) {
      if (typeof bodies === 'string') continue;
      const [method = '', url = ''] = route.split(' ');
      for (const build of bodies) {
        for (const spell of IN_BODY) {
          await same(method, url, (id) => {
            const spelled = spell(id);
            return { path: url.replaceAll(/:[a-z]+/g, '987654'), spelled, body: build(spelled) };
          });
        }
      }
    }
  });

  test('ids in queries', async () => {
    for (const [route, names] of Object.entries(QUERIES)) {
      const [method = '', url = ''] = route.split(' ');
      for (const name of names) {
        for (const spell of IN_PATH) {
          await same(method, url, (id) => {
            const spelled = spell(String(id));
            return { path: `${url}?${name}=${spelled}`, spelled };
          });
        }
      }
    }
  });

  test('lists hold nothing of another tenant', async () => {
    for (const route of Object.keys(QUERIES).filter((one) => !one.endsWith('/events'))) {
      const url = route.split(' ')[1] ?? '';
      const text = await ask('GET', url);
      for (const { what, theirs } of pairs) {
        if (theirs > 1e6) assert.ok(!text.includes(String(theirs)), `${route} shows a ${what}`);
      }
      assert.doesNotMatch(text, /theirs/, route);
    }
  });
});

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Takes ids out of an answer, in every form they may be repeated in. */
function mask(ids: readonly unknown[]): (text: string) => string {
  const forms = ids.flatMap((id) => [encodeURIComponent(String(id)), String(id), decode(String(id))]);
  const patterns = [...new Set(forms)]
    .sort((a, b) => b.length - a.length)
    .map((form) => new RegExp(`(?<!\\d)${RegExp.escape(form)}(?!\\d)`, 'g'));
  return (text) => patterns.reduce((masked, pattern) => masked.replaceAll(pattern, '#'), text);
}
