/** What operations take as inputs and what they cost, over HTTP: with real files at and over their limits. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { makeFile, RECIPES, testMedia } from '../media/fixtures.ts';
import { startGateway } from '../support/gateway.ts';
import { accepted, pixverseClient, refusedWith } from '../support/pixverse-client.ts';
import { KEYFRAME, pixverseThings } from '../support/pixverse-things.ts';
import { media, silence } from '../support/pixverse-uploads.ts';
import { waitingClient } from '../support/pixverse-waiting.ts';

const gateway = await startGateway({ after }, { prices: { 'multi-transition.360p': 1.25, restyle: 12 } });
const client = pixverseClient(gateway);
const waiting = await waitingClient(gateway);
const engine = await testMedia({ after });
const { image, source, video, mask } = await pixverseThings(client);

/** A video of so many seconds, two frames each; `args` come before the name. */
async function clip(seconds: number, args: readonly string[] = ['-c:v', 'libx264', '-preset', 'ultrafast']) {
  const argv = ['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=s=64x48:r=2:d=${seconds}`, ...args, 'a.mp4'];
  const { outputs } = await engine.run({ argv, files: {}, outputs: ['a.mp4'], timeoutMs: 60_000 });
  return Buffer.from(outputs.get('a.mp4') ?? []);
}

/** The file with so many bytes behind it that belong to nothing, as the container allows. */
function padded(file: Buffer, bytes: number): Buffer {
  const box = Buffer.alloc(bytes);
  box.writeUInt32BE(bytes, 0);
  box.write('free', 4, 'latin1');
  return Buffer.concat([file, box]);
}

const MB = 1024 * 1024;
const LIP_SYNC = '/video/lip_sync/generate';
const WORDS = { lip_sync_tts_speaker_id: 'auto', lip_sync_tts_content: 'hello this is harry, where are you from?' };
const MASKS = '/video/mask/selection';
const SWAP = '/video/swap/generate';

const costOf = async (path: string, body: object) => (await waiting.order(path, body)).credits;

describe('PixVerse inputs', () => {
  test('a source has at most 30 s and 50 MB; only extend takes WebM [pixverse-ops.source.limits] [pixverse-ops.extend.webm]', async () => {
    const [longest, heavy, webm, mov] = [
      await media(waiting.client, await clip(30)),
      await media(waiting.client, padded(await clip(1), 50 * MB)),
      await media(waiting.client, await makeFile(engine, 'a.webm')),
      await media(waiting.client, await makeFile(engine, 'a.mov')),
    ];
    const bodies: [string, object][] = [
      ['/video/extend/generate', { prompt: 'p', model: 'v6', duration: 1, quality: '360p' }],
      [LIP_SYNC, WORDS],
      ['/video/sound_effect/generate', {}],
      ['/video/restyle/generate', { restyle_id: 1001 }],
      ['/video/upscale/generate', {}],
    ];
    for (const [path, body] of bodies) {
      await waiting.refused(path, { ...body, video_media_id: heavy }, 400017, 'video_media_id');
      await waiting.order(path, { ...body, video_media_id: longest });
      await waiting.order(path, { ...body, video_media_id: mov });
      if (path === '/video/extend/generate') await waiting.order(path, { ...body, video_media_id: webm });
      else await waiting.refused(path, { ...body, video_media_id: webm }, 400017, 'video_media_id');
    }
    // Motion control takes 100 MB.
    await waiting.order('/video/mimic/generate', { video_media_id: heavy, img_id: image, quality: '360p' });
  });

  test('over 30 s or 1920 pixels a side it is refused at the upload [pixverse-ops.source.limits]', async () => {
    const large = ['-vf', 'scale=1922:32', '-c:v', 'libx264', '-preset', 'ultrafast'];
    for (const [bytes, says] of [
      [await clip(31), /31 s long/],
      [await clip(1, large), /1922×\d+ pixels; no side may be over 1920/],
    ] as const) {
      const form = new FormData();
      form.append('file', new Blob([new Uint8Array(bytes)]), 'a.mp4');
      refusedWith(await waiting.client.post('/media/upload', { body: form }), 400017, says);
    }
  });

  test('a sound to speak is MP3 or WAV of at most 30 s [pixverse-ops.lip-sync.sound]', async () => {
    const upload = async (bytes: Uint8Array) => media(waiting.client, bytes);
    const of = async (bytes: Uint8Array) => ({ video_media_id: video, audio_media_id: await upload(bytes) });
    await waiting.order(LIP_SYNC, await of(await makeFile(engine, 'a.mp3')));
    await waiting.order(LIP_SYNC, await of(silence(30)));
    await waiting.refused(LIP_SYNC, await of(silence(31)), 400017, 'audio_media_id');
    await waiting.refused(LIP_SYNC, await of(await makeFile(engine, 'a.m4a')), 400017, 'audio_media_id');
    await waiting.refused(LIP_SYNC, await of(await makeFile(engine, 'a.aac')), 400017, 'audio_media_id');
  });

  test('masks are looked for in H.264 and H.265 [pixverse-ops.mask.codec]', async () => {
    const other = await media(client, await clip(1, ['-c:v', 'mpeg4']));
    await waiting.refused(MASKS, { video_media_id: other }, 400017, 'video_media_id');
    assert.ok(RECIPES['a.mp4']?.includes('libx264'));
    accepted(
      await client.post(MASKS, { body: { video_media_id: await media(client, await makeFile(engine, 'a.mp4')) } }),
    );
  });

  test('video, keyframe and mask belong together, and a swap keeps its sound [pixverse-ops.swap.together] [pixverse-ops.swap.sound]', async () => {
    const body = { video_media_id: video, keyframe_id: KEYFRAME, mask_id: mask, img_id: image, quality: '360p' };
    const keeps = async (more: object) => (await waiting.order(SWAP, { ...body, ...more })).request.options?.keepSound;
    assert.deepEqual(
      [await keeps({}), await keeps({ original_sound_switch: true }), await keeps({ original_sound_switch: false })],
      [true, true, false],
    );
    await waiting.refused(SWAP, { ...body, keyframe_id: KEYFRAME + 1 }, 400017, 'keyframe_id');
    await waiting.refused(SWAP, { ...body, keyframe_id: 400 }, 400017, 'keyframe_id');
    const other = { ...body, video_media_id: await media(client, await clip(1)) };
    await waiting.refused(SWAP, other, 400017, 'mask_id');
    const modify = { video_media_id: video, prompt: '@selection0', mask_ids: [mask], quality: '360p' };
    assert.deepEqual((await waiting.order('/video/modify/generate', modify)).request.options?.keyframes, [KEYFRAME]);
    await waiting.refused('/video/modify/generate', { ...modify, keyframe_ids: 9 }, 400017, 'keyframe_ids');
  });

  test('original_sound_switch keeps the sound there is [pixverse-ops.sound-effect.original]', async () => {
    const path = '/video/sound_effect/generate';
    const silent = await media(waiting.client, await clip(1));
    const keeps = async (body: object) => (await waiting.order(path, body)).request.options?.keepSound;
    assert.equal(await keeps({ video_media_id: video, original_sound_switch: true }), true);
    assert.equal(await keeps({ video_media_id: video, original_sound_switch: false }), false);
    assert.equal(await keeps({ video_media_id: video }), false);
    assert.equal(await keeps({ video_media_id: silent, original_sound_switch: true }), false, 'there is none to keep');
  });
});

describe('PixVerse prices of operations', () => {
  const clipOf = { prompt: 'p', model: 'v6', quality: '540p' };

  test('transition and extend cost what a clip does [pixverse-ops.price.clips]', async () => {
    const frames = { first_frame_img: image, last_frame_img: image };
    const transition = '/video/transition/generate';
    assert.equal(await costOf(transition, { ...clipOf, ...frames, model: 'v5', duration: 5 }), 45);
    assert.equal(await costOf(transition, { ...clipOf, ...frames, duration: 5, generate_audio_switch: true }), 45);
    const spoken = { ...WORDS, lip_sync_tts_content: 'hi', lip_sync_tts_switch: 'true' };
    assert.equal(await costOf(transition, { ...clipOf, ...frames, model: 'v5', duration: 5, ...spoken }), 65);
    const extend = { ...clipOf, source_video_id: source, duration: 3, generate_audio_switch: true };
    assert.equal(await costOf('/video/extend/generate', extend), 27);
    assert.equal(await costOf('/video/extend/generate', { ...extend, model: 'v5.5', duration: 5 }), 35);
  });

  test('lip sync, by the sound or the text [pixverse-ops.price.lip-sync]', async () => {
    assert.equal(
      await costOf(LIP_SYNC, { video_media_id: video, ...WORDS }),
      12,
      '40 bytes are three times 15, started',
    );
    const umlauts = { ...WORDS, lip_sync_tts_content: 'äöüäöüäö' };
    assert.equal(await costOf(LIP_SYNC, { source_video_id: source, ...umlauts }), 8, '16 bytes');
    for (const [seconds, credits] of [
      [12, 48],
      [12.5, 52],
    ] as const) {
      const sound = await media(waiting.client, silence(seconds));
      assert.equal(await costOf(LIP_SYNC, { video_media_id: video, audio_media_id: sound }), credits);
    }
  });

  test('sound effects by started five seconds [pixverse-ops.price.sound-effect]', async () => {
    const path = '/video/sound_effect/generate';
    const long = await media(waiting.client, await clip(8));
    assert.deepEqual(
      [await costOf(path, { video_media_id: video }), await costOf(path, { video_media_id: long })],
      [10, 20],
    );
  });

  test('fusion, twice as much with videos [pixverse-ops.price.fusion]', async () => {
    const path = '/video/fusion/generate';
    const cat = { image_references: [{ type: 'subject', img_id: image, ref_name: 'cat' }], aspect_ratio: '1:1' };
    const body = { ...clipOf, ...cat, prompt: '@cat ' };
    assert.equal(await costOf(path, { ...body, model: 'v4.5', duration: 5 }), 45);
    assert.equal(await costOf(path, { ...body, model: 'v5.6', duration: 5, generate_audio_switch: true }), 80);
    assert.equal(await costOf(path, { ...body, duration: 5 }), 35);
    const long = await media(waiting.client, await clip(5));
    const omni = {
      ...body,
      duration: 0,
      reference_mode: 'omni',
      video_references: [{ media_id: long, ref_name: 'v' }],
    };
    assert.equal(await costOf(path, omni), 70);
  });

  test('masks 2, motion control 9, 10 or 12 a second [pixverse-ops.price.mask] [pixverse-ops.price.motion-control]', async () => {
    const found = accepted(await client.post(MASKS, { body: { video_media_id: video } }));
    assert.equal(found['credits'], 2);
    const five = await media(waiting.client, await clip(5));
    const body = { video_media_id: five, img_id: image };
    const costs = [];
    for (const quality of ['360p', '540p', '720p']) {
      costs.push(await costOf('/video/mimic/generate', { ...body, quality }));
    }
    assert.deepEqual(costs, [45, 50, 60]);
  });

  test('music by the started second [pixverse-ops.price.music]', async () => {
    const song = await media(waiting.client, silence(10.5));
    accepted(await waiting.client.post('/audio/verification', { body: { audio_media_id: song } }));
    const body = { mv_agent_type: 'vibe_mv', audio_media_id: song, aspect_ratio: '16:9' };
    const path = '/video/music_mv_agent/generate';
    assert.deepEqual(
      [await costOf(path, { ...body, quality: '720p' }), await costOf(path, { ...body, quality: '1080p' })],
      [165, 248],
    );
  });

  test('ours, as they are and as they were set [pixverse-ops.price.ours]', async () => {
    const frames = [{ img_id: image, duration: 2 }, { img_id: image }];
    const multi = { multi_transition: frames, model: 'v5' };
    const path = '/video/multi_transition/generate';
    assert.equal(await costOf(path, { ...multi, quality: '360p' }), 3, '2 s of 1.25, rounded up');
    assert.equal(await costOf(path, { ...multi, quality: '540p' }), 18);
    assert.equal(await costOf(path, { ...multi, quality: '540p', model: 'v4', motion_mode: 'fast' }), 36);
    assert.equal(await costOf('/video/restyle/generate', { video_media_id: video, restyle_id: 1001 }), 12);
    assert.equal(await costOf('/video/upscale/generate', { video_media_id: video }), 5);
    const swap = { video_media_id: video, keyframe_id: KEYFRAME, mask_id: mask, img_id: image, quality: '720p' };
    assert.equal(await costOf(SWAP, swap), 12);
    assert.equal(await costOf('/video/modify/generate', { video_media_id: video, prompt: 'p', quality: '540p' }), 10);
    const avatar = { ...WORDS, img_id: image, quality: '360p' };
    assert.equal(await costOf('/video/avatar/generate', avatar), 21);
    const postcard = { img_ids: [image], template_id: 377378608924544 };
    assert.equal(await costOf('/image/template/generate', postcard), 10);
    const orbit = { img_id: image, template_id: 384631857552768, quality: '360p' };
    assert.equal(await costOf('/video/img/generate', orbit), 45);
  });
});
