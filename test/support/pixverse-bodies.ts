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

/** Operation → bodies. */
export const BODIES: Readonly<Partial<Record<Operation, Bodies>>> = {
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
  fusion,
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
