import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addTenant, type Backend, seeded } from './backend.ts';

/** Which templates tenants have activated, and how many of them a month. */
export function templateSection(backend: Backend): void {
  const row = { templateId: 7, month: '2026-11', createdAt: 5 };

  test('a template is activated once, and for its tenant alone', async (t) => {
    const { store, tenantId } = await seeded(backend, t);
    const other = await store.write('tenant', (q) => addTenant(q, 'other'));
    assert.deepEqual(await store.read((q) => q.templates.activated(tenantId)), []);
    assert.equal(await store.read((q) => q.templates.isActivated(tenantId, 7)), false);
    assert.equal(await store.write('activate', (q) => q.templates.activate({ ...row, tenantId }, 3)), true);
    const later = { ...row, tenantId, month: '2026-12', createdAt: 9 };
    assert.equal(await store.write('again', (q) => q.templates.activate(later, 3)), true);
    assert.deepEqual(await store.read((q) => q.templates.activated(tenantId)), [{ ...row, tenantId }]);
    assert.equal(await store.read((q) => q.templates.isActivated(tenantId, 7)), true);
    assert.equal(await store.read((q) => q.templates.isActivated(other, 7)), false);
    assert.deepEqual(await store.read((q) => q.templates.activated(other)), []);
  });

  test('a month has so many activations, and the next one as many again', async (t) => {
    const { store, tenantId } = await seeded(backend, t);
    const activate = (templateId: number, month = row.month) =>
      store.write('activate', (q) => q.templates.activate({ ...row, tenantId, templateId, month }, 2));
    const got = [];
    for (const templateId of [1, 2, 3, 1]) got.push(await activate(templateId));
    assert.deepEqual(got, [true, true, false, true]);
    assert.equal(await activate(3, '2026-12'), true);
    assert.deepEqual(
      (await store.read((q) => q.templates.activated(tenantId))).map(({ templateId }) => templateId),
      [1, 2, 3],
    );
  });
}
