/** Every route says where it takes ids, so that test/isolation/ can try those of another tenant (promise P9). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BODIES, QUERIES, routesOfDoors, SIGNED } from '../isolation/routes.ts';

const routes = await routesOfDoors();
const named = routes.map(({ method, url }) => `${method} ${url}`);

test('every route with a body is listed in BODIES of test/isolation/routes.ts, with the ids it takes', () => {
  const bodied = routes.filter(({ method }) => method !== 'GET' && method !== 'DELETE');
  const missing = bodied.map(({ method, url }) => `${method} ${url}`).filter((route) => !(route in BODIES));
  assert.deepEqual(missing, []);
});

test('every GET route without an id in its path is listed in QUERIES of test/isolation/routes.ts', () => {
  const lists = routes.filter(({ method, url }) => method === 'GET' && !url.includes(':'));
  const missing = lists.map(({ url }) => `GET ${url}`).filter((route) => !(route in QUERIES) && !(route in SIGNED));
  assert.deepEqual(missing, []);
});

test('no route is listed that does not exist', () => {
  const listed = [...Object.keys(BODIES), ...Object.keys(QUERIES), ...Object.keys(SIGNED)];
  assert.deepEqual(
    listed.filter((route) => !named.includes(route)),
    [],
  );
});
