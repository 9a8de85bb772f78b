/** The rules of the PixVerse create operations, over HTTP: what each refuses, with its code and the field it names. */
import { after, describe, test } from 'node:test';
import { startGateway } from '../support/gateway.ts';
import { accepted, pixverseClient, refusedWith, SMALL_TEXT } from '../support/pixverse-client.ts';
import { media, picture, silence } from '../support/pixverse-uploads.ts';

const gateway = await startGateway({ after });
const client = pixverseClient(gateway);
const image = await picture(client);
const sound = await media(client, silence(1));
const running = Number(accepted(await client.post('/video/text/generate', { body: SMALL_TEXT }))['video_id']);

type Body = Record<string, unknown>;
type Case = readonly [change: Body, errCode: number, says: RegExp];

/** Each change of a body that would be taken, with how it is refused. */
async function refusals(path: string, body: Body, cases: readonly Case[]): Promise<void> {
  for (const [change, errCode, says] of cases) {
    refusedWith(await client.post(path, { body: { ...body, ...change } }), errCode, says);
  }
}

/** Refusals for what an operation requires. */
const missing = (...fields: string[]): Case[] =>
  fields.map((field) => [{ [field]: undefined }, 400011, new RegExp(`^${field.replace(/\W/g, '\\$&')} is missing`)]);

/** Operations with a source, each with a body that lacks only its source. */
const SOURCED: readonly (readonly [string, Body])[] = [
  ['/video/extend/generate', { prompt: 'on', model: 'v6', duration: 1, quality: '360p' }],
  ['/video/lip_sync/generate', { lip_sync_tts_speaker_id: 'auto', lip_sync_tts_content: 'hello' }],
  ['/video/sound_effect/generate', { prompt: 'rain' }],
];

describe('PixVerse sources', () => {
  test('exactly one names the video [pixverse-ops.source.one]', async () => {
    for (const [path, body] of SOURCED) {
      await refusals(path, body, [
        [{}, 400011, /source_video_id or video_media_id/],
        [{ source_video_id: 0, video_media_id: '' }, 400011, /source_video_id or video_media_id/],
        [{ source_video_id: 5, video_media_id: 6 }, 400017, /not both/],
        [{ source_video_id: {} }, 400013, /source_video_id/],
      ]);
    }
  });

  test('what is no video of this tenant is none [pixverse-ops.source.unknown] [pixverse-ops.lip-sync.combinations]', async () => {
    for (const [path, body] of SOURCED) {
      await refusals(path, body, [
        [{ source_video_id: 1 }, 400017, /source_video_id/],
        [{ source_video_id: '99999999999999999999' }, 400017, /source_video_id/],
        [{ source_video_id: running }, 400017, /source_video_id.*succeeded/],
        [{ video_media_id: 1 }, 400017, /video_media_id/],
        [{ video_media_id: image }, 400017, /video_media_id/],
        [{ video_media_id: sound }, 400017, /video_media_id/],
      ]);
    }
  });
});

describe('PixVerse transitions', () => {
  const path = '/video/transition/generate';
  const body = {
    prompt: 'grow',
    model: 'v6',
    duration: 1,
    quality: '360p',
    first_frame_img: image,
    last_frame_img: image,
  };

  test('required fields [pixverse-ops.transition.required]', async () => {
    const fields = ['prompt', 'model', 'duration', 'quality', 'first_frame_img', 'last_frame_img'];
    await refusals(path, body, missing(...fields));
  });

  test('rules [pixverse-ops.transition.rules] [pixverse-ops.source.unknown]', async () => {
    await refusals(path, body, [
      [{ prompt: 'x'.repeat(2049) }, 400018, /prompt/],
      [{ model: 'v7' }, 400017, /model.*v6/],
      [{ duration: 16 }, 400017, /duration/],
      [{ model: 'v5.6', quality: '1080p', duration: 10 }, 400017, /duration/],
      [{ quality: '480p' }, 400017, /quality/],
      [{ model: 'v6', sound_effect_switch: true }, 400017, /sound_effect_switch/],
      [{ first_frame_img: 1 }, 400032, /first_frame_img/],
      [{ last_frame_img: sound }, 400032, /last_frame_img/],
      [{ last_frame_img: '99999999999999999999' }, 400032, /last_frame_img/],
    ]);
  });

  test('switches as strings [pixverse-ops.transition.switches]', async () => {
    const old = { ...body, model: 'v5', duration: 5 };
    await refusals(path, old, [
      [{ lip_sync_tts_switch: 'true' }, 400011, /lip_sync_tts_content/],
      [{ lip_sync_switch: 'yes' }, 400013, /lip_sync_switch must be true or false/],
      [{ model: 'v6', lip_sync_switch: 'true' }, 400017, /lip_sync_switch/],
    ]);
  });
});

describe('PixVerse multi-transitions', () => {
  const path = '/video/multi_transition/generate';
  const frame = (duration?: number) => ({ img_id: image, duration, prompt: '' });
  const list = (...durations: number[]) => ({ multi_transition: [...durations.map(frame), frame(0)] });
  const body = { ...list(3, 3), model: 'v5', quality: '360p' };

  test('frames [pixverse-ops.multi-transition.frames]', async () => {
    await refusals(path, body, [
      ...missing('multi_transition', 'model', 'quality'),
      [{ multi_transition: [] }, 400017, /2 to 7/],
      [{ multi_transition: [frame(0)] }, 400017, /2 to 7/],
      [list(1, 1, 1, 1, 1, 1, 1), 400017, /2 to 7/],
      [{ multi_transition: [frame(), frame(0)] }, 400011, /multi_transition\[0\]\.duration/],
      [{ multi_transition: [frame(3), frame(3)] }, 400017, /multi_transition\[1\]\.duration/],
      [{ multi_transition: [{ duration: 3 }, frame(0)] }, 400011, /multi_transition\[0\]\.img_id/],
      [{ multi_transition: [frame(3), { img_id: 1 }] }, 400032, /multi_transition\[1\]\.img_id/],
      [{ multi_transition: [3, 4] }, 400013, /multi_transition\[0\]/],
      [{ multi_transition: [{ ...frame(3), prompt: 7 }, frame(0)] }, 400013, /multi_transition\[0\]\.prompt/],
      [{ multi_transition: [{ ...frame(3), prompt: 'x'.repeat(2049) }, frame(0)] }, 400018, /prompt/],
    ]);
  });

  test('durations [pixverse-ops.multi-transition.durations]', async () => {
    await refusals(path, body, [
      [list(9), 400017, /1 to 8/],
      [list(0), 400017, /1 to 8/],
      [list(6, 3), 400017, /1 to 5/],
    ]);
  });

  test('models [pixverse-ops.multi-transition.models]', async () => {
    const later: Case[] = ['v5.5', 'v5.6', 'v6', 'c1'].map((model) => [
      { model },
      400017,
      /model.*v3\.5, v4, v4\.5, v5/,
    ]);
    await refusals(path, body, [
      ...later,
      [{ model: 'v4', motion_mode: 'slow' }, 400017, /motion_mode/],
      [{ model: 'v4', motion_mode: 'fast', ...list(6) }, 400017, /motion_mode/],
      [{ model: 'v4', motion_mode: 'fast', quality: '1080p' }, 400017, /motion_mode/],
    ]);
  });
});

describe('PixVerse extend', () => {
  const path = '/video/extend/generate';
  const body = { source_video_id: 5, prompt: 'on', model: 'v6', duration: 1, quality: '360p' };

  test('models and durations [pixverse-ops.extend.models]', async () => {
    await refusals(path, body, [
      [{ model: 'v5.6', duration: 5 }, 400017, /model/],
      [{ model: 'c1' }, 400017, /model/],
      [{ model: 'v5.5', duration: 6 }, 400017, /duration.*5, 8, 10/],
      [{ model: 'v5', duration: 10 }, 400017, /duration.*5, 8/],
      [{ duration: 16 }, 400017, /duration/],
    ]);
  });

  test('fields [pixverse-ops.extend.fields]', async () => {
    await refusals(path, body, [
      ...missing('prompt', 'model', 'duration', 'quality'),
      [{ prompt: 'x'.repeat(2049) }, 400018, /prompt/],
      [{ seed: -1 }, 400017, /seed/],
      [{ style: 'anime' }, 400017, /style/],
      // Everything else about it is right, so the first thing to be wrong is the source.
      [{ aspect_ratio: 'auto', water_mark: true, seed: undefined }, 400017, /source_video_id/],
    ]);
  });
});

describe('PixVerse lip sync and sound effects', () => {
  const lipSync = { source_video_id: 5, audio_media_id: sound };

  test('one sound [pixverse-ops.lip-sync.combinations]', async () => {
    await refusals('/video/lip_sync/generate', lipSync, [
      [{ audio_media_id: undefined }, 400017, /audio_media_id/],
      [{ audio_media_id: 0 }, 400017, /audio_media_id/],
      [{ lip_sync_tts_content: 'hello' }, 400017, /not both/],
      [{ lip_sync_tts_speaker_id: '7' }, 400017, /not both/],
      [{ audio_media_id: 0, lip_sync_tts_content: 'hello' }, 400017, /lip_sync_tts_speaker_id/],
      [{ audio_media_id: 0, lip_sync_tts_speaker_id: '7' }, 400017, /lip_sync_tts_content/],
    ]);
  });

  test('speech [pixverse-ops.lip-sync.speech]', async () => {
    const speech = { source_video_id: 5, lip_sync_tts_speaker_id: 'Auto', lip_sync_tts_content: 'hello' };
    await refusals('/video/lip_sync/generate', speech, [
      [{ lip_sync_tts_speaker_id: 'nobody' }, 400017, /lip_sync_tts_speaker_id.*auto/],
      [{ lip_sync_tts_content: 'é'.repeat(201) }, 400017, /201/],
      [{ lip_sync_tts_content: 5 }, 400013, /lip_sync_tts_content/],
      // Two hundred characters of four bytes are taken, so what is wrong is the source.
      [{ lip_sync_tts_content: '🙂'.repeat(200) }, 400017, /source_video_id/],
    ]);
  });

  test('sound effects [pixverse-ops.sound-effect.text]', async () => {
    await refusals('/video/sound_effect/generate', { source_video_id: 5 }, [
      [{ sound_effect_content: 'x'.repeat(2049) }, 400017, /sound_effect_content/],
      [{ prompt: 'x'.repeat(2049) }, 400017, /prompt/],
      [{ original_sound_switch: 'true' }, 400013, /original_sound_switch/],
      [{ sound_effect_content: '' }, 400017, /source_video_id/],
    ]);
  });
});
