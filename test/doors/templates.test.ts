/** Templates over HTTP: activated by the native API, seen and used at the PixVerse door. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { templateSchema, templatesSchema } from '../../src/wire/native/schemas/templates.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { nativeClient } from '../support/native.ts';
import { accepted, balanceOf, ended, pixverseClient, refusedWith } from '../support/pixverse-client.ts';
import { picture } from '../support/pixverse-uploads.ts';
import { SettableClock } from '../support/settable-clock.ts';

const clock = new SettableClock();
/** Noon of a day of next year. */
const day = (month: number, date: number) => {
  const now = new Date();
  clock.set(Date.UTC(now.getUTCFullYear() + 1, month - 1, date, 12) - now.getTime());
};
day(11, 3);
let gateway: TestGateway = await startGateway({ after }, {}, { clock });

/** A client of a tenant of its own, with credits. */
async function customer() {
  const admin = nativeClient(gateway);
  const tenant = { name: `t${randomUUID()}`, monthlyCredits: 1000 };
  const { id } = (await admin.send('POST', '/tenants', { body: tenant })).body as { id: number };
  const { secret } = (await admin.send('POST', '/keys', { body: { name: 'k', tenantId: id } })).body as {
    secret: string;
  };
  const native = nativeClient({ url: gateway.url, key: secret });
  const door = pixverseClient({ url: gateway.url, key: secret });
  const activate = (template: number, headers = {}) =>
    native.get(templateSchema, 'POST', `/templates/${template}/activate`, { headers });
  const active = async (type: number) => {
    const { effect_items: items } = accepted(await door.get(`/video/effects/templates/list?type=${type}`));
    return (items as { template_id: number; is_active: boolean }[])
      .filter(({ is_active }) => is_active)
      .map(({ template_id }) => template_id);
  };
  return { id, admin, native, door, activate, active };
}

const OPEN_VIDEOS = [302325299692608, 384631857552768, 2001, 2008];
const OPEN_PICTURES = [377378608924544, 2101];

describe('templates', () => {
  test('what is open works at once, the rest after it was activated [pixverse-ops.template.inactive]', async () => {
    const { door, activate, active } = await customer();
    assert.deepEqual([await active(1), await active(2)], [OPEN_VIDEOS, OPEN_PICTURES]);
    const image = await picture(door);
    const before = await balanceOf(door);
    const video = { template_id: 2002, img_id: image, quality: '360p' };
    const poster = { template_id: 2102, img_ids: [image, image] };
    const extended = { prompt: 'on', model: 'v6', quality: '360p', duration: 1, template_id: 2002 };
    refusedWith(await door.post('/video/img/generate', { body: video }), 500070, /^template_id.*not activated/);
    refusedWith(await door.post('/image/template/generate', { body: poster }), 500070, /template_id/);
    assert.equal(await balanceOf(door), before);

    const shown = await activate(2002);
    assert.deepEqual([shown.open, shown.active, shown.qualities.length], [false, true, 4]);
    assert.ok(shown.activatedAt);
    const picturesOnly = await activate(2102);
    assert.deepEqual([picturesOnly.makes, picturesOnly.qualities], ['image', []]);
    assert.deepEqual(
      [await active(1), await active(2)],
      [[...OPEN_VIDEOS, 2002].sort(byList), [...OPEN_PICTURES, 2102]],
    );
    const { video_id: source } = accepted(await door.post('/video/img/generate', { body: video }));
    accepted(await door.post('/image/template/generate', { body: poster }));
    assert.ok(Number(source) > 0);
    // Its source has not finished, which is seen before the template is asked about.
    refusedWith(
      await door.post('/video/extend/generate', { body: { ...extended, source_video_id: source } }),
      400017,
      /source_video_id/,
    );
  });

  test('three a month, and as many again when the next one begins in UTC [pixverse-ops.template.quota]', async () => {
    day(11, 30);
    const { native, activate, active } = await customer();
    for (const id of [2002, 2003, 2004]) await activate(id);
    const problem = await native.refused('template_quota', 'POST', '/templates/2005/activate');
    assert.equal(problem.status, 409);
    assert.match(problem.detail, /^3 templates.*\(500060\).*-12-01 \(UTC\)/);
    assert.deepEqual((await active(1)).includes(2005), false);
    const { templates, activations } = await native.get(templatesSchema, 'GET', '/templates');
    assert.deepEqual([activations.used, activations.limit, activations.month.slice(4)], [3, 3, '-11']);
    assert.equal(templates.length, 13);
    // Those that are active use nothing up, and stay.
    await activate(2002);
    await activate(2001);
    day(12, 1);
    const next = (await native.get(templatesSchema, 'GET', '/templates')).activations;
    assert.deepEqual([next.used, next.month.slice(4)], [0, '-12']);
    await activate(2005);
    assert.deepEqual((await active(1)).filter((id) => id < 3000).sort(), [2001, 2002, 2003, 2004, 2005, 2008]);
  });

  test('once for all, whatever is repeated or comes at the same time', async () => {
    const { native, activate } = await customer();
    const key = { 'idempotency-key': randomUUID() };
    const first = await activate(2002, key);
    assert.deepEqual(await activate(2002, key), first);
    assert.deepEqual(await activate(2002), first);
    const headers = { 'idempotency-key': randomUUID() };
    const asked = [2003, 2003, 2004, 2004, 2005, 2006, 2007].map((id) =>
      native.send('POST', `/templates/${id}/activate`, { headers: id === 2003 ? headers : {} }),
    );
    await Promise.all(asked);
    assert.equal((await native.get(templatesSchema, 'GET', '/templates')).activations.used, 3);
  });

  test('each tenant has its own, an admin may give, and it is written down', async () => {
    const [one, two] = [await customer(), await customer()];
    const { admin } = one;
    await one.activate(2002);
    assert.deepEqual(await two.active(1), OPEN_VIDEOS);
    await admin.get(templateSchema, 'POST', `/templates/2003/activate?tenant=${two.id}`);
    assert.ok((await two.active(1)).includes(2003));
    assert.ok(!(await one.active(1)).includes(2003));
    const theirs = await admin.get(templatesSchema, 'GET', `/templates?tenant=${two.id}`);
    assert.equal(theirs.activations.used, 1);
    // The same id for another tenant is another request.
    const headers = { 'idempotency-key': randomUUID() };
    await admin.get(templateSchema, 'POST', `/templates/2004/activate?tenant=${one.id}`, { headers });
    await admin.refused('idempotency_mismatch', 'POST', `/templates/2004/activate?tenant=${two.id}`, { headers });

    await one.native.refused('permission_denied', 'POST', `/templates/2004/activate?tenant=${two.id}`);
    await one.native.refused('permission_denied', 'GET', `/templates?tenant=${two.id}`);
    await admin.refused('not_found', 'POST', '/templates/2004/activate?tenant=987654');
    await one.native.refused('not_found', 'POST', '/templates/99/activate');
    await one.native.refused('not_found', 'POST', '/templates/x/activate');
    await one.native.refused('parameter_invalid', 'POST', '/templates/2004/activate?tenant=x');

    const { body } = await admin.send('GET', '/audit?action=template.activate&subject=template:2003');
    const [line] = (body as { changes: { before: unknown; after: unknown }[] }).changes;
    assert.deepEqual([line?.before, line?.after], [null, { tenantId: two.id, active: true }]);
  });

  test('an activation outlives the gateway', async () => {
    const { id, active, activate } = await customer();
    await activate(2007);
    assert.ok((await active(1)).includes(2007));
    gateway = await gateway.restart();
    const { templates } = await nativeClient(gateway).get(templatesSchema, 'GET', `/templates?tenant=${id}`);
    assert.equal(templates.find((template) => template.id === 2007)?.active, true);
  });
});

/** The order of the list: ids of the vendor's samples first. */
function byList(a: number, b: number): number {
  const order = [302325299692608, 384631857552768, 2001, 2002, 2003, 2004, 2005, 2006, 2007, 2008];
  return order.indexOf(a) - order.indexOf(b);
}

test('templates of the accounts at hand are listed, priced as they were said, and made', async (t) => {
  const own = {
    ...{ id: 9001, name: 'Tide', makes: 'video' as const, pictures: { min: 1, max: 1 }, durationS: 1 },
    ...{ qualities: ['360p', '540p'] as const, ratio: '16:9' as const, prompt: '', open: true, price: { '360p': 41 } },
  };
  const mine = await startGateway(t, { templates: [{ ...own, qualities: [...own.qualities] }] });
  const door = pixverseClient(mine);
  const { effect_items: items } = accepted(await door.get('/video/effects/templates/list?type=1&pageSize=50'));
  const listed = (items as { template_id: number; display_name: string }[]).find((item) => item.template_id === 9001);
  assert.equal(listed?.display_name, 'Tide');
  const body = {
    template_id: 9001,
    img_id: await picture(door),
    model: 'v6',
    duration: 5,
    prompt: '',
    quality: '360p',
  };
  const before = await balanceOf(door);
  const { video_id: id } = accepted(await door.post('/video/img/generate', { body }));
  assert.equal(await balanceOf(door), before - 41);
  const made = await ended(door, id);
  assert.equal(made['status'], 1, JSON.stringify(made));
  const unpriced = await door.post('/video/img/generate', { body: { ...body, quality: '540p' } });
  assert.notEqual(unpriced.body.ErrCode, 0, 'what has no price is not made');
  const native = nativeClient(mine);
  const wish = {
    operation: 'template',
    templateId: 9001,
    quality: '360p',
    inputs: [{ role: 'image', assetId: body.img_id }],
  };
  const { body: dry } = await native.send('POST', '/jobs?dry_run=true', { body: wish });
  assert.equal((dry as { price?: number }).price, 41, JSON.stringify(dry));
});
