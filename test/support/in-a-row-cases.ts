/**
 * One case or more for every operation the PixVerse door takes, and the suite that runs them through two gateways in a row:
 * a job asked of the near gateway runs at the far one, and what comes back is what the far one made.
 */
import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import type { JobRequest, Operation } from '../../src/core/request.ts';
import type { LedgerWire } from '../../src/wire/native/schemas/ledger.ts';
import { CREATE_ROUTES } from '../../src/wire/pixverse/requests.ts';
import type { TestGateway } from './gateway.ts';
import { type Row, startRow } from './in-a-row.ts';
import { nativeClient } from './native.ts';
import {
  accepted,
  balanceOf,
  ended,
  type PixverseClient,
  pixverseClient,
  SMALL,
  SMALL_TEXT,
} from './pixverse-client.ts';
import { media, picture, silence } from './pixverse-uploads.ts';

type Body = Record<string, unknown>;

/** What one asks for all that need it. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The operations that have a file of their own, so that none takes long: those on videos, and what speaks. */
export const USES_VIDEOS: ReadonlySet<Operation> = new Set([
  ...(['extend', 'lip-sync', 'sound-effect', 'restyle', 'mask-selection', 'swap', 'motion-control'] as const),
  ...(['modify', 'upscale', 'avatar'] as const),
]);

/** Bodies for an operation, by what is special about them. */
type Cases = Readonly<Record<string, () => Promise<Body>>>;

/** A finished clip. */
async function made(client: PixverseClient, body: Body): Promise<Body> {
  const { video_id: id } = accepted(await client.post('/video/text/generate', { body }));
  const status = await ended(client, id);
  assert.equal(status['status'], 1, JSON.stringify(status));
  return status;
}

/** What cases need, each made when the first asks for it. */
function thingsOf(near: TestGateway, client: PixverseClient) {
  /** A video of the near gateway. */
  const source = once(async () => ({ source_video_id: (await made(client, SMALL_TEXT))['id'] }));
  const image = once(() => picture(client));
  const sound = once(() => media(client, silence(1)));
  const masks = once(async () => {
    const body = { ...(await source()), keyframe_id: 2 };
    const found = accepted(await client.post('/video/mask/selection', { body }));
    return (found['mask_info'] as { mask_id: string }[]).map(({ mask_id }) => mask_id);
  });
  const voice = once(async () => {
    const body = { name: 'Ida', audio_media_id: await sound() };
    return accepted(await client.post('/video/tts_speaker', { body }))['speaker_id'];
  });
  const song = once(async () => {
    const audio_media_id = await media(client, silence(10));
    accepted(await client.post('/audio/verification', { body: { audio_media_id } }));
    return audio_media_id;
  });
  /** Addresses of a picture and of a video that an agent takes. */
  const addresses = once(async () => {
    const { path } = await near.app.gateway.asset(near.app.operator, await image());
    const wide = await made(client, { ...SMALL_TEXT, duration: 2, quality: '720p', aspect_ratio: '1:1' });
    return { picture: near.url + path, video: wide['url'] };
  });

  const words = async () => ({ lip_sync_tts_content: 'Good morning.', lip_sync_tts_speaker_id: '7' });
  const own = async () => ({ ...(await words()), lip_sync_tts_speaker_id: await voice() });
  return { source, image, sound, masks, song, addresses, words, own };
}

/** Small bodies for every operation. */
function casesOf(things: ReturnType<typeof thingsOf>): Readonly<Record<Operation, Cases>> {
  const { source, image, sound, masks, song, addresses, words, own } = things;
  return {
    'text-to-video': { '': async () => SMALL_TEXT },
    'image-to-video': { '': async () => ({ ...SMALL, img_id: await image() }) },
    template: { '': async () => ({ ...SMALL, template_id: 302325299692608, img_id: await image() }) },
    transition: { '': async () => ({ ...SMALL, first_frame_img: await image(), last_frame_img: await image() }) },
    'multi-transition': {
      '': async () => ({
        model: 'v5',
        quality: '360p',
        multi_transition: [{ img_id: await image(), duration: 1, prompt: 'rain' }, { img_id: await image() }],
      }),
    },
    extend: { '': async () => ({ ...SMALL, ...(await source()) }) },
    'lip-sync': {
      'with a sound': async () => ({ ...(await source()), audio_media_id: await sound() }),
      'with a text': async () => ({ ...(await source()), ...(await words()) }),
      'with a voice of one’s own': async () => ({ ...(await source()), ...(await own()) }),
    },
    'sound-effect': { '': async () => ({ ...(await source()), sound_effect_content: 'thunder' }) },
    fusion: {
      '': async () => ({
        ...SMALL_TEXT,
        prompt: '@dog in the snow',
        image_references: [{ type: 'subject', img_id: await image(), ref_name: 'dog' }],
      }),
      'with a video': async () => ({
        ...SMALL_TEXT,
        duration: 0,
        reference_mode: 'omni',
        image_references: [{ img_id: await image() }],
        video_references: [await source()],
      }),
    },
    restyle: { '': async () => ({ ...(await source()), restyle_prompt: 'in clay' }) },
    'mask-selection': { '': async () => ({ ...(await source()), keyframe_id: 3 }) },
    swap: {
      '': async () => ({
        ...(await source()),
        ...{ keyframe_id: 2, mask_id: (await masks())[0], img_id: await image(), quality: '360p' },
      }),
    },
    'motion-control': { '': async () => ({ ...(await source()), img_id: await image(), quality: '360p' }) },
    modify: {
      '': async () => ({ ...(await source()), prompt: 'at night', quality: '360p' }),
      'with masks': async () => ({
        ...(await source()),
        ...{ prompt: '@selection1 is @img0', mask_ids: (await masks()).slice(0, 2), img_ids: [await image()] },
        quality: '360p',
      }),
    },
    upscale: { '': source },
    avatar: {
      'with a sound': async () => ({ img_id: await image(), quality: '360p', audio_media_id: await sound() }),
      'with a voice of one’s own': async () => ({ img_id: await image(), quality: '360p', ...(await own()) }),
    },
    agent: {
      '': async () => ({
        agent_id: 414562414124109,
        prompt: 'again',
        img_references: [{ img_url: (await addresses()).picture }],
        video_references: [{ video_url: (await addresses()).video }],
        quality: '720p',
        aspect_ratio: '1:1',
      }),
    },
    'music-video': {
      '': async () => ({
        ...{ mv_agent_type: 'vibe_mv', audio_media_id: await song(), aspect_ratio: '1:1', quality: '720p' },
        img_references: [{ img_id: await image(), ref_name: 'band' }],
        lyric_timestamp: { words: [{ start: 0.5, end: 1.25, word: 'la' }] },
      }),
    },
    'image-template': { '': async () => ({ img_ids: [await image()], template_id: 377378608924544 }) },
  };
}

/** A template is asked for where its pictures are animated. */
const routeOf = (operation: Operation) => {
  const asked = operation === 'template' ? 'image-to-video' : operation;
  return CREATE_ROUTES.find((route) => route.operation === asked) ?? assert.fail(`no route makes ${operation}`);
};

/** The address of what an answered create made. */
async function result(client: PixverseClient, answer: Body): Promise<string> {
  if (answer['keyframe_url'] !== undefined) return String(answer['keyframe_url']);
  const image = answer['image_id'];
  if (image === undefined) {
    const status = await ended(client, answer['video_id']);
    assert.equal(status['status'], 1, JSON.stringify(status));
    return String(status['url']);
  }
  for (;;) {
    const status = accepted(await client.get(`/image/result/${image}`));
    if (status['status'] !== 5) return String(status['url']);
  }
}

/** A request without what each gateway has ids of its own for. */
function comparable({ inputs, speech, ...asked }: JobRequest, seed: number): unknown {
  const said = speech?.voiceId === undefined ? speech : speech.text;
  return { ...asked, seed, said, inputs: inputs.map(({ role, kind, name }) => ({ role, kind, name })) };
}

/** The newest job of a gateway with its whole request. */
async function newest({ app }: TestGateway): Promise<JobRequest> {
  const [last] = await app.gateway.jobs(app.operator, { limit: 1 });
  assert.equal(last?.state, 'succeeded');
  return last.request;
}

/** Runs the cases of some operations, then what a file has to say of what they left. */
export async function rowSuite(
  title: string,
  operations: readonly Operation[],
  then: (row: Row) => void = () => undefined,
): Promise<void> {
  const row = await startRow({ after });
  const { near, far } = row;
  const client = pixverseClient(near);
  const cases = casesOf(thingsOf(near, client));
  suite(`two gateways in a row: ${title}`, { concurrency: 1 }, () => {
    for (const operation of operations) {
      for (const [what, body] of Object.entries(cases[operation])) {
        test(`${operation} ${what}`.trim(), async () => runCase(row, client, operation, await body()));
      }
    }
    then(row);
    test('the books of both balance', async () => {
      for (const gateway of [near, far]) {
        const { body } = await nativeClient(gateway).send('POST', '/ledger/verify');
        assert.deepEqual((body as LedgerWire).problems, []);
      }
    });
  });
}

async function runCase({ near, far }: Row, client: PixverseClient, operation: Operation, body: Body): Promise<void> {
  const { path, schema } = routeOf(operation);
  const balances = async () => [await balanceOf(client), await balanceOf(pixverseClient(far))];
  const [nearBefore = 0, farBefore = 0] = await balances();
  const answer = accepted(await client.post(path, { body }));
  const file = await fetch(await result(client, answer));
  assert.equal(file.status, 200);
  assert.ok((await file.arrayBuffer()).byteLength > 500);
  const [asked, done] = [await newest(near), await newest(far)];
  assert.equal(done.operation, operation);
  // An operation without the field is given a seed at each gateway.
  const seed = 'seed' in schema.shape ? done.seed : asked.seed;
  assert.deepEqual(comparable(done, seed), comparable(asked, asked.seed), 'the far gateway was asked for the same');
  const credits = Number(answer['credits']);
  assert.deepEqual(await balances(), [nearBefore - credits, farBefore - credits]);
}
