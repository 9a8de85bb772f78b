/** Forms and uploads over real HTTP (doors/forms.ts). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { type TestContext, test } from 'node:test';
import { type FormFile, readFields, readUpload, withForms } from '../../src/doors/forms.ts';
import { armDoor } from '../../src/doors/http.ts';
import { plainRefusal } from '../../src/doors/plain.ts';
import { createServer } from '../../src/net/server.ts';
import { systemClock } from '../../src/std/clock.ts';
import { messageOf, Refusal } from '../../src/std/errors.ts';

const FILE_BYTES_MAX = 1_000_000;

interface Running {
  readonly url: string;
  /** What `use` ended with, in order. */
  readonly uses: string[];
  /** Resolves when `use` has ended once more. */
  nextUse(): Promise<string>;
  readonly logged: unknown[];
}

/** A door with one upload that counts the file's bytes, one that refuses it at once, and one that takes fields only. */
async function running(t: TestContext): Promise<Running> {
  const uses: string[] = [];
  const waiting: ((how: string) => void)[] = [];
  const logged: unknown[] = [];
  const keep = (fields: unknown) => void logged.push(fields);
  const log = { debug() {}, info() {}, warn: keep, error: keep };
  const options = { host: '127.0.0.1', port: 0, trustProxy: false, publicUrl: null, bodyLimitBytes: 10_000 } as const;
  const server = createServer({ ...options, log, clock: systemClock });
  void server.app.register(async (app) => {
    armDoor(app, { refusal: plainRefusal, log });
    withForms(app, (scope) => {
      const upload = { fileField: 'image', maxFileBytes: FILE_BYTES_MAX };
      scope.post('/upload', async (request) => {
        let how = 'ok';
        try {
          return await readUpload(request, upload, async ({ fields, file, strays }) => {
            const bytes = file === null ? null : await count(file);
            return { bytes, filename: file?.filename, mime: file?.mime, fields, strays };
          });
        } catch (error) {
          how = error instanceof Refusal ? error.code : messageOf(error);
          throw error;
        } finally {
          uses.push(how);
          waiting.shift()?.(how);
        }
      });
      scope.post('/refused', (request) =>
        readUpload(request, upload, async () => {
          throw new Refusal('not_found');
        }),
      );
      scope.post('/fields', async (request) => ({ fields: await readFields(request) }));
    });
  });
  const { url } = await server.listen();
  t.after(() => server.close(0));
  return { url, uses, logged, nextUse: () => new Promise((resolve) => waiting.push(resolve)) };
}

async function count(file: FormFile): Promise<number> {
  let bytes = 0;
  for await (const chunk of file.body) {
    bytes += chunk.length;
    if (bytes > FILE_BYTES_MAX) throw new Refusal('body_too_large');
  }
  return bytes;
}

async function post(url: string, body: RequestInit['body'], headers: Record<string, string> = {}) {
  const response = await fetch(url, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function form(...parts: [name: string, value: string | Blob, filename?: string][]): FormData {
  const data = new FormData();
  for (const [name, value, filename] of parts) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, value, filename);
  }
  return data;
}

const picture = (size: number) => new Blob([Buffer.alloc(size, 7)], { type: 'image/png' });

test('a file is read wherever it stands among the text parts', async (t) => {
  const { url } = await running(t);
  const file: [string, Blob, string] = ['image', picture(300_000), 'a.png'];
  const expected = { bytes: 300_000, filename: 'a.png', mime: 'image/png', strays: [] };
  const before = await post(`${url}/upload`, form(['media_type', 'image'], file));
  assert.deepEqual(before.body, { ...expected, fields: { media_type: 'image' } });
  const after = await post(`${url}/upload`, form(file, ['media_type', 'image'], ['tag', 'a'], ['tag', 'b']));
  assert.deepEqual(after.body, { ...expected, fields: { media_type: 'image', tag: ['a', 'b'] } });
});

test('an address instead of a file comes out alike from multipart, urlencoded and JSON', async (t) => {
  const { url } = await running(t);
  const image_url = 'https://example.com/a.png?b=c&d=é';
  const bodies: [RequestInit['body'], Record<string, string>][] = [
    [form(['image_url', image_url]), {}],
    [new URLSearchParams({ image_url }), {}],
    [JSON.stringify({ image_url }), { 'content-type': 'application/json' }],
  ];
  for (const [body, headers] of bodies) {
    const { body: answer } = await post(`${url}/upload`, body, headers);
    assert.deepEqual(answer, { bytes: null, fields: { image_url }, strays: [] });
  }
  assert.deepEqual((await post(`${url}/upload`, undefined)).body, { bytes: null, fields: {}, strays: [] });
});

test('a file under another name is skipped and named; a second file under the name is too', async (t) => {
  const { url } = await running(t);
  const { body } = await post(`${url}/upload`, form(['file', picture(200_000), 'b.png'], ['x', 'y']));
  assert.deepEqual(body, { bytes: null, fields: { x: 'y' }, strays: ['file'] });
  const two = await post(
    `${url}/upload`,
    form(['image', picture(10), 'a.png'], ['image', picture(5_000_000), 'b.png']),
  );
  assert.deepEqual([two.body['bytes'], two.body['filename']], [10, 'a.png']);
});

test('a file over the limit is refused, in full size the limit passes', async (t) => {
  const { url } = await running(t);
  assert.equal(
    (await post(`${url}/upload`, form(['image', picture(FILE_BYTES_MAX), 'a.png']))).body['bytes'],
    1_000_000,
  );
  const { status } = await post(`${url}/upload`, form(['image', picture(3_000_000), 'a.png']));
  assert.equal(status, 413);
});

test('a refused upload is answered and its connection serves the next request', async (t) => {
  const { url } = await running(t);
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const send = async (path: string, body: Buffer, type: string) => {
    const headers = { 'content-type': type, 'content-length': body.length };
    const request = httpRequest({ hostname, port, path, method: 'POST', agent, headers });
    request.end(body);
    const [response] = await once(request, 'response');
    response.resume();
    await once(response, 'end');
    return [response.statusCode, request.socket] as const;
  };
  const multipart = new Response(form(['image', picture(2_000_000), 'a.png']));
  const body = Buffer.from(await multipart.arrayBuffer());
  const [status, socket] = await send('/refused', body, multipart.headers.get('content-type') ?? '');
  assert.equal(status, 404);
  const [next, same] = await send('/fields', Buffer.from('{}'), 'application/json');
  assert.equal(next, 200);
  assert.equal(same, socket);
});

test('fields: all three encodings, no body, no files, no lists', async (t) => {
  const { url } = await running(t);
  const fields = { email: 'me@example.com', maxJobs: '3' };
  assert.deepEqual((await post(`${url}/fields`, form(['email', fields.email], ['maxJobs', '3']))).body, { fields });
  assert.deepEqual((await post(`${url}/fields`, new URLSearchParams(fields))).body, { fields });
  const json = { 'content-type': 'application/json' };
  assert.deepEqual((await post(`${url}/fields`, '{"maxJobs":3}', json)).body, { fields: { maxJobs: 3 } });
  assert.deepEqual((await post(`${url}/fields`, undefined)).body, { fields: {} });
  assert.deepEqual((await post(`${url}/fields`, '', { 'content-type': 'multipart/form-data; boundary=x' })).body, {
    fields: {},
  });
  for (const body of ['[1]', '"text"', '3']) assert.equal((await post(`${url}/fields`, body, json)).status, 400, body);
  const { status, body } = await post(`${url}/fields`, form(['email', picture(5), 'a.png']));
  assert.equal(status, 400);
  assert.match(JSON.stringify(body), /email must be text, not a file/);
});

test('long and many fields are refused, and names of the prototype are no fields', async (t) => {
  const { url } = await running(t);
  assert.equal((await post(`${url}/fields`, form(['prompt', 'x'.repeat(300_000)]))).status, 413);
  const many = form(...Array.from({ length: 150 }, (_, i): [string, string] => [`f${i}`, 'x']));
  assert.equal((await post(`${url}/fields`, many)).status, 413);
  for (const name of ['__proto__', 'toString'])
    assert.equal((await post(`${url}/fields`, form([name, 'x']))).status, 400);
});

test('a damaged form is unreadable, never a defect', async (t) => {
  const { url, logged } = await running(t);
  const type = 'multipart/form-data; boundary=b';
  const head = '--b\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\n\r\n';
  const cases: [string, string, string][] = [
    ['no boundary', 'multipart/form-data', `${head}data\r\n--b--\r\n`],
    ['cut in the file', type, `${head}data`],
    ['cut in the head', type, '--b\r\ncontent-disposition: form-data; na'],
    ['other boundary', type, '--c\r\n\r\n\r\n--c--\r\n'],
  ];
  for (const [name, contentType, body] of cases) {
    for (const path of ['/upload', '/fields']) {
      const { status } = await post(url + path, body, { 'content-type': contentType });
      assert.ok(status === 400, `${name} at ${path}: ${status}`);
    }
  }
  assert.deepEqual(logged, []);
});

test('a client that goes away in the middle ends the upload', async (t) => {
  const { url, nextUse, logged } = await running(t);
  const { hostname, port } = new URL(url);
  const headers = { 'content-type': 'multipart/form-data; boundary=b', 'content-length': 500_000 };
  const request = httpRequest({ hostname, port, path: '/upload', method: 'POST', headers });
  request.on('error', () => {});
  const ended = nextUse();
  request.write('--b\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\n\r\n');
  await new Promise<void>((resolve) => request.write(Buffer.alloc(100_000), () => resolve()));
  request.destroy();
  assert.equal(await ended, 'body_unreadable');
  assert.deepEqual(logged, []);
});

test('other content types are 415', async (t) => {
  const { url } = await running(t);
  for (const type of ['text/plain', 'application/octet-stream', 'image/png']) {
    assert.equal((await post(`${url}/upload`, 'x', { 'content-type': type })).status, 415, type);
  }
});
