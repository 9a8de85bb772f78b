/** Jobs by their neutral names, over HTTP: made, refused, repeated, asked about. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { OPERATIONS } from '../../src/core/request.ts';
import { jobsSchema } from '../../src/wire/native/schemas/jobs.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { jobsOf, SLOW, TINY } from '../support/native-jobs.ts';
import { accepted, pixverseClient } from '../support/pixverse-client.ts';
import { pixverseThings } from '../support/pixverse-things.ts';
import { media, silence } from '../support/pixverse-uploads.ts';
import { pngPicture } from '../support/png.ts';
import { receiver } from '../support/receiver.ts';

type Things = Awaited<ReturnType<typeof pixverseThings>> & { song: number };

describe('jobs by native API', () => {
  let gateway: TestGateway;
  let api: ReturnType<typeof jobsOf>;
  let things: Things;
  const ends: (() => Promise<void>)[] = [];

  before(async () => {
    gateway = await startGateway({ after: (end) => void ends.push(end) });
    api = jobsOf(gateway);
    const client = pixverseClient(gateway);
    const song = await media(client, silence(10));
    accepted(await client.post('/audio/verification', { body: { audio_media_id: song } }));
    things = { ...(await pixverseThings(client)), song: Number(song) };
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  const upload = (role: string, assetId: unknown, more: object = {}) => ({ role, assetId: Number(assetId), ...more });
  const result = (role: string) => ({ role, jobId: things.source });
  /** Ends a job, unless it is done: it may be between two states for a moment. */
  const cancelled = async (id: number) => {
    for (;;) {
      const { status } = await api.send('POST', `/jobs/${id}/cancel`);
      if (status === 200 || (await api.job(id)).finishedAt !== null) return;
    }
  };
  /** Every operation with the least it can be asked for. */
  const least = (): Record<string, object> => ({
    'text-to-video': TINY,
    'image-to-video': { ...TINY, inputs: [upload('image', things.image)] },
    template: { templateId: 2001, quality: '360p', inputs: [upload('image', things.image)] },
    transition: { ...TINY, inputs: [upload('first-frame', things.image), upload('last-frame', things.image)] },
    'multi-transition': {
      quality: '360p',
      segments: [{ durationS: 1, prompt: 'over' }],
      inputs: [upload('frame', things.image), upload('frame', things.image)],
    },
    extend: { ...TINY, inputs: [result('source')] },
    'lip-sync': { speech: { text: 'hello', speakerId: 'auto' }, inputs: [result('source')] },
    'sound-effect': { prompt: 'rain', inputs: [upload('source', things.video)] },
    fusion: { ...TINY, prompt: 'a @tram', inputs: [upload('reference', things.image, { name: 'tram' })] },
    restyle: { prompt: 'ink', inputs: [result('source')] },
    'mask-selection': { inputs: [result('source')] },
    swap: {
      quality: '360p',
      keyframes: [2],
      inputs: [upload('source', things.video), upload('mask', things.mask), upload('image', things.image)],
    },
    'motion-control': { quality: '360p', inputs: [result('source'), upload('image', things.image)] },
    modify: {
      prompt: 'a @img0 in @selection0',
      quality: '360p',
      inputs: [upload('source', things.video), upload('mask', things.mask), upload('reference', things.image)],
    },
    upscale: { inputs: [result('source')] },
    avatar: {
      quality: '360p',
      speech: { text: 'hi', speakerId: 'auto' },
      inputs: [upload('image', things.image)],
    },
    agent: {
      prompt: 'a house',
      agent: { name: 'real-estate', settings: { model: 'fast' } },
      inputs: [1, 2, 3, 4, 5].map(() => upload('reference', things.image)),
    },
    'music-video': { agent: { name: 'vibe_mv' }, inputs: [upload('sound', things.song)] },
    'image-template': { templateId: 2101, inputs: [upload('image', things.image)] },
  });

  test('every operation is asked about by its name, and priced, with what was not said', async () => {
    for (const operation of OPERATIONS) {
      const { price, request, refusal, expected } = await api.dryRun({ ...least()[operation], operation });
      assert.equal(request.operation, operation);
      assert.ok(price !== null && price > 0, operation);
      assert.equal(refusal, null, operation);
      assert.equal(expected?.account, 'local@reelpool.internal', operation);
    }
  });

  test('and made; some are drawn to their end', async () => {
    const drawn = new Set(['image-to-video', 'extend', 'sound-effect', 'modify', 'image-template']);
    for (const operation of OPERATIONS) {
      const job = await api.create({ ...least()[operation], operation });
      assert.deepEqual([job.operation, job.dialect, job.state], [operation, 'native', 'queued']);
      if (!drawn.has(operation)) {
        await cancelled(job.id);
        continue;
      }
      const { credit } = await api.until(job.id, 'succeeded');
      assert.deepEqual(credit, { state: 'captured', amount: job.price });
    }
    await api.proven();
  });

  test('what is refused names its field and the way out, and makes nothing', async () => {
    const before = await api.get(jobsSchema, 'GET', '/jobs?limit=1');
    const cases: [string, string, object][] = [
      ['parameter_invalid', 'operation', { operation: 'text_to_video', prompt: 'a' }],
      ['parameter_missing', 'operation', { prompt: 'a' }],
      ['parameter_missing', 'prompt', { operation: 'text-to-video' }],
      ['parameter_type', 'prompt', { operation: 'text-to-video', prompt: 4 }],
      ['parameter_invalid', 'duration', { ...TINY, duration: 5 }],
      ['parameter_invalid', 'cameraMovement', { operation: 'upscale', cameraMovement: 'zoom_in' }],
      [
        'parameter_invalid',
        'inputs[0].role',
        { ...TINY, operation: 'image-to-video', inputs: [{ role: 'picture', assetId: 1 }] },
      ],
      ['parameter_missing', 'inputs[0].role', { ...TINY, operation: 'image-to-video', inputs: [{ assetId: 1 }] }],
      [
        'parameter_invalid',
        'inputs[0].id',
        { ...TINY, operation: 'image-to-video', inputs: [{ role: 'image', id: 1 }] },
      ],
      ['parameter_invalid', 'inputs[0]', { ...TINY, operation: 'image-to-video', inputs: [{ role: 'image' }] }],
      [
        'parameter_invalid',
        'inputs[0]',
        { ...TINY, operation: 'image-to-video', inputs: [{ role: 'image', assetId: 1, jobId: 2 }] },
      ],
      [
        'parameter_invalid',
        'inputs[0].url',
        { ...TINY, operation: 'image-to-video', inputs: [{ role: 'image', url: 'file:///etc/passwd' }] },
      ],
      [
        'image_id_invalid',
        'inputs[0].assetId',
        { ...TINY, operation: 'image-to-video', inputs: [upload('image', things.video)] },
      ],
      ['parameter_invalid', 'inputs[0].jobId', { operation: 'upscale', inputs: [{ role: 'source', jobId: 4 }] }],
      ['parameter_invalid', 'webhookId', { ...TINY, webhookId: 99 }],
      ['parameter_invalid', 'poolId', { ...TINY, poolId: 99 }],
      [
        'audio_unverified',
        'inputs[0].assetId',
        { operation: 'music-video', agent: { name: 'vibe_mv' }, inputs: [upload('sound', things.sound)] },
      ],
      [
        'parameter_invalid',
        'keyframes',
        { operation: 'mask-selection', keyframes: [9999], inputs: [result('source')] },
      ],
    ];
    for (const [code, field, body] of cases) {
      const problem = await api.refused(code, 'POST', '/jobs', { body });
      assert.equal(problem.field, field, problem.detail);
      const asked = await api.refused(code, 'POST', '/jobs?dry_run=true', { body });
      assert.deepEqual(asked, problem, 'a dry run refuses what a create refuses');
    }
    await api.refused('template_inactive', 'POST', '/jobs', {
      body: { operation: 'template', templateId: 2002, inputs: [upload('image', things.image)] },
    });
    await api.refused('parameter_invalid', 'POST', '/jobs?dry_run=yes', { body: TINY });
    assert.deepEqual((await api.get(jobsSchema, 'GET', '/jobs?limit=1')).jobs[0]?.id, before.jobs[0]?.id);
  });

  test('an address is fetched and kept, once for a repeated request', async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response.setHeader('content-type', 'image/png').end(pngPicture(32, 32));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.png`;
      const body = { ...TINY, operation: 'image-to-video', inputs: [{ role: 'image', url }] };
      const headers = { 'idempotency-key': 'by-address' };
      const first = await api.create(body, { headers });
      const again = await api.create(body, { headers });
      assert.deepEqual(again, first);
      await api.until(first.id, 'succeeded');
      const problem = await api.refused('parameter_invalid', 'POST', '/jobs?dry_run=true', { body });
      assert.equal(problem.field, 'inputs[0].url');
      assert.equal(asked, 2, 'nothing is fetched to be asked about');
    } finally {
      server.close();
    }
  });

  test('a repetition gets the first answer, whatever became of the job; another body is refused', async () => {
    const headers = { 'idempotency-key': 'native-1' };
    const first = await api.create(TINY, { headers });
    await api.until(first.id, 'succeeded');
    assert.deepEqual(await api.create(TINY, { headers }), first);
    await api.refused('idempotency_mismatch', 'POST', '/jobs', { body: { ...TINY, seed: 1 }, headers });
    const twins = await Promise.all(
      [1, 2, 3].map(() => api.create(TINY, { headers: { 'idempotency-key': 'native-2' } })),
    );
    assert.equal(new Set(twins.map(({ id }) => id)).size, 1);
  });

  test('a job tells the webhook it names how it ended, also when it was cancelled', async (t) => {
    const there = await receiver(t);
    const body = { url: there.url, events: [], format: 'standard' };
    const { webhook } = (await api.send('POST', '/webhooks', { body })).body as { webhook: { id: number } };
    await api.until((await api.create({ ...TINY, webhookId: webhook.id })).id, 'succeeded');
    const { id } = await api.create({ ...SLOW, webhookId: webhook.id });
    await api.until(id, 'running');
    await api.cancel(id);
    await there.count(2);
    assert.deepEqual(
      there.got.map((message) => (JSON.parse(message.body) as { type: string }).type),
      ['job.succeeded', 'job.cancelled'],
    );
  });

  test('limits of a key are refused as problems, and told by a dry run', async () => {
    const poor = await api.tenant('poor', 7);
    const asked = await api.dryRun({ ...TINY, durationS: 2 }, { key: poor.secret });
    assert.equal(asked.price, 10);
    assert.equal(asked.refusal?.code, 'credits_insufficient');
    assert.deepEqual(asked.balance, { available: 7, after: 7 });
    assert.ok(asked.expected, 'when it would run, if it were paid for');
    await api.refused('credits_insufficient', 'POST', '/jobs', { key: poor.secret, body: { ...TINY, durationS: 2 } });
    const fits = await api.dryRun(TINY, { key: poor.secret });
    assert.deepEqual([fits.refusal, fits.balance], [null, { available: 7, after: 2 }]);
    assert.deepEqual([fits.expected?.account, fits.reasons], [null, null], 'a client is shown no accounts');

    const budget = await api.tenant('budget', 100, { budgetDay: 4 });
    assert.equal((await api.dryRun(TINY, { key: budget.secret })).refusal?.code, 'budget_exceeded');
    await api.refused('budget_exceeded', 'POST', '/jobs', { key: budget.secret, body: TINY });
    const allowed = await api.tenant('allowed', 100, { operations: ['upscale'] });
    for (const route of ['/jobs', '/jobs?dry_run=true']) {
      await api.refused('request_not_allowed', 'POST', route, { key: allowed.secret, body: TINY });
    }
    const { body } = await api.send('POST', '/pools', { body: { name: 'none', members: { tags: ['none'] } } });
    const short = await api.tenant('short', 100, { queueDepthMax: 1, poolId: (body as { id: number }).id });
    const { id } = await api.create(TINY, { key: short.secret });
    assert.equal((await api.dryRun(TINY, { key: short.secret })).refusal?.code, 'queue_full');
    await api.refused('queue_full', 'POST', '/jobs', { key: short.secret, body: TINY });
    await api.cancel(id, { key: short.secret });
    for (const tenant of [poor, budget, allowed, short]) {
      const { held, available } = await tenant.balance();
      assert.deepEqual([held, available], [0, tenant === poor ? 7 : 100], 'nothing was held');
    }
    await api.proven();
  });

  test('what a job asks of its place is what its key may', async () => {
    const key = await api.tenant('placed', 100, { priority: 3, sandbox: true });
    const init = { key: key.secret };
    for (const [field, body] of [
      ['priority', { ...TINY, priority: 4 }],
      ['sandbox', { ...TINY, sandbox: false }],
      ['poolId', { ...TINY, poolId: 2 }],
    ] as const) {
      const problem = await api.refused('request_not_allowed', 'POST', '/jobs', { ...init, body });
      assert.equal(problem.field, field);
    }
    const { id } = await api.create({ ...TINY, priority: 2, sandbox: true, poolId: 1 }, init);
    await api.until(id, 'succeeded');
    await api.create({ ...TINY, priority: 100 });
  });

  test('a job no account takes is told so, with the reason', async () => {
    const { body } = await api.send('POST', '/pools', { body: { name: 'nobody', members: { tags: ['nobody'] } } });
    const asked = await api.dryRun({ ...TINY, poolId: (body as { id: number }).id });
    assert.equal(asked.expected, null);
    assert.deepEqual([asked.waitsFor?.what, asked.reasons], ['other-pool', { 'other-pool': 1 }]);
  });
});
