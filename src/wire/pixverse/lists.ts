import { z } from 'zod';
import type { TemplateView, VoiceView } from '../../contracts/library.ts';
import type { KnownInput } from '../../contracts/views.ts';
import { type JobRequest, type Quality, settledDraft } from '../../core/request.ts';
import type { Template } from '../../core/template.ts';
import { type Credits, ceilToWhole, credits, toWhole } from '../../std/credits.ts';
import { refuse } from '../../std/errors.ts';
import { readId } from '../../std/ids.ts';
import { isObject } from '../../std/json.ts';
import { checkInput, SPOKEN_SOUND } from './inputs.ts';
import { SPEAKERS } from './models.ts';
import { OURS } from './ours.ts';
import { draftOf } from './requests/draft.ts';
import { idField, invalid, limitText, oneOf, readBody, required, textField } from './requests/fields.ts';
import { RESTYLES } from './restyles.ts';

/** Lists, and voices: what stands beside the creates. Section numbers are places in reference/pixverse-platform.md. */

/** Typed as text on the pages, sent as text or as a number (§4.6). */
export const countField = z
  .union([z.int({ error: 'an integer' }), z.string({ error: 'an integer' }).regex(/^-?[0-9]{0,15}$/)], {
    error: 'an integer',
  })
  .nullish();

/** Which part of a list. */
export interface Page {
  readonly offset: number;
  readonly limit: number;
}

/** Sizes that the newer lists have (§4.6, §4.20). */
const PAGE_SIZES = [10, 20, 50, 100] as const;
/** Largest page of a list that names no sizes. Ours. */
const PAGE_MAX = 100;

/**
 * What a list was asked with: its query string, or the JSON body of the GET (reference/what-clients-send.md). The query
 * counts where both name a field.
 */
export function listParameters(query: unknown, body: unknown): unknown {
  if (body !== undefined && !isObject(body)) return body;
  return { ...body, ...(isObject(query) ? query : {}) };
}

type Count = string | number | null | undefined;

/** The number of a page or its size: 0, empty and absent mean the default (§4.6). */
function countOf(field: string, value: Count, usual: number): number {
  const count = value === null || value === undefined || value === '' ? 0 : Number(value);
  if (count < 0) invalid(field, 'Allowed: 1 and more.');
  return count === 0 ? usual : count;
}

function pageOf(number: number, limit: number): Page {
  return { offset: Math.min((number - 1) * limit, Number.MAX_SAFE_INTEGER), limit };
}

/** Query of `GET /video/lip_sync/tts_list` (§4.6, old). */
export const ttsListQuery = z.object({ page_num: countField, page_size: countField });

/** §4.6: page 1 of 30 where nothing is said. */
export function decodeTtsList(raw: unknown): Page {
  const query = readBody(ttsListQuery, raw);
  return plainPage(query.page_num, query.page_size);
}

function plainPage(pageNum: Count, pageSize: Count): Page {
  const limit = countOf('page_size', pageSize, OURS.listPageSize);
  if (limit > PAGE_MAX) invalid('page_size', `Allowed: 1 to ${PAGE_MAX}.`);
  return pageOf(countOf('page_num', pageNum, 1), limit);
}

/** §4.6: which voices are listed. */
export const SPEAKER_TYPES = ['system', 'custom', 'all'] as const;

/** Query of `GET /video/tts_speaker` (§4.6, new). */
export const speakersQuery = z.object({ page_num: countField, page_size: countField, speaker_type: textField });

/** §4.6, new. */
export function decodeSpeakers(raw: unknown): Page & { readonly type: (typeof SPEAKER_TYPES)[number] } {
  const query = readBody(speakersQuery, raw);
  const limit = oneOf('page_size', countOf('page_size', query.page_size, OURS.speakersPageSize), PAGE_SIZES);
  const type = oneOf('speaker_type', query.speaker_type || 'all', SPEAKER_TYPES);
  return { ...pageOf(countOf('page_num', query.page_num, 1), limit), type };
}

/** §4.6. */
export interface SpeakersAnswer {
  readonly total: number;
  readonly data: readonly { readonly speaker_id: string; readonly name: string }[];
}

/** The system's voices within a page. */
export function systemSpeakers({ offset, limit }: Page): SpeakersAnswer['data'] {
  return SPEAKERS.slice(offset, offset + limit).map(([speaker_id, name]) => ({ speaker_id, name }));
}

/** How many voices the system has. */
export const SYSTEM_SPEAKERS = SPEAKERS.length;

/** A voice of the tenant's own: its id is a text like those of the others. */
export function speakerAnswer({ id, name }: VoiceView): { readonly speaker_id: string; readonly name: string } {
  return { speaker_id: String(id), name };
}

/** Body of `POST /video/tts_speaker` (§4.6). */
export const newSpeakerBody = z.object({ name: textField, audio_media_id: idField });

/** §4.6: a voice from an uploaded sound. */
export function decodeNewSpeaker(raw: unknown): { name: string; assetId: number; field: string } {
  const body = readBody(newSpeakerBody, raw);
  const name = required('name', body.name).trim();
  const field = 'audio_media_id';
  const sound = required(field, body.audio_media_id);
  limitText('name', name, OURS.voiceNameMax);
  const assetId = readId(sound) ?? invalid(field, 'It names no sound of yours. Send the id of an earlier answer.');
  return { name, assetId, field };
}

/** A voice is made of what lip sync takes as a sound (§4.5). */
export function checkVoice(sound: KnownInput): void {
  checkInput(sound, SPOKEN_SOUND);
}

/** The id in the path of a voice. The system's own are nobody's to remove. */
export function readVoiceId(text: string): number {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return (
    readId(text) ??
    refuse('not_found', { field: 'speaker_id', message: `There is no voice ${shown} of yours. Check the id.` })
  );
}

/** Query of `GET /video/restyle/list` (§4.10). */
export const restylesQuery = z.object({ page_num: countField, page_size: countField });

/** §4.10: clients that send no page get all there are, as long as that is one page of ours. */
export function decodeRestyles(raw: unknown): Page {
  const query = readBody(restylesQuery, raw);
  return plainPage(query.page_num, query.page_size);
}

/** §4.10 documents no shape: an entry of the list that one client reads. We have no covers. */
export interface RestyleItem {
  readonly restyle_id: number;
  readonly restyle_name: string;
  readonly restyle_prompt: string;
  readonly cover_url: string;
}

/** A page of the styles. */
export function restylesAnswer({ offset, limit }: Page): readonly RestyleItem[] {
  return RESTYLES.slice(offset, offset + limit).map(({ id, name, prompt }) => ({
    restyle_id: id,
    restyle_name: name,
    restyle_prompt: prompt,
    cover_url: '',
  }));
}

/** Query of `GET /video/effects/templates/list` (§4.20). */
export const templatesQuery = z.object({ type: countField, page: countField, pageSize: countField });

/** §4.20 `type`: what the numbers mean is not documented; ours are what is made. */
const TEMPLATE_TYPES = { video: 1, image: 2 } as const;

/** §4.20: of videos where no type is named. */
export function decodeTemplates(raw: unknown): Page & { readonly makes: Template['makes'] } {
  const query = readBody(templatesQuery, raw);
  const limit = oneOf('pageSize', countOf('pageSize', query.pageSize, OURS.templatesPageSize), PAGE_SIZES);
  const type = oneOf('type', countOf('type', query.type, TEMPLATE_TYPES.video), Object.values(TEMPLATE_TYPES));
  const makes = type === TEMPLATE_TYPES.video ? 'video' : 'image';
  return { ...pageOf(countOf('page', query.page, 1), limit), makes };
}

/** §4.20: a template, with what it costs. The members are ours (Unknown 8). */
export interface TemplateItem {
  readonly template_id: number;
  readonly display_name: string;
  readonly display_prompt: string;
  readonly type: number;
  /** Seconds; 0 for pictures. */
  readonly duration: number;
  /** How many pictures it takes. */
  readonly min_images: number;
  readonly max_images: number;
  readonly is_active: boolean;
  /** Of the cheapest quality. */
  readonly credits: number;
  /** Empty for pictures. */
  readonly qualities: readonly { readonly quality: string; readonly credits: number }[];
}

/** A page of the templates of its kind. @param price of a request, or undefined where it has none. */
export function templatesAnswer(
  { offset, limit, makes }: ReturnType<typeof decodeTemplates>,
  templates: readonly TemplateView[],
  price: (request: JobRequest) => Credits | undefined,
): { readonly total: number; readonly effect_items: readonly TemplateItem[] } {
  const all = templates.filter((template) => template.makes === makes);
  const items = all.slice(offset, offset + limit).map((template) => templateItem(template, price));
  return { total: all.length, effect_items: items };
}

function templateItem(template: TemplateView, price: (request: JobRequest) => Credits | undefined): TemplateItem {
  const { id, name, prompt, makes, durationS, pictures, active } = template;
  const charged = (quality: Quality | null): number => {
    const operation = makes === 'video' ? 'template' : 'image-template';
    const request = settledDraft(draftOf(operation, 0, { quality, durationS, options: { templateId: id } }), []);
    return toWhole(ceilToWhole((request && price(request)) ?? credits(0)));
  };
  const qualities =
    makes === 'video' ? template.qualities.map((quality) => ({ quality, credits: charged(quality) })) : [];
  return {
    template_id: id,
    display_name: name,
    display_prompt: prompt,
    type: TEMPLATE_TYPES[makes],
    duration: durationS,
    min_images: pictures.min,
    max_images: pictures.max,
    is_active: active,
    credits: makes === 'video' ? Math.min(...qualities.map((one) => one.credits)) : charged(null),
    qualities,
  };
}
