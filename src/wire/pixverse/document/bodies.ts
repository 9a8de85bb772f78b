/**
 * What the body of each route has to have beyond the types of its fields, and one that is taken. The decoders enforce it;
 * test/doors/pixverse-docs.test.ts takes every field of every example away, and sends every value that is not allowed.
 */
import type { JsonObject } from '../../../std/json.ts';
import { VERIFICATION_PATH } from '../requests/verification.ts';
import { AGENT_QUALITIES } from './fields.ts';

/** The rules of one body. */
export interface BodyRules {
  readonly required: readonly string[];
  /** Of each group, all fields of one alternative. */
  readonly groups?: readonly (readonly (readonly string[])[])[];
  /** Facts that differ from those of fields.ts. */
  readonly facts?: Readonly<Record<string, JsonObject>>;
  /** A body that is taken, where its ids name something. */
  readonly example: JsonObject;
}

/** §4.5: a video that was made here, or one that was uploaded. */
const SOURCE = [['source_video_id'], ['video_media_id']] as const;
/** §4.5: a sound, or a text with its speaker. */
const SPOKEN = [['audio_media_id'], ['lip_sync_tts_speaker_id', 'lip_sync_tts_content']] as const;

const IMAGE = 1234567890;
const VIDEO = 1122334455;
const SOUND = 1029384756;
const CLIP = { prompt: 'A lighthouse in a storm', model: 'v6', duration: 5, quality: '540p' };
/** §4.4, §4.14. */
const SHORT_PROMPT = { maxLength: 2048 };
/** §4.12, §4.15, §4.16. */
const REDRAWN = { enum: ['360p', '540p', '720p'] };
const FRAME = 1;

/** Path → rules, for every POST with a JSON body. */
export const BODIES: Readonly<Record<string, BodyRules>> = {
  '/video/text/generate': {
    required: ['quality'],
    groups: [[['prompt', 'model', 'duration', 'aspect_ratio'], ['template_id']]],
    example: { ...CLIP, aspect_ratio: '16:9' },
  },
  '/video/img/generate': {
    required: ['quality'],
    groups: [[['prompt', 'model', 'duration', 'img_id'], ['template_id']]],
    example: { ...CLIP, img_id: IMAGE },
  },
  '/video/transition/generate': {
    required: ['prompt', 'model', 'duration', 'quality', 'first_frame_img', 'last_frame_img'],
    facts: { prompt: SHORT_PROMPT },
    example: { ...CLIP, first_frame_img: IMAGE, last_frame_img: IMAGE },
  },
  '/video/multi_transition/generate': {
    required: ['multi_transition', 'model', 'quality'],
    facts: {
      model: { enum: ['v3.5', 'v4', 'v4.5', 'v5'] },
      multi_transition: {
        minItems: 2,
        maxItems: 7,
        description:
          'Each has img_id; all but the last duration (1 to 5 s, of two 1 to 8 s), 30 s in all, and perhaps prompt.',
      },
    },
    example: {
      ...{ model: 'v5', quality: '540p' },
      multi_transition: [{ img_id: IMAGE, duration: 3, prompt: 'Day turns to night' }, { img_id: IMAGE }],
    },
  },
  '/video/extend/generate': {
    required: ['prompt', 'model', 'duration', 'quality'],
    groups: [SOURCE],
    facts: { prompt: SHORT_PROMPT, model: { enum: ['v3.5', 'v4', 'v4.5', 'v5', 'v5.5', 'v6'] } },
    example: { ...CLIP, video_media_id: VIDEO, seed: 1 },
  },
  '/video/lip_sync/generate': {
    required: [],
    groups: [SOURCE, SPOKEN],
    example: { video_media_id: VIDEO, lip_sync_tts_speaker_id: '7', lip_sync_tts_content: 'Good morning.' },
  },
  '/video/sound_effect/generate': {
    required: [],
    groups: [SOURCE],
    facts: { prompt: { maxLength: 2048, description: 'The newer name of sound_effect_content.' } },
    example: { video_media_id: VIDEO, sound_effect_content: 'Rain on a tin roof', original_sound_switch: true },
  },
  '/video/fusion/generate': {
    required: ['prompt', 'model', 'quality', 'aspect_ratio'],
    groups: [[['image_references', 'duration'], ['video_references']]],
    facts: {
      model: { enum: ['v4.5', 'v5', 'v5.5', 'v5.6', 'v6', 'c1'] },
      duration: {
        type: 'integer',
        minimum: 0,
        maximum: 15,
        description: 'Seconds, as elsewhere; 0 with video_references, which decide it.',
      },
      image_references: {
        maxItems: 10,
        description:
          'v4.5 and v5: 1 to 3, others to 7, v6 with reference_mode omni to 10. type is subject or background; ref_name has at most 30 bytes, and the prompt calls it @name.',
      },
      video_references: { maxItems: 3, description: 'v6. Each names its video as operations do.' },
      aspect_ratio: { description: 'Those of the model, or auto: as the first picture.' },
      reference_mode: { description: 'omni: with v6, pictures and videos together.' },
    },
    example: {
      ...{ ...CLIP, prompt: '@cat walks through the rain' },
      aspect_ratio: '16:9',
      image_references: [{ type: 'subject', img_id: IMAGE, ref_name: 'cat' }],
    },
  },
  '/video/restyle/generate': {
    required: [],
    groups: [SOURCE, [['restyle_id'], ['restyle_prompt']]],
    example: { video_media_id: VIDEO, restyle_prompt: 'Oil on canvas' },
  },
  '/video/mask/selection': {
    required: [],
    groups: [SOURCE],
    example: { video_media_id: VIDEO, keyframe_id: FRAME },
  },
  '/video/swap/generate': {
    required: ['keyframe_id', 'mask_id', 'img_id', 'quality'],
    groups: [SOURCE],
    facts: { quality: REDRAWN },
    example: { video_media_id: VIDEO, keyframe_id: FRAME, mask_id: '987654321', img_id: IMAGE, quality: '540p' },
  },
  '/video/mimic/generate': {
    required: ['img_id', 'quality'],
    groups: [SOURCE],
    facts: { quality: REDRAWN },
    example: { video_media_id: VIDEO, img_id: IMAGE, quality: '540p' },
  },
  '/video/modify/generate': {
    required: ['prompt', 'quality'],
    groups: [SOURCE],
    facts: {
      prompt: { maxLength: 5000, description: 'Speaks of masks as @selection0 and of pictures as @img0.' },
      img_ids: { items: { type: ['integer', 'string'] }, maxItems: 3, description: 'Uploaded pictures.' },
      mask_urls: { maxItems: 0, description: 'Masks from elsewhere are not taken.' },
      keyframe_ids: { description: 'Frames of the video, counted from 1; those of the masks where absent.' },
      quality: REDRAWN,
    },
    example: { video_media_id: VIDEO, prompt: 'Snow falls', quality: '540p' },
  },
  '/video/upscale/generate': { required: [], groups: [SOURCE], example: { video_media_id: VIDEO } },
  '/video/avatar/generate': {
    required: ['img_id', 'quality'],
    groups: [SPOKEN],
    example: { img_id: IMAGE, quality: '540p', lip_sync_tts_speaker_id: 'auto', lip_sync_tts_content: 'Hello.' },
  },
  '/video/agent/generate': {
    required: ['agent_id', 'quality'],
    groups: [[['prompt', 'img_references'], ['product_url']]],
    facts: {
      model: { enum: ['pro', 'fast'], description: 'Real estate, required there.' },
      quality: { enum: AGENT_QUALITIES, description: '480p: real estate with pro.' },
      aspect_ratio: { enum: ['9:16', '16:9', '1:1', '4:3', '3:4', '21:9'], description: 'Viral recreation.' },
      img_references: {
        maxItems: 60,
        description: 'Viral recreation 1 to 5; real estate 5 to 20, with pro to 60. Each has img_url.',
      },
      video_references: { maxItems: 1, description: 'Viral recreation, required there. It has video_url.' },
      product_url: { format: 'uri', description: 'Real estate, instead of prompt and img_references.' },
      mode: { enum: ['property_tour', 'ad_house_tour'], description: 'Real estate with pro.' },
      language_code: { enum: ['en-US', 'zh-CN', 'auto'], description: 'Real estate.' },
      avatar_presence_level: { enum: ['none', 'low', 'medium', 'high'], description: 'Real estate.' },
      duration: { type: 'integer', enum: [15, 30], description: 'ad_house_tour, required there. Seconds.' },
      video_style: { enum: ['cozy', 'pov'], description: 'ad_house_tour, required there.' },
    },
    example: {
      agent_id: 419629433597950,
      model: 'fast',
      prompt: 'A house by the sea',
      quality: '720p',
      img_references: ['1', '2', '3', '4', '5'].map((name) => ({ img_url: `https://example.com/${name}.jpg` })),
    },
  },
  '/video/music_mv_agent/generate': {
    required: ['mv_agent_type', 'audio_media_id', 'aspect_ratio', 'quality'],
    facts: {
      mv_agent_type: { enum: ['vibe_mv', 'vibe_mv_v3_custom'] },
      audio_media_id: { description: 'An uploaded sound of 10 to 360 s that was verified.' },
      aspect_ratio: { enum: ['16:9', '9:16', '1:1', '4:3', '3:4'] },
      quality: { enum: ['720p', '1080p'] },
      img_references: { maxItems: 1 },
      style_img_references: { maxItems: 1 },
      lip_sync_switch: { description: 'The subject sings.' },
    },
    example: { mv_agent_type: 'vibe_mv', audio_media_id: SOUND, aspect_ratio: '16:9', quality: '720p' },
  },
  '/image/template/generate': {
    required: ['img_ids', 'template_id'],
    facts: {
      img_ids: {
        items: { type: ['integer', 'string'] },
        minItems: 1,
        description: 'As many uploaded pictures as the template takes.',
      },
    },
    example: { img_ids: [IMAGE], template_id: 377378608924544 },
  },
  [VERIFICATION_PATH]: { required: ['audio_media_id'], example: { audio_media_id: SOUND } },
  '/video/tts_speaker': {
    required: ['name', 'audio_media_id'],
    example: { name: 'Narrator', audio_media_id: SOUND },
  },
  '/account/billing/usage-detail': {
    required: ['start_time', 'end_time'],
    example: { start_time: '2026-11-01 00:00:00', end_time: '2026-11-21 00:00:00', credits_status: 'refund' },
  },
};
