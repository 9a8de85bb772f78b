/** What is made of a description and a pile of material: reference/pixverse-platform.md §4.20. */
import type { InputKind, InputRole, JobRequest } from '../../../core/request.ts';
import { isObject, type Json, parseJson } from '../../../std/json.ts';
import { AGENTS } from '../requests/agent.ts';
import { type Body, type Carried, idOf, said, some, type VendorInput } from './parts.ts';

/** Agents take addresses; those of what was uploaded there. */
function addressOf({ role, url }: VendorInput): string {
  if (url === undefined) throw new Error(`a ${role} was uploaded without an address`);
  return url;
}

/** Viral recreation and real estate. Their length is sent where it was chosen. */
export function encodeAgent(request: JobRequest, inputs: Carried): Body {
  const { prompt, quality, aspectRatio, durationS, seed, options } = request;
  const { name, settings = {} } = options?.agent ?? {};
  const [id] = Object.entries(AGENTS).find(([, known]) => known === name) ?? [];
  const references = (kind: InputKind, key: string) =>
    some(inputs.inputs.filter((input) => input.kind === kind).map((input) => ({ [key]: addressOf(input) })));
  return {
    ...settings,
    agent_id: id === undefined ? undefined : Number(id),
    prompt: said(prompt),
    img_references: references('image', 'img_url'),
    video_references: references('video', 'video_url'),
    quality,
    aspect_ratio: name === 'viral-recreation' ? aspectRatio : undefined,
    duration: settings['mode'] === 'ad_house_tour' ? durationS : undefined,
    seed,
  };
}

/** Music MV. */
export function encodeMusicVideo(request: JobRequest, inputs: Carried): Body {
  const { quality, aspectRatio, seed, options } = request;
  const { name, settings = {} } = options?.agent ?? {};
  const { lyric_timestamp: words, ...rest } = settings;
  const references = (role: InputRole) =>
    some(
      inputs.of(role).map((picture) => ({
        img_id: idOf(picture),
        ...(picture.name === undefined ? {} : { ref_name: picture.name }),
      })),
    );
  return {
    ...rest,
    mv_agent_type: name,
    audio_media_id: idOf(inputs.one('sound')),
    aspect_ratio: aspectRatio,
    quality,
    img_references: references('reference'),
    style_img_references: references('background'),
    seed,
    lyric_timestamp: typeof words === 'string' ? timesOf(words) : undefined,
  };
}

/** Kept as text, because settings are plain values. */
function timesOf(words: string): { [key: string]: Json } | undefined {
  const times = parseJson(words);
  return isObject(times) ? (times as { [key: string]: Json }) : undefined;
}
