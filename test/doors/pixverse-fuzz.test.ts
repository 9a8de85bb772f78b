/**
 * Requests with something wrong in them, over all routes of the PixVerse door. Whatever is sent: an answer in the
 * envelope, no 5xx, nothing charged for what was refused, books that balance. `npm run fuzz` sends many more.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { credits } from '../../src/std/credits.ts';
import { seededRandom } from '../../src/std/random.ts';
import { makeFile, testMedia } from '../media/fixtures.ts';
import { startGateway, TEST_KEY } from '../support/gateway.ts';
import { pins } from '../rules/surface.pins.ts';
import { accepted, type PixverseClient, pixverseClient } from '../support/pixverse-client.ts';
import {
  type Drawn,
  draftOf,
  draw,
  exchange,
  type Heard,
  hangUp,
  type KnownIds,
  routes,
} from '../support/pixverse-fuzz.ts';
import { media, picture, silence } from '../support/pixverse-uploads.ts';
import { TEST_SEED } from '../support/seed.ts';

const REQUESTS = Number(process.env['REELPOOL_FUZZ_REQUESTS'] ?? 2000);
const TOGETHER = 8;
/** After so many requests the balance is compared. */
const WINDOW = 200;
/** What the door answers with, beside 204 to OPTIONS: docs/pixverse-api.md. */
const STATUSES = [200, 401, 404, 405, 413, 415, 429];

const gateway = await startGateway({ after });
after(hangUp);
const admin = await gateway.app.gateway.authenticate(TEST_KEY);

/** A key with credits whose pool has no account: what it asks for is accepted and waits. */
async function waitingKey(): Promise<{ key: string; who: typeof admin }> {
  const { gateway: pool } = gateway.app;
  const { id: poolId } = await pool.addPool(admin, {
    name: 'nobody',
    strategy: 'spread',
    members: { all: false, accountIds: [], tags: ['nobody'] },
  });
  const tenant = {
    name: 'fuzz',
    weight: 1,
    monthlyCredits: credits(0),
    anchorDay: 1,
    mode: 'metered',
    unit: null,
  } as const;
  const { id: tenantId } = await pool.addTenant(admin, tenant);
  const grant = { tenantId, kind: 'package', amount: credits(900_000_000), expiresAt: null, priority: 0 } as const;
  await pool.give(admin, grant);
  const limits = { queueDepthMax: 1_000_000, requestsPerSecond: 0 };
  const { secret } = await pool.createKey(admin, { name: 'fuzz', role: 'client', tenantId, poolId, ...limits });
  return { key: secret, who: await pool.authenticate(secret) };
}

/** A sound that was looked at before. */
async function verified(client: PixverseClient): Promise<number> {
  const song = await media(client, silence(10));
  accepted(await client.post('/audio/verification', { body: { audio_media_id: song } }));
  return song;
}

test('requests are drawn of every route of the door', () => {
  const drawn = routes({ image: 1, video: 1, sound: 1, song: 1 }).map(({ method, path }) => {
    const [bare = ''] = path.split('?');
    return `${method} /openapi/v2${bare.replace(/\/\d+$/, '/:id')}`;
  });
  assert.deepEqual([...new Set(drawn)].sort(), [...pins.routes.pixverse].sort());
});

/** Why an answer is not one of ours; undefined where it is. Notes what was accepted. */
function faultOf(heard: Heard, drawn: Drawn, jobs: Map<number, number>): string | undefined {
  const { status, text } = heard;
  if (status >= 500) return `status ${status}: ${text.slice(0, 300)}`;
  if (![...STATUSES, 204].includes(status)) return `status ${status}: ${text.slice(0, 300)}`;
  // As HEAD and OPTIONS are answered.
  if (text === '') return undefined;
  const body = parsed(text);
  const code = body?.['ErrCode'];
  if (typeof code !== 'number' || typeof body?.['ErrMsg'] !== 'string')
    return `no envelope: ${status} ${text.slice(0, 300)}`;
  if (code === 99999 || code === 500100) return `a defect: ${text.slice(0, 300)}`;
  if ((code === 0) !== (body['Resp'] !== null)) return `ErrCode ${code} with Resp ${JSON.stringify(body['Resp'])}`;
  const { video_id, image_id, credits: price } = (body['Resp'] ?? {}) as Record<string, unknown>;
  const id = Number(video_id ?? image_id);
  if (code !== 0 || Number.isNaN(id) || !drawn.path.endsWith('/generate')) return undefined;
  if (!Number.isSafeInteger(price) || Number(price) < 1) return `accepted for ${price} credits`;
  jobs.set(id, Number(price));
  return undefined;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

const told = ({ method, path, fields, changes }: Drawn): string =>
  `${method} ${path} ${JSON.stringify(fields)}\n  with: ${changes.map(({ what }) => what).join('; ') || 'nothing wrong'}`;

/** The request with as few things wrong as still bring the fault about. */
async function smaller(drawn: Drawn, fails: (drawn: Drawn) => Promise<boolean>): Promise<Drawn> {
  for (const change of drawn.changes) {
    const trace = `${drawn.trace}-`;
    const less = { ...drawn, trace, changes: drawn.changes.filter((other) => other !== change) };
    if (await fails(less)) return smaller(less, fails);
  }
  return drawn;
}

test(`whatever is sent is answered, and only what is accepted is charged, ${REQUESTS} requests [pixverse.types.total] [pixverse.price.total]`, async () => {
  const { key, who } = await waitingKey();
  const client = pixverseClient({ url: gateway.url, key });
  const engine = await testMedia({ after });
  const ids: KnownIds = {
    image: await picture(client, 640, 360),
    video: await media(client, await makeFile(engine, 'a.mp4')),
    sound: await media(client, silence(2)),
    song: await verified(client),
  };
  const random = seededRandom(TEST_SEED);
  const jobs = new Map<number, number>();
  const { available: before } = await gateway.app.gateway.balanceOf(admin, who.tenantId);

  const tryOne = async (drawn: Drawn): Promise<string | undefined> => {
    const heard = await exchange(gateway.url, draftOf(drawn, key)).catch((error: unknown) => `${error}`);
    return typeof heard === 'string' ? heard : faultOf(heard, drawn, jobs);
  };
  const judge = async (drawn: Drawn): Promise<void> => {
    const fault = await tryOne(drawn);
    if (fault === undefined) return;
    const least = await smaller(drawn, async (less) => (await tryOne(less)) !== undefined);
    assert.fail(`seed ${TEST_SEED}: ${fault}\n${told(least)}`);
  };
  for (let at = 0; at < REQUESTS; at += WINDOW) {
    const window = Array.from({ length: Math.min(WINDOW, REQUESTS - at) }, () => draw(random, ids));
    const queue = [...window];
    const work = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) await judge(next);
    };
    await Promise.all(Array.from({ length: TOGETHER }, work));
    const spent = [...jobs.values()].reduce((sum, price) => sum + price, 0);
    const { available } = await gateway.app.gateway.balanceOf(admin, who.tenantId);
    const among = () => window.map(told).join('\n');
    assert.equal(
      before - available,
      credits(spent),
      `seed ${TEST_SEED}: charged for what was refused, among\n${among()}`,
    );
  }
  assert.ok(jobs.size > REQUESTS / 50, `only ${jobs.size} of ${REQUESTS} were accepted: the run says little`);
  const { ok, problems } = await gateway.app.gateway.verifyLedger(admin);
  assert.deepEqual({ ok, problems }, { ok: true, problems: [] }, `seed ${TEST_SEED}`);
});
