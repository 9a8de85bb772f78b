/**
 * The OpenAPI document tells the truth: its examples are taken, nothing is taken without what it requires, everything it
 * names may be sent or left out, what it forbids is refused, and answers are what it says.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { nativeClient } from '../support/native.ts';
import { accepted, type PixverseClient, pixverseClient, type Reply } from '../support/pixverse-client.ts';
import { KEYFRAME, pixverseThings } from '../support/pixverse-things.ts';
import { media, silence } from '../support/pixverse-uploads.ts';
import { waitingClient } from '../support/pixverse-waiting.ts';

type Body = Record<string, unknown>;

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly allOf?: readonly { readonly anyOf: readonly { readonly required: readonly string[] }[] }[];
  readonly example?: Body;
}

/** What an example is extended by, so that every field of its route is sent once where it counts. */
const MORE: Readonly<Record<string, readonly Body[]>> = {
  '/video/text/generate': [
    { negative_prompt: 'fog', seed: 7, generate_audio_switch: true, generate_multi_clip_switch: true, webhook_id: 1 },
    { model: 'v3.5', style: 'clay', motion_mode: 'fast', sound_effect_switch: true, sound_effect_content: 'rain' },
    { model: 'v4', camera_movement: 'zoom_in', lip_sync_tts_switch: true, ...spoken(), lip_sync_switch: true },
    { model: 'v5.5', thinking_type: 'auto' },
    { template_id: 302325299692608 },
  ],
  '/video/img/generate': [
    { negative_prompt: 'fog', seed: 7, generate_audio_switch: true, generate_multi_clip_switch: true, webhook_id: 1 },
    { model: 'v3.5', style: 'clay', motion_mode: 'fast', sound_effect_switch: true, sound_effect_content: 'rain' },
    { model: 'v4', camera_movement: 'zoom_in', lip_sync_tts_switch: true, ...spoken(), lip_sync_switch: true },
    { model: 'v5.5', thinking_type: 'auto' },
    { template_id: 302325299692608 },
    { template_id: 302325299692608, img_id: null, img_ids: [1234567890] },
  ],
  '/video/transition/generate': [
    { negative_prompt: 'fog', seed: 7, generate_audio_switch: true, webhook_id: 1 },
    { model: 'v4', motion_mode: 'fast', sound_effect_switch: true, sound_effect_content: 'rain' },
    { model: 'v4', lip_sync_tts_switch: true, lip_sync_switch: true, ...spoken() },
    { model: 'v5.5', thinking_type: 'auto' },
  ],
  '/video/multi_transition/generate': [
    { seed: 7, webhook_id: 1 },
    { model: 'v4', motion_mode: 'fast' },
  ],
  '/video/extend/generate': [
    { negative_prompt: 'fog', generate_audio_switch: true, template_id: 302325299692608, webhook_id: 1 },
    { model: 'v3.5', style: 'clay', motion_mode: 'fast' },
    { video_media_id: null, source_video_id: 1 },
  ],
  '/video/lip_sync/generate': [
    { seed: 7, webhook_id: 1 },
    { lip_sync_tts_speaker_id: null, lip_sync_tts_content: null, audio_media_id: 1 },
    { video_media_id: null, source_video_id: 1 },
  ],
  '/video/sound_effect/generate': [
    { seed: 7, prompt: 'rain', webhook_id: 1 },
    { video_media_id: null, source_video_id: 1 },
  ],
  '/video/fusion/generate': [
    { negative_prompt: 'fog', seed: 7, generate_audio_switch: true, reference_mode: 'omni', webhook_id: 1 },
    { duration: 0, video_references: [{ video_media_id: 1122334455, ref_name: 'street' }] },
  ],
  '/video/restyle/generate': [
    { seed: 7, webhook_id: 1 },
    { restyle_prompt: null, restyle_id: 1001 },
    { video_media_id: null, source_video_id: 1 },
  ],
  '/video/mask/selection': [{ video_media_id: null, source_video_id: 1 }, { webhook_id: 1 }],
  '/video/swap/generate': [
    { original_sound_switch: false, seed: 7, webhook_id: 1 },
    { video_media_id: null, source_video_id: 1, mask_id: 'of the source' },
  ],
  '/video/mimic/generate': [
    { seed: 7, webhook_id: 1 },
    { video_media_id: null, source_video_id: 1 },
  ],
  '/video/modify/generate': [
    { img_ids: [1234567890], mask_ids: ['987654321'], keyframe_ids: [KEYFRAME], mask_urls: [], seed: 7, webhook_id: 1 },
    { video_media_id: null, source_video_id: 1 },
  ],
  '/video/upscale/generate': [{ webhook_id: 1 }, { video_media_id: null, source_video_id: 1 }],
  '/video/avatar/generate': [
    { prompt: 'a cat', seed: 7, webhook_id: 1 },
    { lip_sync_tts_speaker_id: null, lip_sync_tts_content: null, audio_media_id: 1 },
  ],
  '/video/agent/generate': [
    { model: 'pro', mode: 'ad_house_tour', duration: 15, video_style: 'pov', seed: 7, webhook_id: 1 },
    { language_code: 'auto', avatar_presence_level: 'none' },
    { prompt: null, img_references: null, product_url: 'https://example.com/house' },
    {
      agent_id: 414562414124109,
      img_references: [{ img_url: 'https://example.com/1.jpg' }],
      video_references: [{ video_url: 'https://example.com/a.mp4' }],
      aspect_ratio: '9:16',
    },
  ],
  '/video/music_mv_agent/generate': [
    { music_style: 'jazz', mv_style: 'film', caption_switch: true, lip_sync_switch: true, webhook_id: 1 },
    { instrumental_switch: true, seed: 7, img_references: [{ img_id: 1234567890 }] },
    { style_img_references: [{ img_id: 1234567890, ref_name: 'a' }] },
    { lyric_text: 'la', lyric_timestamp: { words: [{ start: 0, end: 1, word: 'la' }] } },
  ],
  '/image/template/generate': [{ seed: 7, webhook_id: 1 }],
  '/account/billing/usage-detail': [{ limit: 5, cursor: '', creation_type: ['agent'] }],
};

function spoken(): Body {
  return { lip_sync_tts_content: 'hello', lip_sync_tts_speaker_id: '7' };
}

describe('the document of the PixVerse door', () => {
  let gateway: TestGateway;
  let client: PixverseClient;
  /** Its jobs wait: no account belongs to its pool. */
  let waiting: PixverseClient;
  let bodies: [path: string, schema: Schema][] = [];
  let things: Awaited<ReturnType<typeof pixverseThings>>;
  let answers: Readonly<Record<string, Schema>> = {};
  /** What stands for the ids of the examples. */
  const ids = new Map<unknown, unknown>();
  const ends: (() => Promise<void>)[] = [];

  before(async () => {
    gateway = await startGateway({ after: (end) => void ends.push(end) });
    client = pixverseClient(gateway);
    waiting = (await waitingClient(gateway)).client;
    const admin = nativeClient(gateway);
    const hook = await admin.send('POST', '/webhooks', { body: { url: `${gateway.url}/hook` } });
    things = await pixverseThings(client);
    const asked = { body: { source_video_id: things.source, keyframe_id: KEYFRAME } };
    const found = accepted(await client.post('/video/mask/selection', asked))['mask_info'] as { mask_id: string }[];
    ids.set('of the source', found[0]?.mask_id);
    const song = await media(client, silence(10));
    accepted(await client.post('/audio/verification', { body: { audio_media_id: song } }));
    ids.set(1234567890, things.image).set(1122334455, things.video).set(1029384756, song);
    ids.set('987654321', things.mask).set('hook', (hook.body as { webhook: { id: number } }).webhook.id);

    const document = (await (await fetch(`${gateway.url}/docs/pixverse.json`)).json()) as {
      paths: Record<string, { post?: { requestBody: { content: Record<string, { schema: Schema }> } } }>;
      components: { schemas: Record<string, Schema> };
    };
    answers = document.components.schemas;
    bodies = Object.entries(document.paths).flatMap(([path, { post }]): [string, Schema][] => {
      const schema = post?.requestBody.content['application/json']?.schema;
      return schema ? [[path, schema]] : [];
    });
  });
  after(async () => {
    for (const end of ends) await end();
  });

  /** An example with ids that exist here, by what they stand for. */
  function real(value: unknown, key = ''): unknown {
    if (Array.isArray(value)) return value.map((item) => real(item, key));
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, real(item, name)]));
    }
    if (key === 'source_video_id' && value === 1) return things.source;
    if (key === 'webhook_id') return ids.get('hook');
    if (key === 'audio_media_id' && value === 1) return things.sound;
    if (key === 'keyframe_id' || key === 'keyframe_ids') return value === 1 ? KEYFRAME : value;
    return ids.get(value) ?? value;
  }

  /** Mask selection answers with its result, so it is sent where there is somebody to make it. */
  const send = async (path: string, body: unknown): Promise<Reply> => {
    const sent = await withAddresses(body);
    return (path === '/video/mask/selection' ? client : waiting).post(path, { body: sent });
  };

  const files = new Map<string, string>();
  /** Addresses that serve something in the place of those of the examples. */
  async function withAddresses(body: unknown): Promise<unknown> {
    if (files.size === 0) {
      files.set('jpg', await addressOf(things.image));
      files.set('mp4', await addressOf(await longVideo()));
    }
    const text = JSON.stringify(body);
    const served = text.replaceAll(
      /https:\/\/example\.com\/\w+\.(jpg|mp4)/g,
      (_, type: string) => files.get(type) ?? '',
    );
    return JSON.parse(served) as unknown;
  }

  async function addressOf(id: number): Promise<string> {
    const principal = await gateway.app.gateway.authenticate(gateway.key);
    return gateway.url + (await gateway.app.gateway.asset(principal, id)).path;
  }

  /** What viral recreation takes: two seconds, 640 pixels a side. */
  async function longVideo(): Promise<number> {
    const body = { prompt: 'a', model: 'v6', duration: 2, quality: '720p', aspect_ratio: '1:1' };
    const { video_id: id } = accepted(await client.post('/video/text/generate', { body }));
    while (true) {
      const made = accepted(await client.get(`/video/result/${id}`));
      if (made['status'] === 5) continue;
      return media(client, new Uint8Array(await (await fetch(String(made['url']))).arrayBuffer()));
    }
  }

  /** Everything the document says is accepted, by path. */
  const takenAt = (path: string, { example = {} }: Schema): Body[] =>
    [{}, ...(MORE[path] ?? [])].map((more) => real({ ...example, ...more }) as Body);

  test('every example is taken, and every field it names may be sent [pixverse.document.examples] [webhooks.pixverse.create]', async () => {
    const unsent: string[] = [];
    for (const [path, schema] of bodies) {
      const taken = takenAt(path, schema);
      for (const body of taken) {
        const reply = await send(path, body);
        assert.equal(reply.body.ErrCode, 0, `${path} ${JSON.stringify(body)}: ${reply.body.ErrMsg}`);
      }
      const sent = new Set(taken.flatMap((body) => Object.keys(body).filter((name) => body[name] !== null)));
      for (const name of Object.keys(schema.properties ?? {})) if (!sent.has(name)) unsent.push(`${path} ${name}`);
    }
    assert.deepEqual(unsent, [], 'every field of the document is sent once');
  });

  test('nothing is taken without what is required, and all without the rest [pixverse.document.required]', async () => {
    for (const [path, schema] of bodies) {
      const example = real(schema.example) as Body;
      const without = (names: readonly string[]) =>
        Object.fromEntries(Object.entries(example).filter(([name]) => !names.includes(name)));
      const groups = (schema.allOf ?? []).map(({ anyOf }) => anyOf.map(({ required }) => required));
      const needed = new Set([...(schema.required ?? []), ...groups.flat(2)]);
      const refuses = async (names: readonly string[]) => {
        const { body } = await send(path, without(names));
        assert.ok(body.ErrCode >= 400_011 && body.ErrCode <= 400_099, `${path} without ${names}: ${body.ErrCode}`);
      };
      for (const name of schema.required ?? []) await refuses([name]);
      for (const alternatives of groups) {
        await refuses(alternatives.flat());
        // Of the one that is chosen, every field.
        const chosen = alternatives.find((names) => names.every((name) => name in example)) ?? [];
        assert.ok(chosen.length > 0, `${path}: the example chooses one of ${JSON.stringify(alternatives)}`);
        for (const name of chosen) await refuses([name]);
      }
      for (const name of Object.keys(example).filter((one) => !needed.has(one) && one !== 'model')) {
        assert.equal((await send(path, without([name]))).body.ErrCode, 0, `${path} without ${name}`);
      }
    }
  });

  test('what is not allowed is refused [pixverse.document.allowed]', async () => {
    for (const [path, schema] of bodies) {
      const taken = takenAt(path, schema);
      for (const [name, field] of Object.entries(schema.properties ?? {})) {
        const body = taken.find((one) => one[name] !== null && one[name] !== undefined) ?? {};
        for (const value of forbidden(field, body[name])) {
          const reply = await send(path, { ...body, [name]: value });
          const shown = JSON.stringify(value).slice(0, 60);
          assert.ok(reply.body.ErrCode >= 400_000, `${path} takes ${name} ${shown}: ${reply.body.ErrMsg}`);
        }
      }
    }
  });

  test('answers are what it says [pixverse.document.answers]', async () => {
    const template = { img_ids: [things.image], template_id: 377378608924544 };
    const made = accepted(await client.post('/image/template/generate', { body: template }));
    const span = { start_time: '2026-01-01 00:00:00', end_time: '2026-01-30 00:00:00' };
    const form = (field: string, bytes: Uint8Array<ArrayBuffer>, name = 'a') => {
      const data = new FormData();
      data.append(field, new Blob([bytes]), name);
      return { body: data };
    };
    const shown = new Uint8Array(await (await fetch(await addressOf(things.image))).arrayBuffer());
    const sound = new Uint8Array(silence(1));
    const said: [string, Reply][] = [
      ['balance', await client.get('/account/balance')],
      ['video', await client.get(`/video/result/${things.source}`)],
      ['image', await client.get(`/image/result/${made['image_id']}`)],
      ['credit', await client.get(`/video/credits/${things.source}`)],
      ['speakers', await client.get('/video/tts_speaker')],
      ['speakers', await client.get('/video/lip_sync/tts_list')],
      ['speaker', await client.post('/video/tts_speaker', { body: { name: 'a', audio_media_id: things.sound } })],
      ['restyles', await client.get('/video/restyle/list')],
      ['templates', await client.get('/video/effects/templates/list')],
      ['usage', await client.post('/account/billing/usage-detail', { body: span })],
      ['upload', await client.post('/image/upload', form('image', shown))],
      ['media', await client.post('/media/upload', form('file', sound))],
      ['masks', await client.post('/video/mask/selection', { body: { video_media_id: things.video } })],
    ];
    for (const [name, reply] of said) fits(answers[name] ?? {}, accepted(reply), name);
    fits(answers['picture'] ?? {}, made, 'picture');
    const { gateway: facade, operator } = gateway.app;
    const { secret } = await facade.createKey(operator, { name: 'drawn', role: 'client', sandbox: true });
    const drawn = pixverseClient({ url: gateway.url, key: secret });
    const unfit = await drawn.post('/image/upload', form('image', shown, 'reelpool-moderated.png'));
    assert.equal(unfit.status, 500);
    fits(answers['review'] ?? {}, unfit.body, 'review');
    const body = { prompt: 'a', model: 'v6', duration: 1, quality: '360p', aspect_ratio: '1:1' };
    fits(answers['job'] ?? {}, accepted(await waiting.post('/video/text/generate', { body })), 'job');
  });
});

/** Values that a schema does not allow. */
function forbidden(field: Schema, usual: unknown): unknown[] {
  const [first] = Array.isArray(usual) ? usual : [];
  return [
    ...(field.enum ? [field.type === 'integer' ? 7 : 'no such value'] : []),
    ...(field.maximum === undefined ? [] : [field.maximum + 1]),
    ...(field.minimum === undefined ? [] : [field.minimum - 1]),
    ...(field.maxLength === undefined ? [] : ['x'.repeat(field.maxLength + 1)]),
    ...(field.maxItems === undefined ? [] : [Array(field.maxItems + 1).fill(first ?? 'https://example.com/mask.png')]),
    ...([field.type].flat().includes('string') ? [{}] : []),
    ...(field.type === 'boolean' ? ['perhaps'] : []),
  ];
}

/** Asserts that a value is what a schema says, every member of it. */
function fits(schema: Schema, value: unknown, at: string): void {
  const types = [schema.type ?? []].flat();
  const kind = Array.isArray(value) ? 'array' : typeof value === 'number' ? 'integer' : typeof value;
  if (types.length > 0) assert.ok(types.includes(kind), `${at} is ${kind}, not ${types}`);
  if (kind === 'integer') assert.ok(Number.isInteger(value), `${at} is ${value}`);
  if (schema.enum) assert.ok(schema.enum.includes(value), `${at} is ${value}`);
  if (Array.isArray(value) && schema.items) for (const item of value) fits(schema.items, item, `${at}[]`);
  if (kind !== 'object' || schema.properties === undefined) return;
  const members = value as Body;
  assert.deepEqual(Object.keys(members).sort(), [...(schema.required ?? [])].sort(), `members of ${at}`);
  for (const [name, member] of Object.entries(schema.properties)) fits(member, members[name], `${at}.${name}`);
}
