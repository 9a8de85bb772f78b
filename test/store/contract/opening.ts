import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCHEMA_VERSION } from '../../../src/store/migrations/migrate.ts';
import type { Backend } from './backend.ts';

/** Opening, migrating and closing. */
export function openingSection(backend: Backend): void {
  test('opens an empty database, and again what was written', async (t) => {
    const database = await backend.fresh(t);
    if (!database.kept) return t.skip('nothing outlives this database');
    const first = await database.open();
    await first.write('set', (q) => q.meta.setOnce('greeting', 'hello'));
    await first.close();
    const second = await database.open();
    assert.equal(await second.read((q) => q.meta.get('greeting')), 'hello');
  });

  test('stores that open one empty database at the same time agree on its schema', async (t) => {
    const database = await backend.fresh(t);
    if (!database.shared) return t.skip('one process at a time has this database');
    const stores = await Promise.all(Array.from({ length: 4 }, () => database.open()));
    const values = await Promise.all(
      stores.map((store, i) => store.write('set', (q) => q.meta.setOnce('winner', String(i)))),
    );
    assert.equal(new Set(values).size, 1);
  });

  test('refuses a schema newer than the program, and says what to do', async (t) => {
    const database = await backend.fresh(t);
    if (!database.damage || !database.kept) return t.skip('nothing outlives this database');
    await (await database.open()).close();
    await database.damage(`insert into schema_versions (version, name) values (${SCHEMA_VERSION + 1}, 'later')`);
    await assert.rejects(database.open(), (error: Error) => {
      assert.equal(error.name, 'SchemaNewer');
      assert.match(error.message, new RegExp(`version ${SCHEMA_VERSION + 1}.*up to ${SCHEMA_VERSION}.*newer program`));
      return true;
    });
    // The refusal leaves nothing behind that would be in the way of the right program.
    await database.damage(`delete from schema_versions where version = ${SCHEMA_VERSION + 1}`);
    await database.open();
  });

  test('a closed store refuses units, and close ends after the open ones', async (t) => {
    const database = await backend.fresh(t);
    const store = await database.open();
    const last = store.write('set', (q) => q.meta.setOnce('last', 'kept'));
    await store.close();
    assert.equal(await last, 'kept');
    await assert.rejects(
      store.write('set', (q) => q.meta.setOnce('a', 'b')),
      { code: 'unavailable' },
    );
    await assert.rejects(
      store.read((q) => q.meta.get('a')),
      { code: 'unavailable' },
    );
    await store.close();
    if (!database.kept) return;
    const again = await database.open();
    assert.equal(await again.read((q) => q.meta.get('last')), 'kept');
  });
}
