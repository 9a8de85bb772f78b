/** Inputs at a vendor's account: each is brought there once, and anew when the vendor does not know it any more. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { answer, envelope, openScene, type Scene } from '../support/faulty-row.ts';
import { accepted, balanceOf } from '../support/pixverse-client.ts';
import { media, silence } from '../support/pixverse-uploads.ts';

const UPLOAD = '/media/upload';
const VERIFY = '/audio/verification';
const VOICES = '/video/tts_speaker';
const MUSIC = '/video/music_mv_agent/generate';
const UPSCALE = '/video/upscale/generate';
const LIPS = '/video/lip_sync/generate';

/** Creates through the near door, and follows to one of the states. */
async function run(scene: Scene, path: string, body: object, states = ['succeeded', 'failed', 'expired']) {
  const id = Number(accepted(await scene.client.post(path, { body }))['video_id']);
  await scene.until(id, states, 1_000);
  return { id, state: await scene.state(id) };
}

/** How often each path was called at the far side. */
const counts = ({ wire }: Scene, ...paths: string[]) => paths.map((path) => wire.count(path));

/** A clip of the near gateway. */
async function clip(scene: Scene): Promise<number> {
  const id = await scene.create();
  await scene.until(id, ['succeeded']);
  return id;
}

suite('an input at an account', { concurrency: 1 }, () => {
  test('what the account made is named there; once that is not known any more, it is uploaded, once', async (t) => {
    const scene = await openScene(t);
    const body = { source_video_id: await clip(scene) };
    const before = await balanceOf(scene.client);
    assert.equal((await run(scene, UPSCALE, body)).state, 'succeeded');
    assert.deepEqual(counts(scene, UPLOAD, UPSCALE), [0, 1]);
    void scene.wire.plan(UPSCALE, answer(envelope(500064)));
    const { id, state } = await run(scene, UPSCALE, body);
    assert.equal(state, 'succeeded');
    assert.deepEqual(await scene.attempts(id), ['input_forgotten', 'ended']);
    assert.equal((await run(scene, UPSCALE, body)).state, 'succeeded');
    assert.deepEqual(counts(scene, UPLOAD, UPSCALE), [1, 4], 'the third goes by the upload at once');
    const sent = scene.wire.calls
      .filter(({ path }) => path.includes(UPSCALE))
      .map((call) => Object.keys(JSON.parse(call.body)));
    assert.deepEqual(sent, [['source_video_id'], ['source_video_id'], ['video_media_id'], ['video_media_id']]);
    assert.equal(await scene.health(), 'ok');
    await scene.settled(before, 15);
  });

  test('a voice is made there once, and again when it is not known any more', async (t) => {
    const scene = await openScene(t);
    const sound = await media(scene.client, silence(1));
    const made = accepted(await scene.client.post(VOICES, { body: { name: 'Ida', audio_media_id: sound } }));
    const body = {
      source_video_id: await clip(scene),
      lip_sync_tts_content: 'Good morning.',
      lip_sync_tts_speaker_id: made['speaker_id'],
    };
    for (let times = 0; times < 2; times++) assert.equal((await run(scene, LIPS, body)).state, 'succeeded');
    assert.deepEqual(counts(scene, UPLOAD, VOICES, LIPS), [1, 1, 2]);
    const [first] = scene.wire.calls.filter(({ path }) => path.includes(LIPS));
    const speaker = (JSON.parse(first?.body ?? '{}') as Record<string, unknown>)['lip_sync_tts_speaker_id'];
    assert.notEqual(speaker, made['speaker_id'], 'by its id there');
    void scene.wire.plan(LIPS, answer(envelope(400017)));
    assert.equal((await run(scene, LIPS, body)).state, 'succeeded');
    assert.deepEqual(counts(scene, VOICES, LIPS), [2, 4]);
  });

  test('a song is uploaded and verified once; a vendor that wants it again gets it again', async (t) => {
    const scene = await openScene(t);
    const song = await media(scene.client, silence(10));
    accepted(await scene.client.post(VERIFY, { body: { audio_media_id: song } }));
    const body = { mv_agent_type: 'vibe_mv', audio_media_id: song, aspect_ratio: '1:1', quality: '720p' };
    for (let times = 0; times < 2; times++) await run(scene, MUSIC, body, ['running']);
    assert.deepEqual(counts(scene, UPLOAD, VERIFY, MUSIC), [1, 1, 2]);
    void scene.wire.plan(MUSIC, answer(envelope(701020)));
    const { id } = await run(scene, MUSIC, body, ['running']);
    assert.deepEqual(await scene.attempts(id), ['input_forgotten', 'accepted']);
    assert.deepEqual(counts(scene, UPLOAD, VERIFY, MUSIC), [2, 2, 4]);
    void scene.wire.plan(VERIFY, answer(envelope(500063)));
    const other = await media(scene.client, silence(11));
    accepted(await scene.client.post(VERIFY, { body: { audio_media_id: other } }));
    const refused = await run(scene, MUSIC, { ...body, audio_media_id: other }, ['moderated']);
    assert.deepEqual(await scene.attempts(refused.id), ['moderated']);
    assert.equal(scene.wire.count(MUSIC), 4, 'what does not pass is not sent');
  });
});
