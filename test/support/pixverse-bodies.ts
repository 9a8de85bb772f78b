/** Bodies of every create of the PixVerse dialect that the driver encodes, drawn at random within what is allowed. */
import type { Operation } from '../../src/core/request.ts';
import {
  CAMERA_MOVEMENTS,
  durationsAt,
  LIMITS,
  MODEL_QUALITIES,
  MODELS,
  MOTION_MODES,
  type Model,
  SEED_MAX,
  SPEAKERS,
  STYLES,
} from '../../src/wire/pixverse/models.ts';
import { RESTYLES } from '../../src/wire/pixverse/restyles.ts';
import type { Template } from '../../src/core/template.ts';
import { TEMPLATES } from '../../src/wire/pixverse/templates.ts';
import { fc } from './property.ts';

type Body = Record<string, unknown>;
type Bodies = fc.Arbitrary<Body>;

const text = (maxLength: number) =>
  fc.string({ unit: 'grapheme', minLength: 1, maxLength }).filter((drawn) => drawn.trim() !== '');
const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const seed = fc.integer({ min: 0, max: SEED_MAX });
const speaker = fc.constantFrom(...SPEAKERS.map(([name]) => name.toLowerCase()));
const flag = fc.boolean();
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** The fields of a clip for one of the models. Those that do not go together are refused by the decoder, and drawn anew. */
function clip(
  models: readonly Model[] = MODELS,
  more: (model: Model) => Record<string, fc.Arbitrary<unknown>> = () => ({}),
): Bodies {
  return fc.constantFrom(...models).chain((model) =>
    fc.constantFrom(...MODEL_QUALITIES).chain((quality) => {
      const limits = LIMITS[model];
      const durations = durationsAt(limits, quality);
      return fc.record({
        model: fc.constant(model),
        quality: fc.constant(quality),
        duration: fc.constantFrom(...durations),
        prompt: text(60),
        negative_prompt: maybe(text(30)),
        seed,
        motion_mode: maybe(fc.constantFrom(...MOTION_MODES)),
        generate_audio_switch: maybe(flag),
        ...(limits.style ? { style: maybe(fc.constantFrom(...STYLES)) } : {}),
        ...(limits.inlineSound
          ? {
              sound_effect_switch: flag,
              sound_effect_content: maybe(text(30)),
              lip_sync_tts_switch: flag,
              lip_sync_tts_content: text(30),
              lip_sync_tts_speaker_id: speaker,
            }
          : {}),
        ...(limits.multiClip === 'no' ? {} : { generate_multi_clip_switch: maybe(flag) }),
        ...more(model),
      });
    }),
  );
}

const camera = (operation: Operation) => (model: Model) =>
  LIMITS[model].cameraMovement.includes(operation)
    ? { camera_movement: maybe(fc.constantFrom(...CAMERA_MOVEMENTS)) }
    : {};

const source = fc.oneof(fc.record({ source_video_id: id }), fc.record({ video_media_id: id }));
const spoken = fc.oneof(
  fc.record({ audio_media_id: id }),
  fc.record({ lip_sync_tts_speaker_id: speaker, lip_sync_tts_content: text(60) }),
);
const merged = (...parts: readonly Bodies[]): Bodies =>
  fc.tuple(...parts).map((all) => Object.assign({}, ...all) as Body);

const multiTransition = fc.integer({ min: 2, max: 7 }).chain((count) =>
  fc.record({
    multi_transition: fc
      .array(fc.record({ img_id: id, duration: fc.integer({ min: 1, max: 5 }), prompt: maybe(text(30)) }), {
        minLength: count,
        maxLength: count,
      })
      .map((frames) => frames.map((frame, index) => (index < count - 1 ? frame : { img_id: frame.img_id }))),
    model: fc.constantFrom('v3.5', 'v4', 'v4.5', 'v5'),
    quality: fc.constantFrom(...MODEL_QUALITIES),
    motion_mode: maybe(fc.constantFrom(...MOTION_MODES)),
    seed,
  }),
);

const reference = (index: number) =>
  fc.record({
    type: fc.constantFrom('subject', 'background'),
    img_id: id,
    ref_name: fc.constant(`thing${index}`),
  });

const fusion = merged(
  clip(['v4.5', 'v5', 'v5.6', 'v6', 'c1'], (model) => ({ aspect_ratio: fc.constantFrom(...LIMITS[model].ratios) })),
  fc
    .integer({ min: 1, max: 3 })
    .chain((count) =>
      fc.record({ image_references: fc.tuple(...Array.from({ length: count }, (_, i) => reference(i))) }),
    ),
).map((body) => ({ ...body, prompt: `${body['prompt']} @thing0 @thing1 @thing2 there` }));

const templates = (makes: Template['makes']) =>
  fc.constantFrom(...TEMPLATES.filter((template) => template.makes === makes));
const pictures = ({ pictures: { min, max } }: Template, least: number) =>
  fc.array(id, { minLength: Math.max(least, min), maxLength: Math.max(least, max) });

const address = fc.webUrl({ validSchemes: ['http', 'https'] });
const addresses = (key: string, minLength: number, maxLength: number) =>
  fc.array(fc.record({ [key]: address }), { minLength, maxLength });

const agent = fc.oneof(
  fc.record({
    agent_id: fc.constant(414562414124109),
    prompt: text(60),
    img_references: addresses('img_url', 1, 5),
    video_references: addresses('video_url', 1, 1),
    quality: fc.constantFrom('720p', '1080p'),
    aspect_ratio: maybe(fc.constantFrom('9:16', '1:1', '21:9')),
    seed,
  }),
  fc.constantFrom('pro', 'fast').chain((model) =>
    fc
      .record({
        agent_id: fc.constant(419629433597950),
        model: fc.constant(model),
        quality: fc.constantFrom('720p', '1080p'),
        language_code: maybe(fc.constantFrom('en-US', 'zh-CN', 'auto')),
        avatar_presence_level: maybe(fc.constantFrom('none', 'high')),
        mode: maybe(fc.constantFrom('property_tour', 'ad_house_tour')),
        duration: fc.constantFrom(15, 30),
        video_style: fc.constantFrom('cozy', 'pov'),
        seed,
      })
      .chain((body) =>
        fc.oneof(
          address.map((product_url) => ({ ...body, product_url })),
          fc
            .record({ prompt: text(60), img_references: addresses('img_url', 5, 8) })
            .map((own) => ({ ...body, ...own })),
        ),
      ),
  ),
);

const musicReferences = maybe(fc.array(fc.record({ img_id: id, ref_name: maybe(text(10)) }), { maxLength: 1 }));
const musicVideo = fc.record({
  mv_agent_type: fc.constantFrom('vibe_mv', 'vibe_mv_v3_custom'),
  audio_media_id: id,
  aspect_ratio: fc.constantFrom('16:9', '9:16', '1:1', '4:3', '3:4'),
  quality: fc.constantFrom('720p', '1080p'),
  music_style: maybe(text(20)),
  mv_style: maybe(text(20)),
  img_references: musicReferences,
  style_img_references: musicReferences,
  caption_switch: maybe(flag),
  lip_sync_switch: maybe(flag),
  instrumental_switch: maybe(flag),
  seed,
  lyric_text: maybe(text(60)),
  lyric_timestamp: maybe(
    fc.record({
      words: fc
        .array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 4 })
        .map((times) =>
          times.sort((a, b) => a - b).map((ms) => ({ start: ms / 1000, end: ms / 1000 + 0.5, word: 'la' })),
        ),
    }),
  ),
});

const omni = fc.record({
  ...{ model: fc.constant('v6'), quality: fc.constantFrom(...MODEL_QUALITIES), seed, prompt: text(30) },
  ...{ duration: fc.constant(0), aspect_ratio: fc.constantFrom('auto', '1:1', '21:9') },
  generate_audio_switch: maybe(flag),
  reference_mode: fc.constant('omni'),
  image_references: fc.array(fc.record({ img_id: id }), { maxLength: 4 }),
  video_references: fc.array(
    fc.oneof(fc.record({ source_video_id: id }), fc.record({ video_media_id: id, ref_name: maybe(fc.constant('v')) })),
    { minLength: 1, maxLength: 1 },
  ),
});

/** Operation → bodies. */
export const BODIES: Readonly<Record<Operation, Bodies>> = {
  'text-to-video': clip(MODELS, (model) => ({
    aspect_ratio: fc.constantFrom(...LIMITS[model].ratios),
    ...camera('text-to-video')(model),
  })),
  'image-to-video': merged(clip(MODELS, camera('image-to-video')), fc.record({ img_id: id })),
  transition: merged(clip(), fc.record({ first_frame_img: id, last_frame_img: id })),
  'multi-transition': multiTransition,
  extend: merged(clip(['v3.5', 'v4', 'v4.5', 'v5', 'v5.5', 'v6']), source),
  'lip-sync': merged(source, spoken, fc.record({ seed })),
  'sound-effect': merged(
    source,
    fc.record({ sound_effect_content: maybe(text(40)), original_sound_switch: maybe(flag), seed }),
  ),
  fusion: fc.oneof(fusion, omni),
  'mask-selection': merged(source, fc.record({ keyframe_id: maybe(fc.integer({ min: 0, max: 100 })) })),
  swap: merged(
    source,
    fc.record({
      keyframe_id: fc.integer({ min: 1, max: 100 }),
      mask_id: id.map(String),
      img_id: id,
      quality: fc.constantFrom('360p', '540p', '720p'),
      original_sound_switch: maybe(flag),
      seed,
    }),
  ),
  agent,
  'music-video': musicVideo,
  restyle: merged(
    source,
    fc.oneof(
      fc.record({ restyle_id: fc.constantFrom(...RESTYLES.map((style) => style.id)) }),
      fc.record({ restyle_prompt: text(40) }),
    ),
    fc.record({ seed }),
  ),
  'motion-control': merged(source, fc.record({ img_id: id, quality: fc.constantFrom('360p', '540p', '720p') })),
  modify: merged(
    source,
    fc.record({
      prompt: text(40),
      quality: fc.constantFrom('360p', '540p', '720p'),
      img_ids: maybe(fc.array(id, { minLength: 1, maxLength: 3 })),
      mask_ids: maybe(fc.array(id.map(String), { minLength: 1, maxLength: 3 })),
      keyframe_ids: maybe(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 3 })),
      seed,
    }),
  ),
  upscale: source,
  avatar: merged(
    spoken,
    fc.record({ img_id: id, quality: fc.constantFrom(...MODEL_QUALITIES), prompt: maybe(text(40)), seed }),
  ),
  'image-template': templates('image').chain((template) =>
    fc.record({ template_id: fc.constant(template.id), img_ids: pictures(template, 1), seed }),
  ),
  template: templates('video').chain((template) =>
    fc.record({
      template_id: fc.constant(template.id),
      quality: fc.constantFrom(...template.qualities),
      prompt: maybe(text(40)),
      img_ids: pictures(template, 1),
      sound_effect_switch: maybe(flag),
      seed,
    }),
  ),
};
