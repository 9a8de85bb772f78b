/**
 * Where a request can name what belongs to a tenant, beside its path. Ids in paths are found by themselves: every `:param`
 * of every door is tried. What a body or a query may name has to be said here; a route that is not listed fails
 * (test/rules/isolation.test.ts).
 */
import { fastify } from 'fastify';
import type { DoorContext } from '../../src/doors/context.ts';
import { DOORS } from '../../src/doors/registry.ts';

/** What a tenant owns that has an id. */
export type Owned = 'job' | 'image' | 'key' | 'tenant' | 'grant' | 'pool' | 'webhook' | 'account' | 'delivery';

/** Bodies that name an id, or why none does. */
export type BodyCase = readonly ((id: unknown) => object)[] | string;

const video = { prompt: 'a lake', model: 'v6', duration: 5, quality: '360p' };
const IN_PATH = 'the id is in the path';
const FILE = 'a file; ids name nothing in it';
const SETTINGS = 'settings only';

/** Orders in our own words that name something, by every member that can. */
const JOB_BODIES: readonly ((id: unknown) => object)[] = [
  (id) => ({ operation: 'text-to-video', prompt: 'a lake', webhookId: id }),
  (id) => ({ operation: 'image-to-video', prompt: 'a lake', inputs: [{ role: 'image', assetId: id }] }),
  (id) => ({ operation: 'image-to-video', prompt: 'a lake', inputs: [{ role: 'image', jobId: id }] }),
  (id) => ({ operation: 'upscale', inputs: [{ role: 'source', assetId: id }] }),
  (id) => ({ operation: 'upscale', inputs: [{ role: 'source', jobId: id }] }),
  (id) => ({
    operation: 'modify',
    prompt: 'a lake',
    inputs: [
      { role: 'source', jobId: id },
      { role: 'mask', assetId: id },
    ],
  }),
];

/** Every route that takes a body → bodies with an id in them. */
export const BODIES: Readonly<Record<string, BodyCase>> = {
  'POST /openapi/v2/image/upload': FILE,
  'POST /openapi/v2/media/upload': FILE,
  'POST /openapi/v2/video/text/generate': [(id) => ({ ...video, aspect_ratio: '16:9', webhook_id: id })],
  'POST /openapi/v2/video/img/generate': [(id) => ({ ...video, img_id: id }), (id) => ({ ...video, img_ids: [id] })],
  'POST /openapi/v2/video/transition/generate': [(id) => ({ ...video, first_frame_img: id, last_frame_img: id })],
  'POST /openapi/v2/video/multi_transition/generate': [
    (id) => ({
      model: 'v5',
      quality: '360p',
      multi_transition: [
        { img_id: id, duration: 5, prompt: 'a' },
        { img_id: id, prompt: 'b' },
      ],
    }),
  ],
  'POST /openapi/v2/video/extend/generate': [
    (id) => ({ ...video, source_video_id: id }),
    (id) => ({ ...video, video_media_id: id }),
  ],
  'POST /openapi/v2/video/lip_sync/generate': [
    (id) => ({ source_video_id: id, lip_sync_tts_speaker_id: 'auto', lip_sync_tts_content: 'hello' }),
    (id) => ({ video_media_id: id, audio_media_id: id }),
  ],
  'POST /openapi/v2/video/sound_effect/generate': [
    (id) => ({ source_video_id: id, sound_effect_content: 'rain' }),
    (id) => ({ video_media_id: id, sound_effect_content: 'rain' }),
  ],
  'POST /openapi/v2/video/fusion/generate': [
    (id) => ({ ...video, aspect_ratio: '16:9', image_references: [{ type: 'subject', img_id: id, ref_name: 'a' }] }),
    (id) => ({ ...video, aspect_ratio: '16:9', video_references: [{ source_video_id: id, ref_name: 'a' }] }),
  ],
  'POST /openapi/v2/video/restyle/generate': [
    (id) => ({ source_video_id: id, restyle_prompt: 'oil' }),
    (id) => ({ video_media_id: id, restyle_prompt: 'oil' }),
  ],
  'POST /openapi/v2/video/mask/selection': [(id) => ({ source_video_id: id }), (id) => ({ video_media_id: id })],
  'POST /openapi/v2/video/swap/generate': [
    (id) => ({ source_video_id: id, keyframe_id: 1, mask_id: id, img_id: id, quality: '360p' }),
  ],
  'POST /openapi/v2/video/mimic/generate': [
    (id) => ({ source_video_id: id, img_id: id, quality: '360p' }),
    (id) => ({ video_media_id: id, img_id: id, quality: '360p' }),
  ],
  'POST /openapi/v2/video/modify/generate': [
    (id) => ({ source_video_id: id, prompt: 'a lake', quality: '360p' }),
    (id) => ({ source_video_id: id, prompt: 'a @img0', img_ids: [id], mask_ids: [id], quality: '360p' }),
  ],
  'POST /openapi/v2/video/upscale/generate': [(id) => ({ source_video_id: id }), (id) => ({ video_media_id: id })],
  'POST /openapi/v2/video/avatar/generate': [
    (id) => ({ img_id: id, audio_media_id: id, quality: '360p' }),
    (id) => ({ img_id: id, lip_sync_tts_speaker_id: 'auto', lip_sync_tts_content: 'hello', quality: '360p' }),
  ],
  'POST /openapi/v2/video/agent/generate': 'names addresses, not ids of uploads',
  'POST /openapi/v2/video/music_mv_agent/generate': [
    (id) => ({ mv_agent_type: 'vibe_mv', audio_media_id: id, aspect_ratio: '16:9', quality: '720p' }),
  ],
  'POST /openapi/v2/image/template/generate': [(id) => ({ img_ids: [id], template_id: 1 })],
  'POST /openapi/v2/audio/verification': [(id) => ({ audio_media_id: id })],
  'POST /openapi/v2/account/billing/usage-detail': 'a span of time; what it lists is the tenant’s own',
  'POST /openapi/v2/video/tts_speaker': [
    (id) => ({ audio_media_id: id, name: 'voice' }),
    (id) => ({ media_id: id, speaker_name: 'voice' }),
  ],
  'POST /v2/pixverse/accounts': 'for admins; names an address',
  'POST /v2/pixverse/accounts/:email': IN_PATH,
  'POST /pool/v1/accounts': 'for admins; names a kind and a name',
  'PATCH /pool/v1/accounts/:account': SETTINGS,
  'POST /pool/v1/accounts/:account/pause': IN_PATH,
  'POST /pool/v1/accounts/:account/resume': IN_PATH,
  'POST /pool/v1/accounts/:account/drain': IN_PATH,
  'POST /pool/v1/accounts/:account/refresh': IN_PATH,
  'PATCH /pool/v1/keys/:id': [(id) => ({ poolId: id })],
  'PATCH /pool/v1/pools/:id': [(id) => ({ members: { accountIds: [id] } })],
  'PATCH /pool/v1/tenants/:id': SETTINGS,
  'PATCH /pool/v1/webhooks/:id': SETTINGS,
  'POST /pool/v1/deliveries/:id/replay': IN_PATH,
  'POST /pool/v1/grants': [(id) => ({ tenantId: id, amount: 1 })],
  'POST /pool/v1/grants/:id/adjust': IN_PATH,
  'POST /pool/v1/jobs': JOB_BODIES,
  'POST /pool/v1/jobs/:id/cancel': IN_PATH,
  'POST /pool/v1/plans': JOB_BODIES.map((body) => (id) => ({ jobs: [body(id)], run: true })),
  'POST /pool/v1/keys': [(id) => ({ name: 'x', tenantId: id }), (id) => ({ name: 'x', poolId: id })],
  'POST /pool/v1/ledger/verify': 'takes none',
  'POST /pool/v1/pools': [(id) => ({ name: 'x', members: { accountIds: [id] } })],
  'POST /pool/v1/secrets/rotate': 'for admins; names an encryption key',
  'POST /pool/v1/tenants': SETTINGS,
  'POST /pool/v1/templates/:id/activate': IN_PATH,
  'POST /pool/v1/uploads': FILE,
  'POST /pool/v1/webhooks': [(id) => ({ url: 'https://example.com/', tenantId: id })],
  'POST /pool/v1/webhooks/:id/replay': IN_PATH,
  'POST /pool/v1/webhooks/:id/test': IN_PATH,
  'POST /callbacks/:kind/:account': 'for vendors, judged by their signature',
};

/** Every GET route that is a list or a page → its parameters that name something. */
export const QUERIES: Readonly<Record<string, readonly string[]>> = {
  'GET /openapi/v2/account/balance': [],
  'GET /openapi/v2/video/lip_sync/tts_list': [],
  'GET /openapi/v2/video/tts_speaker': [],
  'GET /openapi/v2/video/restyle/list': [],
  'GET /openapi/v2/video/effects/templates/list': [],
  'GET /v2/pixverse/features': ['email'],
  'GET /v1/pixverse/account': [],
  'GET /api/v1/client/account/balance': [],
  'GET /pool/v1/accounts': [],
  'GET /pool/v1/assets': ['tenant'],
  'GET /pool/v1/audit': ['subject'],
  'GET /pool/v1/balances': [],
  'GET /pool/v1/deliveries': ['webhook', 'job'],
  // A stream; that it shows only the tenant's own is in test/doors/native-events.test.ts.
  'GET /pool/v1/events': [],
  'GET /pool/v1/drift': ['account'],
  'GET /pool/v1/docs': [],
  'GET /pool/v1/grants': ['tenant'],
  'GET /pool/v1/jobs': [],
  'GET /pool/v1/keys': ['tenant'],
  'GET /pool/v1/ledger/entries': ['tenant'],
  'GET /pool/v1/openapi.json': [],
  'GET /pool/v1/pools': [],
  'GET /pool/v1/secrets': [],
  'GET /pool/v1/templates': ['tenant'],
  'GET /pool/v1/tenants': [],
  'GET /pool/v1/webhooks': [],
  'GET /': [],
  'GET /docs': [],
  'GET /docs/pixverse.json': [],
  'GET /healthz': [],
  'GET /readyz': [],
};

/** Routes whose permission is not a key. */
export const SIGNED: Readonly<Record<string, string>> = {
  'GET /media/*': 'a signature in the path (test/doors/media.test.ts)',
};

/** A route as its door registered it. */
export interface Route {
  readonly method: string;
  readonly url: string;
}

/** Every route of every door, HEAD apart. */
export async function routesOfDoors(): Promise<Route[]> {
  const routes: Route[] = [];
  for (const door of DOORS) {
    const app = fastify();
    app.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) if (one !== 'HEAD') routes.push({ method: one, url });
    });
    await app.register(async (scope) => door.mount(scope, {} as DoorContext), { prefix: door.prefix });
    await app.ready();
    await app.close();
  }
  return routes;
}
