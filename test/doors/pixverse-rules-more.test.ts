/** The rules of the newer PixVerse create operations, over HTTP: what each refuses, with its code and the field it names. */
import { after, describe, test } from 'node:test';
import { startGateway } from '../support/gateway.ts';
import { pixverseClient, refusedWith } from '../support/pixverse-client.ts';
import { media, picture, silence } from '../support/pixverse-uploads.ts';

const gateway = await startGateway({ after });
const client = pixverseClient(gateway);
const image = await picture(client);
const sound = await media(client, silence(1));

type Body = Record<string, unknown>;
type Case = readonly [change: Body, errCode: number, says: RegExp];

/** Each change of a body that would be taken but for its source, with how it is refused. */
async function refusals(path: string, body: Body, cases: readonly Case[]): Promise<void> {
  for (const [change, errCode, says] of cases) {
    refusedWith(await client.post(path, { body: { ...body, ...change } }), errCode, says);
  }
}

const missing = (...fields: string[]): Case[] =>
  fields.map((field) => [{ [field]: undefined }, 400011, new RegExp(`${field} is missing`)]);

/** A source that is none, for bodies whose other fields are right: it is the first thing to be wrong. */
const NO_SOURCE: Case = [{}, 400017, /source_video_id/];

test('sources of the operations that redraw [pixverse-ops.source.one]', async () => {
  const bodies: [string, Body][] = [
    ['/video/restyle/generate', { restyle_id: 1001 }],
    ['/video/mask/selection', { keyframe_id: 1 }],
    ['/video/swap/generate', { keyframe_id: 1, mask_id: '5', img_id: image, quality: '360p' }],
    ['/video/mimic/generate', { img_id: image, quality: '360p' }],
    ['/video/modify/generate', { prompt: 'p', quality: '360p' }],
    ['/video/upscale/generate', {}],
  ];
  for (const [path, body] of bodies) {
    await refusals(path, body, [
      [{}, 400011, /source_video_id or video_media_id/],
      [{ source_video_id: 0, video_media_id: 0 }, 400011, /source_video_id or video_media_id/],
      [{ source_video_id: 5, video_media_id: 6 }, 400017, /not both/],
      [{ source_video_id: 5 }, 400017, /source_video_id/],
      [{ video_media_id: image }, 400017, /video_media_id/],
    ]);
  }
});

describe('PixVerse fusion', () => {
  const path = '/video/fusion/generate';
  const reference = (ref_name: string) => ({ type: 'subject', img_id: image, ref_name });
  const many = (count: number) => ({
    image_references: Array.from({ length: count }, (_, index) => reference(`r${index}`)),
  });
  const body = { ...many(1), prompt: '@r0 plays', model: 'v6', duration: 1, quality: '360p', aspect_ratio: '16:9' };

  test('pictures [pixverse-ops.fusion.references] [pixverse-ops.fusion.required]', async () => {
    await refusals(path, body, [
      ...missing('image_references', 'prompt', 'model', 'duration', 'quality', 'aspect_ratio'),
      [{ image_references: [] }, 400017, /image_references/],
      [{ model: 'v4.5', duration: 5, ...many(4) }, 400017, /1 to 3/],
      [{ model: 'v5.6', duration: 5, ...many(8) }, 400017, /1 to 7/],
      [many(8), 400017, /1 to 7/],
      [{ reference_mode: 'omni', ...many(11) }, 400017, /1 to 10/],
      [{ image_references: [{ ...reference('a'), type: 'sky' }] }, 400017, /image_references\[0\]\.type/],
      [{ image_references: [{ type: 'subject', ref_name: 'a' }] }, 400011, /image_references\[0\]\.img_id/],
      [{ image_references: [{ ...reference('a'), img_id: 1 }] }, 400032, /image_references\[0\]\.img_id/],
      [{ model: 'v4', duration: 5 }, 400017, /model/],
      [{ duration: 0 }, 400017, /duration/],
      [{ aspect_ratio: '5:4' }, 400017, /aspect_ratio/],
    ]);
  });

  test('names [pixverse-ops.fusion.names]', async () => {
    await refusals(path, body, [
      [{ image_references: [reference('ä'.repeat(16))] }, 400017, /30 bytes/],
      [{ image_references: [reference('a'), reference('a')] }, 400017, /ref_name/],
    ]);
  });

  test('videos [pixverse-ops.fusion.videos]', async () => {
    const omni = { reference_mode: 'omni', duration: 0, video_references: [{ ref_name: 'v', media_id: 7 }] };
    await refusals(path, { ...body, ...omni }, [
      [{}, 400017, /video_references\[0\]\.video_media_id/],
      [{ duration: 5 }, 400017, /duration.*0/],
      [{ model: 'v5.6' }, 400017, /video_references/],
      [{ video_references: [{ ref_name: 'v' }] }, 400011, /video_references\[0\]\.source_video_id/],
      [{ video_references: [7, 8, 9, 10].map((media_id) => ({ media_id })) }, 400017, /At most 3/],
    ]);
  });
});

describe('PixVerse restyle, motion control and upscale', () => {
  test('a style from the list or in words [pixverse-ops.restyle.one] [pixverse-ops.restyle.list]', async () => {
    await refusals('/video/restyle/generate', { source_video_id: 5, restyle_id: 1001 }, [
      NO_SOURCE,
      [{ restyle_id: 0 }, 400011, /restyle_id or restyle_prompt/],
      [{ restyle_prompt: 'ink' }, 400017, /not both/],
      [{ restyle_id: 99 }, 400017, /restyle_id/],
      [{ restyle_id: 0, restyle_prompt: 'x'.repeat(5001) }, 400018, /restyle_prompt/],
      [{ seed: -1 }, 400017, /seed/],
    ]);
  });

  test('motion control [pixverse-ops.motion-control.rules]', async () => {
    await refusals('/video/mimic/generate', { source_video_id: 5, img_id: image, quality: '720p' }, [
      // Inputs are looked up in their order, and the picture, which is there, comes first.
      NO_SOURCE,
      ...missing('img_id', 'quality'),
      [{ quality: '1080p' }, 400017, /360p, 540p, 720p/],
      [{ img_id: 1 }, 400032, /img_id/],
    ]);
  });

  test('upscale [pixverse-ops.upscale.rules]', async () => {
    await refusals('/video/upscale/generate', { source_video_id: 5 }, [NO_SOURCE]);
  });
});

describe('PixVerse masks', () => {
  test('mask selection [pixverse-ops.mask.keyframe]', async () => {
    await refusals('/video/mask/selection', { source_video_id: 5 }, [
      NO_SOURCE,
      [{ keyframe_id: 0 }, 400017, /source_video_id/],
      [{ keyframe_id: -1 }, 400017, /keyframe_id/],
      [{ keyframe_id: 1.5 }, 400013, /keyframe_id/],
    ]);
  });

  test('swap [pixverse-ops.swap.required]', async () => {
    const body = { source_video_id: 5, keyframe_id: 1, mask_id: '7', img_id: image, quality: '720p' };
    await refusals('/video/swap/generate', body, [
      NO_SOURCE,
      ...missing('keyframe_id', 'mask_id', 'img_id', 'quality'),
      [{ quality: '1080p' }, 400017, /360p, 540p, 720p/],
      [{ mask_id: 'https://example.com/mask.png' }, 400017, /mask_id.*elsewhere/],
    ]);
  });

  test('modify [pixverse-ops.modify.rules]', async () => {
    await refusals(
      '/video/modify/generate',
      {
        source_video_id: 5,
        prompt: '@selection0 is @img0',
        quality: '360p',
        img_ids: [image],
        mask_ids: ['7'],
        keyframe_ids: 1,
      },
      [
        NO_SOURCE,
        ...missing('prompt', 'quality'),
        [{ keyframe_ids: [1, 2] }, 400017, /source_video_id/],
        [{ keyframe_ids: '1' }, 400013, /keyframe_ids/],
        [{ prompt: 'x'.repeat(5001) }, 400018, /prompt/],
        [{ quality: '1080p' }, 400017, /quality/],
        [{ img_ids: [1, 2, 3, 4] }, 400017, /img_ids/],
        [{ mask_ids: ['1', '2', '3', '4'] }, 400017, /mask_ids/],
        [{ prompt: '@img1' }, 400017, /@img1/],
        [{ prompt: '@selection1' }, 400017, /@selection1/],
        [{ mask_urls: ['https://example.com/m.png'] }, 400017, /mask_urls/],
      ],
    );
  });
});

describe('PixVerse templates', () => {
  test('of videos [pixverse-ops.template.rules] [pixverse-ops.template.inactive] [pixverse-ops.template.quality]', async () => {
    const body = {
      template_id: 384631857552768,
      img_id: image,
      quality: '360p',
      prompt: '',
      duration: 5,
      model: 'any',
    };
    await refusals('/video/img/generate', body, [
      ...missing('img_id', 'quality'),
      [{ template_id: 2002 }, 500070, /template_id/],
      [{ template_id: 99 }, 500070, /template_id/],
      [{ template_id: 377378608924544 }, 500070, /template_id/],
      [{ quality: '480p' }, 400017, /quality/],
      [{ template_id: 2003, quality: '360p' }, 500070, /template_id/],
      [{ template_id: 2008, quality: '720p' }, 500071, /quality.*360p, 540p/],
      [{ camera_movement: 'zoom_in' }, 400017, /camera_movement/],
      [{ prompt: 'x'.repeat(2049) }, 400018, /prompt/],
      [{ img_id: undefined, img_ids: [image, image] }, 400017, /img_ids/],
    ]);
  });

  test('of pictures [pixverse-ops.image-template.rules]', async () => {
    await refusals('/image/template/generate', { img_ids: [image], template_id: 377378608924544 }, [
      ...missing('img_ids', 'template_id'),
      [{ img_ids: [] }, 400011, /img_ids/],
      [{ img_ids: ['1'] }, 400032, /img_ids\[0\]/],
      [{ img_ids: [{}] }, 400032, /img_ids\[0\]/],
      [{ img_ids: [image, image] }, 400017, /img_ids/],
      [{ template_id: 302325299692608 }, 500070, /template_id/],
      [{ template_id: 0 }, 400011, /template_id/],
    ]);
  });
});

describe('PixVerse avatar, agents and music', () => {
  test('avatar [pixverse-ops.avatar.rules]', async () => {
    const body = { img_id: 1, quality: '360p', audio_media_id: sound };
    await refusals('/video/avatar/generate', body, [
      [{}, 400032, /img_id/],
      ...missing('img_id', 'quality'),
      [{ audio_media_id: undefined }, 400017, /audio_media_id/],
      [{ lip_sync_tts_speaker_id: 'auto' }, 400017, /not both/],
      [{ img_id: image, audio_media_id: image }, 400017, /audio_media_id/],
    ]);
  });

  test('viral recreation [pixverse-ops.agent.viral] [pixverse-ops.agent.ids]', async () => {
    const address = `${gateway.url}/nothing`;
    const body = {
      agent_id: 414562414124109,
      prompt: 'again',
      img_references: [{ img_url: address }],
      video_references: [{ video_url: address }],
      quality: '720p',
    };
    await refusals('/video/agent/generate', body, [
      ...missing('agent_id', 'prompt', 'img_references', 'video_references', 'quality'),
      [{ agent_id: 7 }, 400017, /agent_id.*414562414124109, 419629433597950/],
      [{ img_references: [] }, 400017, /1 to 5/],
      [{ img_references: Array(6).fill({ img_url: address }) }, 400017, /1 to 5/],
      [{ video_references: Array(2).fill({ video_url: address }) }, 400017, /exactly 1/],
      [{ img_references: [{ img_url: 'file:///etc/passwd' }] }, 400017, /img_references\[0\]\.img_url/],
      [{ quality: '540p' }, 400017, /720p, 1080p/],
      [{ aspect_ratio: '2:3' }, 400017, /aspect_ratio/],
      [{}, 500041, /img_references\[0\]\.img_url/],
    ]);
  });

  test('real estate [pixverse-ops.agent.estate]', async () => {
    const pictures = (count: number) => ({ img_references: Array(count).fill({ img_url: `${gateway.url}/nothing` }) });
    const body = { agent_id: 419629433597950, model: 'pro', prompt: 'a house', quality: '480p', ...pictures(5) };
    await refusals('/video/agent/generate', body, [
      ...missing('model', 'prompt', 'img_references', 'quality'),
      [{ model: 'v6' }, 400017, /pro, fast/],
      [pictures(4), 400017, /5 to 60/],
      [pictures(61), 400017, /5 to 60/],
      [{ model: 'fast' }, 400017, /quality/],
      [{ model: 'fast', quality: '720p', ...pictures(21) }, 400017, /5 to 20/],
      [{ mode: 'walk' }, 400017, /mode/],
      [{ mode: 'ad_house_tour' }, 400011, /video_style/],
      [{ mode: 'ad_house_tour', video_style: 'pov' }, 400011, /duration/],
      [{ mode: 'ad_house_tour', video_style: 'pov', duration: 20 }, 400017, /15, 30/],
      [{ language_code: 'fr' }, 400017, /language_code/],
      [{ avatar_presence_level: 'all' }, 400017, /avatar_presence_level/],
      [{ product_url: 'https://example.com/house' }, 400017, /not both/],
      [{ product_url: 'house', img_references: undefined }, 400017, /product_url/],
    ]);
  });

  test('music, and its verification [pixverse-ops.music.rules] [pixverse-ops.music.lyrics] [pixverse-ops.music.verified]', async () => {
    const body = { mv_agent_type: 'vibe_mv', audio_media_id: sound, aspect_ratio: '16:9', quality: '720p' };
    const word = (start: number, end: number) => ({ start, end, word: 'la' });
    await refusals('/video/music_mv_agent/generate', body, [
      ...missing('mv_agent_type', 'audio_media_id', 'aspect_ratio', 'quality'),
      [{ mv_agent_type: 'mv' }, 400017, /vibe_mv, vibe_mv_v3_custom/],
      [{ aspect_ratio: '21:9' }, 400017, /aspect_ratio/],
      [{ quality: '540p' }, 400017, /quality/],
      [{ img_references: [{ img_id: image }, { img_id: image }] }, 400017, /img_references/],
      [{ lyric_text: 'x'.repeat(5000) }, 400080, /lyric_text/],
      [{ lyric_timestamp: { words: [word(2, 1)] } }, 400080, /lyric_timestamp\.words\[0\]/],
      [{ lyric_timestamp: { words: [word(2, 3), word(1, 2)] } }, 400080, /lyric_timestamp\.words\[1\]/],
      [{ lyric_timestamp: { words: [{ start: 1 }] } }, 400013, /lyric_timestamp\.words\[0\]/],
      [{}, 701020, /audio_media_id/],
      [{ audio_media_id: image }, 400017, /audio_media_id/],
    ]);
    await refusals('/audio/verification', { audio_media_id: sound }, [
      ...missing('audio_media_id'),
      [{}, 400017, /1 s long.*10 s/],
      [{ audio_media_id: image }, 400017, /audio_media_id/],
      [{ audio_media_id: 'x' }, 400017, /audio_media_id/],
    ]);
  });
});
