/** Webhooks by command, and the receiver that comes along. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { DeliveriesWire, NewWebhookWire } from '../../src/wire/native/schemas/webhooks.ts';
import { type Ending, startGateway } from '../support/gateway.ts';
import { accepted, pixverseClient, SMALL_TEXT } from '../support/pixverse-client.ts';
import { folder, inProcess, MAIN } from './run.ts';

/** `webhooks listen --json` in a process of its own. */
async function listener(t: Ending, ...args: string[]) {
  const child = spawn(process.execPath, [MAIN, 'webhooks', 'listen', '--json', '--port', '0', ...args]);
  const ended = once(child, 'exit').then(([code]) => code as number);
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const [url] = await once(createInterface({ input: child.stderr }), 'line');
  const lines: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  return { url: String(url), lines, ended, child };
}

test('[webhooks.listen] add, a job that names it, failures that are repeated, deliveries, and its end', async (t) => {
  const gateway = await startGateway(t);
  const cwd = await folder(t);
  const cli = async (...args: string[]) => {
    const { code, out, err } = await inProcess([...args, '--url', gateway.url, '--key', gateway.key], { cwd });
    return { code, out, err };
  };
  const secret = 'a-secret-of-mine';
  const there = await listener(t, '--secret', secret, '--fail', '1', '--count', '2');
  const made = JSON.parse(
    (await cli('webhooks', 'add', there.url, '--secret', secret, '--json')).out,
  ) as NewWebhookWire;
  const id = String(made.webhook.id);
  assert.equal(made.secret, secret);
  const { video_id: job } = accepted(
    await pixverseClient(gateway).post('/video/text/generate', { body: { ...SMALL_TEXT, webhook_id: id } }),
  );
  while (there.lines.length < 2) await once(there.child.stdout, 'data');
  assert.deepEqual(
    there.lines.map((line) => [line['valid'], line['format'], line['signature'], line['answered']]),
    [
      [true, 'pixverse', 'pairs', 500],
      [true, 'pixverse', 'pairs', 200],
    ],
  );
  assert.equal((there.lines[1]?.['body'] as { id: string } | undefined)?.id, String(job));

  assert.equal((await cli('webhooks', 'set', id, '--signature', 'raw-body')).code, 0);
  const tested = await cli('webhooks', 'test', id);
  assert.deepEqual([tested.code, /Taken/.test(tested.out)], [0, true], tested.err);
  assert.equal(await there.ended, 0, 'it ends when it has taken so many');
  assert.deepEqual([there.lines[2]?.['valid'], there.lines[2]?.['signature']], [true, 'raw-body']);

  await afterwards(cli, id, secret);
});

type Cli = (...args: string[]) => Promise<{ code: number | string | null; out: string; err: string }>;

/** What stands when the receiver has gone. */
async function afterwards(cli: Cli, id: string, secret: string): Promise<void> {
  const failed = await cli('webhooks', 'test', id);
  assert.deepEqual([failed.code, /refuses the connection/.test(failed.out)], [1, true], failed.out);
  const got = JSON.parse((await cli('webhooks', 'deliveries', '--webhook', id, '--json')).out) as DeliveriesWire;
  assert.deepEqual([got.deliveries.length, got.deliveries[0]?.state, got.deliveries[0]?.tries], [1, 'delivered', 2]);
  assert.match((await cli('webhooks', 'deliveries')).out, /succeeded +delivered +2/);
  assert.match((await cli('webhooks', 'replay', String(got.deliveries[0]?.id))).out, /pending/);
  assert.match((await cli('webhooks', 'replay', '--dead', '--webhook', id)).out, /0 deliveries/);
  const listed = await cli('webhooks', 'list');
  assert.match(listed.out, /pixverse \(raw-body\)/);
  assert.ok(!listed.out.includes(secret));
  assert.match((await cli('webhooks', 'remove', id)).out, /is removed/);
  assert.match((await cli('webhooks', 'list')).out, /No webhooks/);
  assert.equal((await cli('webhooks', 'show', id)).code, 3);
}

test('[webhooks.listen] [webhooks.pixverse.receive] what is forged, old or repeated is turned away', async (t) => {
  const there = await listener(t, '--secret', 'right-secret');
  const { pixverseWebhooks } = await import('../../src/wire/pixverse/webhooks.ts');
  const now = Date.now();
  const notice = { job: null, origin: '', deliveryId: 'd', occurredAt: now };
  const message = (secret: string, nowMs = now) =>
    pixverseWebhooks.write(notice, { secret, signature: 'pairs', nowMs, nonce: new Uint8Array(16) });
  const send = async ({ headers, body }: { headers: Readonly<Record<string, string>>; body: string }) => {
    const answer = await fetch(there.url, { method: 'POST', headers, body });
    return [answer.status, await answer.text()];
  };
  const good = message('right-secret');
  assert.deepEqual(await send(good), [200, 'ok']);
  assert.deepEqual(await send(good), [409, 'no']);
  assert.deepEqual(await send(message('wrong-secret')), [401, 'no']);
  assert.deepEqual(await send(message('right-secret', now - 600_000)), [401, 'no']);
  assert.deepEqual(await send({ headers: {}, body: '{}' }), [401, 'no']);
  assert.equal((await fetch(there.url)).status, 405);
  there.child.kill('SIGTERM');
  assert.equal(await there.ended, 0);
});

test('without a gateway webhooks are kept in the store itself', async (t) => {
  const cwd = await folder(t);
  const cli = (...args: string[]) =>
    inProcess([...args, '--data', cwd], { cwd, env: { REELPOOL_MEDIA_ENGINE: 'wasm' } });
  const added = await cli('webhooks', 'add', 'https://receiver.example/hook', '--events', 'all');
  assert.match(added.out, /Webhook 1 .*\(standard\).*\n\n {2}whsec_/, added.err);
  assert.match((await cli('webhooks', 'list')).out, /standard \(v1\).* all .*receiver\.example/);
  assert.equal((await cli('webhooks', 'add', 'http://10.0.0.1/')).code, 3);
});
