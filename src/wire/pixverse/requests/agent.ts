import { z } from 'zod';
import type { KnownInput } from '../../../contracts/views.ts';
import type { InputDraft, JobDraft, JobRequest } from '../../../core/request.ts';
import { readId } from '../../../std/ids.ts';
import { AGENT_VIDEO, checkInput } from '../inputs.ts';
import { OURS } from '../ours.ts';
import { draftOf, readSeed, secondsOf, settle, type Reading } from './draft.ts';
import {
  given,
  idField,
  invalid,
  limitText,
  listField,
  oneOf,
  readBody,
  required,
  textField,
  wholeField,
} from './fields.ts';

/** §4.20: the agents by their ids. */
export const AGENTS = { 414562414124109: 'viral-recreation', 419629433597950: 'real-estate' } as const;

/** §4.20, for both. */
const PROMPT_MAX = 5000;
const VIRAL = {
  qualities: ['720p', '1080p'],
  ratios: ['9:16', '16:9', '1:1', '4:3', '3:4', '21:9'],
  pictures: { min: 1, max: 5 },
  videos: { min: 1, max: 1 },
} as const;
const ESTATE = {
  models: ['pro', 'fast'],
  qualities: { pro: ['480p', '720p', '1080p'], fast: ['720p', '1080p'] },
  pictures: { pro: { min: 5, max: 60 }, fast: { min: 5, max: 20 } },
  modes: ['property_tour', 'ad_house_tour'],
  languages: ['en-US', 'zh-CN', 'auto'],
  presences: ['none', 'low', 'medium', 'high'],
  adDurations: [15, 30],
  adStyles: ['cozy', 'pov'],
} as const;

/** Body of `POST /video/agent/generate`: reference/pixverse-platform.md §4.20. References are addresses, not ids. */
export const agentBody = z.object({
  agent_id: idField,
  prompt: textField,
  img_references: listField({ img_url: textField }),
  video_references: listField({ video_url: textField }),
  quality: textField,
  aspect_ratio: textField,
  model: textField,
  product_url: textField,
  mode: textField,
  language_code: textField,
  avatar_presence_level: textField,
  duration: wholeField,
  video_style: textField,
  seed: wholeField,
});

type AgentBody = z.infer<typeof agentBody>;
type Settings = Record<string, string | number | boolean>;

/** Decodes the body, or refuses. */
export function decodeAgent(raw: unknown, reading: Reading): JobDraft {
  const body = readBody(agentBody, raw);
  const id = readId(required('agent_id', body.agent_id));
  const agent = AGENTS[id as keyof typeof AGENTS] as (typeof AGENTS)[keyof typeof AGENTS] | undefined;
  if (agent === undefined) invalid('agent_id', `Allowed: ${Object.keys(AGENTS).join(', ')}.`);
  limitText('prompt', body.prompt ?? '', PROMPT_MAX, 'prompt_too_long');
  const seed = readSeed(body.seed, reading);
  return draftOf('agent', seed, agent === 'viral-recreation' ? viral(body) : estate(body));
}

/** A video made again with other pictures. */
function viral(body: AgentBody): Partial<JobDraft> {
  const prompt = required('prompt', body.prompt);
  const pictures = references('img_references', body.img_references, VIRAL.pictures);
  const videos = references('video_references', body.video_references, VIRAL.videos);
  const { aspect_ratio: ratio } = body;
  return {
    prompt,
    quality: oneOf('quality', required('quality', body.quality), VIRAL.qualities),
    aspectRatio: ratio ? oneOf('aspect_ratio', ratio, VIRAL.ratios) : null,
    audio: true,
    inputs: [...pictures, ...videos],
    options: { agent: { name: 'viral-recreation', settings: {} } },
  };
}

/** A tour of a property, from its page or from pictures. */
function estate(body: AgentBody): Partial<JobDraft> {
  const model = oneOf('model', required('model', body.model), ESTATE.models);
  const settings: Settings = { model };
  const choose = (field: 'language_code' | 'avatar_presence_level', allowed: readonly string[]) => {
    const value = body[field];
    if (value) settings[field] = oneOf(field, value, allowed);
  };
  choose('language_code', ESTATE.languages);
  choose('avatar_presence_level', ESTATE.presences);
  const pictures = body.img_references ?? [];
  if (given(body.product_url) && pictures.length > 0) {
    invalid('product_url', 'Send product_url, or prompt with img_references, not both.');
  }
  if (given(body.product_url)) settings['product_url'] = readAddress('product_url', String(body.product_url));
  return {
    prompt: given(body.product_url) ? (body.prompt ?? '') : required('prompt', body.prompt),
    model,
    quality: oneOf('quality', required('quality', body.quality), ESTATE.qualities[model], ` for ${model}`),
    durationS: estateLength(body, model, settings),
    audio: true,
    aspectRatio: '16:9',
    inputs: given(body.product_url) ? [] : references('img_references', body.img_references, ESTATE.pictures[model]),
    options: { agent: { name: 'real-estate', settings } },
  };
}

/** Seconds of the tour; writes down its mode and what goes with it. */
function estateLength(body: AgentBody, model: (typeof ESTATE.models)[number], settings: Settings): number {
  if (model === 'fast') return OURS.fastTourS;
  const mode = body.mode ? oneOf('mode', body.mode, ESTATE.modes) : 'property_tour';
  settings['mode'] = mode;
  if (mode === 'property_tour') return OURS.propertyTourS;
  settings['video_style'] = oneOf('video_style', required('video_style', body.video_style), ESTATE.adStyles);
  return oneOf('duration', required('duration', body.duration), ESTATE.adDurations, ', in seconds');
}

function references(
  field: 'img_references' | 'video_references',
  list: AgentBody['img_references'] | AgentBody['video_references'],
  { min, max }: { readonly min: number; readonly max: number },
): InputDraft[] {
  const named = required(field, list);
  if (named.length < min || named.length > max) {
    invalid(field, `It lists ${min === max ? 'exactly' : `${min} to`} ${max}, not ${named.length}.`);
  }
  const [key, kind] = field === 'img_references' ? (['img_url', 'image'] as const) : (['video_url', 'video'] as const);
  return named.map((reference, index) => {
    const place = `${field}[${index}].${key}`;
    const url = readAddress(place, required(place, (reference as Record<string, string | null | undefined>)[key]));
    return { role: 'reference', kind, from: { url }, field: place };
  });
}

function readAddress(field: string, text: string): string {
  const url = text.trim();
  if (!/^https?:\/\/[^\s/]/i.test(url)) invalid(field, 'It must be an http or https address.');
  return url;
}

/** As long as the video that is made again. */
export function completeAgent(draft: JobDraft, inputs: readonly KnownInput[]): JobRequest {
  const video = inputs.find(({ ref }) => ref.kind === 'video');
  if (video === undefined) return settle(draft, inputs, {});
  checkInput(video, AGENT_VIDEO);
  return settle(draft, inputs, { durationS: secondsOf(video), options: { sourceS: secondsOf(video) } });
}
