/** Every PixVerse create operation over HTTP, from its create to its file, with what it costs. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { findFfmpeg } from '../../src/media/cli.ts';
import { tempFolder } from '../media/fixtures.ts';
import { startGateway } from '../support/gateway.ts';
import { accepted, balanceOf, ended, pixverseClient, refusedWith, SMALL_TEXT } from '../support/pixverse-client.ts';
import { pixverseThings } from '../support/pixverse-things.ts';
import { media, picture, silence } from '../support/pixverse-uploads.ts';
import { ffprobe } from '../upstreams/workshop.ts';

const gateway = await startGateway({ after }, { prices: { upscale: 3 } });
const client = pixverseClient(gateway);

type Body = Record<string, unknown>;

/** Creates, and follows to the end. */
async function made(route: string, body: Body): Promise<Record<string, unknown>> {
  const { video_id: id } = accepted(await client.post(route, { body }));
  const status = await ended(client, id);
  assert.equal(status['status'], 1, `${route}: ${JSON.stringify(status)}`);
  return status;
}

const { image, source, video, sound, masks, found, mask } = await pixverseThings(client);
const song = await media(client, silence(10));
const songUnheard = await media(client, silence(11));

const SMALL = { prompt: 'a cat', model: 'v6', duration: 1, quality: '360p' };
const WORDS = { lip_sync_tts_speaker_id: 'auto', lip_sync_tts_content: 'hello' };
const at = (address: unknown) => String(address);

/** What a file has to be: pixels, frames (24 a second) and whether it sounds. */
type File = readonly [width: number, height: number, frames: number, sounds: boolean];

/** Route, body, whole credits and file of what is followed to its end. */
const OPERATIONS: readonly (readonly [string, Body, number, File])[] = [
  ['/video/transition/generate', { ...SMALL, first_frame_img: image, last_frame_img: image }, 5, [640, 360, 24, false]],
  [
    '/video/multi_transition/generate',
    { multi_transition: [{ img_id: image, duration: 1 }, { img_id: image }], model: 'v5', quality: '360p' },
    9,
    [640, 360, 24, false],
  ],
  ['/video/extend/generate', { ...SMALL, source_video_id: source }, 5, [640, 360, 48, true]],
  ['/video/lip_sync/generate', { source_video_id: source, audio_media_id: sound }, 4, [640, 360, 24, true]],
  ['/video/lip_sync/generate', { source_video_id: source, ...WORDS }, 4, [640, 360, 24, true]],
  ['/video/lip_sync/generate', { video_media_id: video, audio_media_id: sound }, 4, [640, 360, 24, true]],
  ['/video/lip_sync/generate', { video_media_id: String(video), ...WORDS }, 4, [640, 360, 24, true]],
  [
    '/video/sound_effect/generate',
    { source_video_id: source, prompt: 'rain', original_sound_switch: true },
    10,
    [640, 360, 24, true],
  ],
  [
    '/video/fusion/generate',
    { ...SMALL, aspect_ratio: '1:1', image_references: [{ type: 'subject', img_id: image, ref_name: 'cat' }] },
    5,
    [360, 360, 24, false],
  ],
  [
    '/video/fusion/generate',
    {
      ...SMALL,
      duration: 0,
      aspect_ratio: 'auto',
      reference_mode: 'omni',
      image_references: [{ img_id: image }],
      video_references: [{ media_id: video }],
    },
    10,
    [640, 360, 24, false],
  ],
  ['/video/restyle/generate', { source_video_id: source, restyle_id: 1001 }, 10, [640, 360, 24, true]],
  [
    '/video/swap/generate',
    { video_media_id: video, keyframe_id: 2, mask_id: mask, img_id: image, quality: '360p' },
    9,
    [640, 360, 24, true],
  ],
  [
    '/video/swap/generate',
    {
      ...{ video_media_id: video, keyframe_id: 2, mask_id: mask, img_id: image, quality: '360p' },
      original_sound_switch: false,
    },
    9,
    [640, 360, 24, false],
  ],
  ['/video/mimic/generate', { video_media_id: video, img_id: image, quality: '360p' }, 9, [640, 360, 24, true]],
  [
    '/video/modify/generate',
    {
      video_media_id: video,
      prompt: '@selection0 is @img0',
      img_ids: [image],
      mask_ids: [mask],
      keyframe_ids: 2,
      quality: '360p',
    },
    9,
    [640, 360, 24, true],
  ],
  ['/video/upscale/generate', { source_video_id: source }, 3, [1280, 720, 24, true]],
  ['/video/avatar/generate', { img_id: image, quality: '360p', audio_media_id: sound }, 7, [640, 360, 24, true]],
];

/** A file as ffprobe, which is none of ours, finds it; undefined on a machine without it. */
async function probed(address: unknown): Promise<{ picture: Stream; sounds: boolean } | undefined> {
  if (findFfmpeg() === undefined) return undefined;
  const file = path.join(folder, `file-${probes++}`);
  await writeFile(file, new Uint8Array(await (await fetch(at(address))).arrayBuffer()));
  const { streams } = await ffprobe(file);
  const picture = streams.find(({ codec_type: type }) => type === 'video') ?? assert.fail('it has a picture');
  return { picture, sounds: streams.some(({ codec_type: type }) => type === 'audio') };
}
type Stream = Readonly<Record<string, unknown>>;
const folder = await tempFolder({ after });
let probes = 0;

describe('PixVerse operations from create to file', () => {
  for (const [route, body, credits, [width, height, frames, sounds]] of OPERATIONS) {
    test(`${route} of ${Object.keys(body).join(', ')} [pixverse-ops.accepted] [pixverse-ops.charged]`, async () => {
      const before = await balanceOf(client);
      const created = accepted(await client.post(route, { body }));
      assert.equal(created['credits'], credits);
      if (created['credit'] !== undefined) assert.equal(created['credit'], credits);
      assert.equal(await balanceOf(client), before - credits, 'held as it was said');
      const status = await ended(client, created['video_id']);
      assert.equal(status['status'], 1, JSON.stringify(status));
      const file = await fetch(at(status['url']));
      assert.equal((await file.arrayBuffer()).byteLength, status['size']);
      assert.deepEqual([status['outputWidth'], status['outputHeight'], status['has_audio']], [width, height, sounds]);
      const seen = await probed(status['url']);
      if (seen) {
        const { codec_name: codec, width: wide, height: high, nb_read_frames: count, duration } = seen.picture;
        assert.deepEqual([codec, wide, high, count, seen.sounds], ['h264', width, height, String(frames), sounds]);
        assert.equal(Number(duration), frames / 24);
      }
      assert.equal(await balanceOf(client), before - credits, 'and charged');
      const asked = await fetch(`${gateway.url}/video/credits/${created['video_id']}`, {
        headers: { 'API-KEY': gateway.key },
      });
      assert.deepEqual(((await asked.json()) as { Resp: unknown }).Resp, {
        video_id: created['video_id'],
        credit: credits,
      });
    });
  }

  test('moderated and failed work gives its credits back [pixverse-ops.refund]', async () => {
    const before = await balanceOf(client);
    const refused: [string, Body, number][] = [
      ['/video/extend/generate', { ...SMALL, prompt: '[reelpool:moderated]', source_video_id: source }, 7],
      ['/video/restyle/generate', { source_video_id: source, restyle_prompt: '[reelpool:failed]' }, 8],
      ['/video/sound_effect/generate', { source_video_id: source, sound_effect_content: '[reelpool:moderated]' }, 7],
      ['/video/lip_sync/generate', { ...WORDS, source_video_id: source, lip_sync_tts_content: '[reelpool:failed]' }, 8],
    ];
    for (const [route, body, expected] of refused) {
      const { video_id: id } = accepted(await client.post(route, { body }));
      assert.equal((await ended(client, id))['status'], expected, route);
    }
    assert.equal(await balanceOf(client), before);
  });

  test('the masks of a frame, within the call [pixverse-ops.mask.answer] [pixverse-ops.mask.tenant]', async () => {
    assert.deepEqual([masks['keyframe_id'], masks['credits']], [2, 2]);
    assert.ok(found.length > 0);
    for (const { mask_id: id, mask_name: name, mask_url: url } of found) {
      assert.match(id, /^[0-9]+$/);
      assert.ok(name.length > 0);
      assert.equal((await fetch(url)).status, 200);
    }
    assert.equal((await fetch(at(masks['keyframe_url']))).status, 200);
    const pictures = [masks['keyframe_url'], ...found.map(({ mask_url: url }) => url)];
    for (const url of pictures) {
      const seen = await probed(url);
      if (seen) assert.deepEqual([seen.picture['width'], seen.picture['height']], [640, 360], 'as large as the frame');
    }
    const body = { video_media_id: video, keyframe_id: 1, mask_id: mask, img_id: image, quality: '360p' };
    refusedWith(await client.post('/video/swap/generate', { body }), 400017, /keyframe_id/);
    const other = { ...body, video_media_id: undefined, source_video_id: source, keyframe_id: 2 };
    refusedWith(await client.post('/video/swap/generate', { body: other }), 400017, /mask_id.*another video/);
    const stray = { ...body, keyframe_id: 2, mask_id: String(image) };
    refusedWith(await client.post('/video/swap/generate', { body: stray }), 400017, /mask_id/);
  });

  test('masks are answered again under the same id [pixverse-ops.mask.replay]', async () => {
    const options = { body: { source_video_id: source }, trace: 'masks-once' };
    const before = await balanceOf(client);
    const once = accepted(await client.post('/video/mask/selection', options));
    assert.deepEqual(accepted(await client.post('/video/mask/selection', options)), once);
    assert.equal(await balanceOf(client), before - 2);
  });

  test('a picture of a template [pixverse-ops.image-template.result]', async () => {
    const body = { img_ids: [String(image)], template_id: 377378608924544 };
    const created = accepted(await client.post('/image/template/generate', { body }));
    assert.deepEqual(Object.keys(created), ['image_id', 'credits']);
    const id = created['image_id'];
    let status = accepted(await client.get(`/image/result/${id}`));
    while (status['status'] === 5) status = accepted(await client.get(`/image/result/${id}`));
    assert.equal(status['status'], 1, JSON.stringify(status));
    assert.equal((await fetch(at(status['url']))).headers.get('content-type')?.split('/')[0], 'image');
    assert.deepEqual((status['customer_paths'] as Body)['gen_img_req_img_ids'], [image]);
    refusedWith(await client.get(`/video/result/${id}`), 500008, /video/);
    refusedWith(await client.get(`/image/result/${source}`), 500008, /image/);
  });
});

// Last, because their files are long and nobody waits for them.
describe('PixVerse operations that take long', () => {
  test('a video of a template is made [pixverse-ops.template.rules]', async () => {
    const body = { template_id: 384631857552768, img_id: image, quality: '360p' };
    assert.equal(accepted(await client.post('/video/img/generate', { body }))['credits'], 45);
  });

  test('agents take addresses, also of what is kept here [pixverse-ops.agent.addresses]', async () => {
    const wide = await made('/video/text/generate', { ...SMALL_TEXT, duration: 2, quality: '720p' });
    const uploaded = accepted(await client.get(`/video/result/${wide['id']}`));
    const shown = await picture(client, 80, 80);
    const kept = await gateway.app.gateway.asset(gateway.app.operator, shown);
    const body = {
      agent_id: 414562414124109,
      prompt: 'again',
      img_references: [{ img_url: gateway.url + kept.path }],
      video_references: [{ video_url: uploaded['url'] }],
      quality: '720p',
    };
    const options = { body, trace: 'viral' };
    const created = accepted(await client.post('/video/agent/generate', options));
    assert.equal(created['credits'], 30);
    assert.deepEqual(accepted(await client.post('/video/agent/generate', options)), created);
  });

  test('a song that was verified, and one that was not [pixverse-ops.music.verified]', async () => {
    const body = { mv_agent_type: 'vibe_mv', audio_media_id: song, aspect_ratio: '16:9', quality: '720p' };
    refusedWith(await client.post('/video/music_mv_agent/generate', { body }), 701020, /audio_media_id/);
    assert.deepEqual(accepted(await client.post('/audio/verification', { body: { audio_media_id: song } })), {});
    assert.equal(accepted(await client.post('/video/music_mv_agent/generate', { body }))['credits'], 150);
    const unheard = { ...body, audio_media_id: songUnheard };
    refusedWith(await client.post('/video/music_mv_agent/generate', { body: unheard }), 701020, /audio_media_id/);
  });
});
