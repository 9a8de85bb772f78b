import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { pins } from '../rules/surface.pins.ts';
import { startGateway } from '../support/gateway.ts';

const gateway = await startGateway({ after });

type Document = { openapi: string; paths: Record<string, Record<string, unknown>> };
const fetched = async () => (await (await fetch(`${gateway.url}/docs/pixverse.json`)).json()) as Document;

test('the document is OpenAPI 3.1 to an independent validator', async () => {
  const document = await fetched();
  assert.match(document.openapi, /^3\.1/);
  const { valid, errors } = await new Validator().validate(document);
  assert.ok(valid, JSON.stringify(errors));
});

test('it names the routes of the door, and no other', async () => {
  const { paths } = await fetched();
  const named = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} /openapi/v2${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  assert.deepEqual(named.sort(), [...pins.routes.pixverse].sort());
});

test('every operation has an id of its own', async () => {
  const { paths } = await fetched();
  const ids = Object.values(paths).flatMap((methods) =>
    Object.values(methods).map((operation) => (operation as { operationId: string }).operationId),
  );
  assert.equal(new Set(ids).size, ids.length);
});

test('the page has every route and takes nothing from elsewhere', async () => {
  for (const path of ['/docs', '/docs/']) {
    const answer = await fetch(`${gateway.url}${path}`);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
    const html = await answer.text();
    for (const route of Object.keys((await fetched()).paths)) assert.ok(html.includes(route), route);
    assert.doesNotMatch(html, /(href|src|action)="?https?:|<script|<link|url\(/);
  }
});
