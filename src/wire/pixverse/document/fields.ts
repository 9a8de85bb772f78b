/** What the document says of fields by their names: bounds, allowed values, what they mean. Sections as in models.ts. */
import { QUALITIES } from '../../../core/request.ts';
import type { JsonObject } from '../../../std/json.ts';
import {
  CAMERA_MOVEMENTS,
  MODEL_QUALITIES,
  MODELS,
  MOTION_MODES,
  NEGATIVE_PROMPT_MAX,
  SEED_MAX,
  STYLES,
  THINKING_TYPES,
} from '../models.ts';
import { OURS } from '../ours.ts';

/** §4.1; transition and extend have less. */
const PROMPT_MAX = 5000;

const ID = { type: ['integer', 'string'] };
const id = (description: string): JsonObject => ({ description });

/** Facts of a field wherever it stands; a route may say otherwise (bodies.ts). */
export const FIELDS: Readonly<Record<string, JsonObject>> = {
  prompt: { maxLength: PROMPT_MAX, description: 'What is to be seen.' },
  model: { enum: [...MODELS] },
  duration: {
    type: 'integer',
    minimum: 1,
    maximum: 15,
    description: 'Seconds. v6 and c1: any of these; older models 5 and 8, some 10.',
  },
  quality: { enum: [...MODEL_QUALITIES] },
  aspect_ratio: {
    enum: ['16:9', '4:3', '1:1', '3:4', '9:16', '2:3', '3:2', '21:9'],
    description: 'The last three: v6 and c1.',
  },
  motion_mode: { enum: [...MOTION_MODES], description: 'Up to v4.5; ignored by later models.' },
  negative_prompt: { maxLength: NEGATIVE_PROMPT_MAX },
  seed: { type: 'integer', minimum: 0, maximum: SEED_MAX, description: 'Picked where absent.' },
  style: { enum: [...STYLES], description: 'v3.5 only.' },
  camera_movement: { enum: [...CAMERA_MOVEMENTS], description: 'v4 and v4.5, with a picture also v5.' },
  thinking_type: { enum: [...THINKING_TYPES], description: 'v5.5; ignored by other models.' },
  template_id: id('Of the list of templates; 0 for none.'),
  sound_effect_switch: { description: 'v3.5 to v5, and templates: adds a sound.' },
  sound_effect_content: { maxLength: OURS.soundEffectTextMax, description: 'Which sound; guessed where absent.' },
  lip_sync_switch: { description: 'v3.5 to v5: somebody speaks. The same as lip_sync_tts_switch.' },
  lip_sync_tts_switch: { description: 'v3.5 to v5: somebody speaks.' },
  lip_sync_tts_content: { maxLength: OURS.speechTextMax, description: 'What is said.' },
  lip_sync_tts_speaker_id: id('Of the list of voices, or a voice of your own.'),
  generate_audio_switch: { description: 'v5.5 and later: with sound.' },
  generate_multi_clip_switch: { description: 'v5.5 and v6: several shots.' },
  img_id: id('An uploaded picture.'),
  img_ids: { items: ID, description: 'Uploaded pictures.' },
  first_frame_img: id('An uploaded picture.'),
  last_frame_img: id('An uploaded picture.'),
  source_video_id: id('A video made here; 0 and empty count as absent.'),
  video_media_id: id('An uploaded video; 0 and empty count as absent.'),
  audio_media_id: id('An uploaded sound.'),
  original_sound_switch: { description: 'Keep the sound of the video.' },
  keyframe_id: {
    type: 'integer',
    minimum: 0,
    description: 'A frame of the video, counted from 1; 0 is taken for the first.',
  },
  mask_id: id('Of an answer to mask selection.'),
  mask_ids: { items: ID, maxItems: 3, description: 'Of answers to mask selection; @selection0 is the first.' },
  restyle_id: id('Of the list of styles.'),
  restyle_prompt: { maxLength: PROMPT_MAX, description: 'A style in words.' },
  webhook_id: id('A webhook that is told how the job ends.'),
  agent_id: id('414562414124109: viral recreation; 419629433597950: real estate.'),
  product_url: { format: 'uri' },
  lyric_text: { maxLength: 4999 },
  start_time: { description: 'UTC, YYYY-MM-DD HH:mm:ss.' },
  end_time: { description: 'UTC, YYYY-MM-DD HH:mm:ss; at most 30 days after start_time.' },
  limit: { type: 'integer', minimum: 1, maximum: 100 },
  cursor: { description: 'next_cursor of the page before.' },
  credits_status: { enum: ['consume', 'refund'] },
  name: { maxLength: OURS.voiceNameMax },
};

/** Qualities of agents. */
export const AGENT_QUALITIES = QUALITIES.filter((quality) => ['480p', '720p', '1080p'].includes(quality));
