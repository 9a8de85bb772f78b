/** Refusals of the readers of bodies, in the words of whoever made the wish. */
import { inputPlace } from '../../../core/operations.ts';
import { Refusal } from '../../../std/errors.ts';
import type { WideJson } from '../../../std/json.ts';
import { addressOf, type MarkedInput } from './bodies.ts';

/** Fields of bodies that are members of wishes under another name. */
const MEMBERS: Readonly<Record<string, string>> = {
  duration: 'durationS',
  negative_prompt: 'negativePrompt',
  aspect_ratio: 'aspectRatio',
  motion_mode: 'motionMode',
  camera_movement: 'cameraMovement',
  generate_audio_switch: 'audio',
  generate_multi_clip_switch: 'multiClip',
  sound_effect_switch: 'soundEffect',
  sound_effect_content: 'soundEffect',
  lip_sync_switch: 'speech',
  lip_sync_tts_switch: 'speech',
  lip_sync_tts_content: 'speech.text',
  lip_sync_tts_speaker_id: 'speech.speakerId',
  template_id: 'templateId',
  restyle_id: 'restyleId',
  restyle_prompt: 'prompt',
  mv_style: 'prompt',
  original_sound_switch: 'keepSound',
  keyframe_id: 'keyframes',
  keyframe_ids: 'keyframes',
  agent_id: 'agent.name',
  mv_agent_type: 'agent.name',
  multi_transition: 'inputs',
  image_references: 'inputs',
  video_references: 'inputs',
  img_references: 'inputs',
  style_img_references: 'inputs',
  img_id: 'inputs',
  img_ids: 'inputs',
  mask_id: 'inputs',
  mask_ids: 'inputs',
};
/** Settings of agents keep the names of their fields. */
const SETTINGS = [
  ...['music_style', 'caption_switch', 'instrumental_switch', 'lyric_text', 'lyric_timestamp'],
  ...['product_url', 'mode', 'language_code', 'avatar_presence_level', 'video_style'],
];
/** Ways out that are ways of the dialect. */
const WAYS: readonly (readonly [RegExp, string])[] = [
  [/; ask GET \S+ for those there are/, '; use the id of one that there is'],
  [/; send 0( or leave it out)?\./, '; leave it out.'],
  [/([,;]) (or )?send 0 for none\./, ', or leave it out.'],
  [/, send 0\./, ', leave it out.'],
];
const FIELD = /[a-z][a-z0-9]*(?:_[a-z0-9]+)*(?:\[\d+\](?:\.[a-z_]+)?)?/g;

/** Names of the places of a body in the words of its wish. */
export class Words {
  readonly #places = new Map<string, string>();
  readonly #agent: boolean;

  /** @param agent the settings of an agent are among the body's fields. */
  constructor(body: { [key: string]: WideJson }, inputs: readonly MarkedInput[], agent: boolean) {
    this.#agent = agent;
    const marks = new Map<WideJson, number>();
    for (const [index, { mark }] of inputs.entries()) {
      for (const sign of [mark, String(mark), addressOf(mark)]) marks.set(sign, index);
    }
    this.#note('', body, marks);
  }

  /** What the caller calls a place. */
  of(place: string): string {
    const known = this.#places.get(place);
    if (known !== undefined) return known;
    // Of several that would do, the first.
    if (place.includes(' or ')) return this.of(place.slice(0, place.indexOf(' or ')));
    const [, list, index, member] = /^([a-z_]+)\[(\d+)\](?:\.([a-z_]+))?$/.exec(place) ?? [];
    if (list === 'multi_transition' && (member === 'duration' || member === 'prompt')) {
      return `segments[${index}].${member === 'duration' ? 'durationS' : 'prompt'}`;
    }
    if (this.#agent && (SETTINGS.includes(place) || place === 'lip_sync_switch' || place === 'model')) {
      return `agent.settings.${place}`;
    }
    if (this.#agent && place.startsWith('lyric_timestamp')) return 'agent.settings.lyric_timestamp';
    if (list !== undefined && MEMBERS[list] !== undefined) return MEMBERS[list];
    return MEMBERS[place] ?? place;
  }

  /** The refusal as the caller of the wish has to read it. */
  say(error: unknown): unknown {
    if (!(error instanceof Refusal)) return error;
    const { code, field, retryAfterS } = error;
    let message = error.message.replace(FIELD, (word) => this.#word(word));
    for (const [way, ours] of WAYS) message = message.replace(way, ours);
    const at = field === undefined ? {} : { field: this.of(field) };
    return new Refusal(code, { message, ...at, ...(retryAfterS === undefined ? {} : { retryAfterS }), cause: error });
  }

  /** Words of a sentence that are no fields stay as they are. */
  #word(word: string): string {
    if (!/[_[]/.test(word) && word !== 'duration') return word;
    return this.of(word);
  }

  #note(place: string, value: WideJson, marks: ReadonlyMap<WideJson, number>): void {
    const index = marks.get(value);
    if (index !== undefined) {
      this.#places.set(place, inputPlace(index));
      // What stands beside it says more of the same input.
      const [, entry] = /^(.*\])\.[a-z_]+$/.exec(place) ?? [];
      if (entry === undefined) return;
      this.#places.set(`${entry}.ref_name`, `${inputPlace(index)}.name`);
      this.#places.set(`${entry}.type`, `${inputPlace(index)}.role`);
    } else if (Array.isArray(value)) {
      for (const [at, member] of value.entries()) this.#note(`${place}[${at}]`, member, marks);
    } else if (value !== null && typeof value === 'object') {
      const below = place === '' ? '' : `${place}.`;
      for (const [name, member] of Object.entries(value)) this.#note(`${below}${name}`, member, marks);
    }
  }
}
