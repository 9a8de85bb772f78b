/** What the vendor's own samples of the create operations send and get. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { startGateway } from '../support/gateway.ts';
import { accepted, pixverseClient } from '../support/pixverse-client.ts';
import { KEYFRAME, pixverseThings } from '../support/pixverse-things.ts';
import { assertSameShape } from '../support/shape.ts';

const gateway = await startGateway({ after });
const client = pixverseClient(gateway);
const { image, source, video, sound, mask } = await pixverseThings(client);

type Body = Record<string, unknown>;

interface Sample {
  readonly endpoint: string;
  readonly source: string;
  readonly status: number;
  readonly body?: Body;
  /** Null where none is stored. */
  readonly response: { readonly ErrCode: number; readonly Resp: Body } | null;
  /** Why its answer is not followed; that it is taken still counts. */
  readonly setAside?: string;
}

const samples = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../fixtures/pixverse-operation-samples.json'), 'utf8'),
) as Sample[];

test('each of the 27 samples is followed, or set aside for a reason', () => {
  const others = path.join(import.meta.dirname, '../fixtures/pixverse-samples.json');
  const all = [...samples, ...(JSON.parse(readFileSync(others, 'utf8')) as Sample[])];
  assert.equal(all.length, 27);
  assert.equal(new Set(all.map(({ endpoint, source }) => `${endpoint} ${source}`)).size, 27);
  for (const { setAside } of all) assert.ok(setAside === undefined || setAside.length > 20);
});

describe('PixVerse samples of operations', () => {
  /** Ids that exist here, in the place of the sample's. */
  const IDS: Body = {
    ...{ source_video_id: source, video_media_id: video, audio_media_id: sound, img_id: image },
    ...{ first_frame_img: image, last_frame_img: image, restyle_id: 1001, mask_id: mask },
    ...{ img_ids: [image], mask_ids: [mask], keyframe_id: KEYFRAME, keyframe_ids: KEYFRAME },
  };

  function withIds(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(withIds);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, IDS[key] ?? withIds(item)]));
  }

  for (const sample of samples) {
    test(`${sample.endpoint}, as in ${sample.source} [pixverse.samples]`, async () => {
      const [method = '', route = ''] = sample.endpoint.split(' /openapi/v2');
      const body = { img_ids: [image], template_id: 377378608924544 };
      const id = method === 'GET' ? accepted(await client.post('/image/template/generate', { body }))['image_id'] : 0;
      const sent = sample.body === undefined ? {} : { body: withIds(sample.body) };
      const reply = await client.call(method, route.replace(/\{\w+\}/, String(id)), sent);
      assert.equal(reply.status, sample.status);
      assert.equal(reply.body.ErrCode, sample.response?.ErrCode ?? 0, JSON.stringify(reply.body));
      if (sample.setAside !== undefined || sample.response === null) return;
      // §3: beside what a sample shows, a create tells its credits, in both spellings where a guide has the other.
      const both = /\/(swap|mimic|multi_transition)\//.test(route) ? { credits: 0, credit: 0 } : { credits: 0 };
      const more = method === 'POST' ? both : {};
      assertSameShape(reply.body, { ...sample.response, Resp: { ...sample.response.Resp, ...more } });
    });
  }
});
