import { z } from 'zod';
import type { ChargeFilter, ChargePage, ChargeView } from '../../contracts/library.ts';
import type { Operation } from '../../core/request.ts';
import { isoTime } from '../../std/clock.ts';
import { ceilToWhole, toWhole } from '../../std/credits.ts';
import { readId } from '../../std/ids.ts';
import { OURS } from './ours.ts';
import { invalid, oneOf, readBody, required, textField, wholeField } from './requests/fields.ts';

/** Usage detail: reference/pixverse-platform.md §4.20. The shape of an item is ours (Unknown 8). */

/** Body of `POST /account/billing/usage-detail`. */
export const usageBody = z.object({
  start_time: textField,
  end_time: textField,
  limit: wholeField,
  cursor: textField,
  credits_status: textField,
  creation_type: z.array(z.string({ error: 'a list of strings' }), { error: 'a list of strings' }).nullish(),
});

const STATUSES = ['consume', 'refund'] as const;
const LIMIT_MAX = 100;
const SPAN_MAX_MS = 30 * 86_400_000;

/** §4.20 `creation_type`, with the operations each stands for. */
const CREATION_TYPES = {
  text_to_video: ['text-to-video'],
  image_to_video: ['image-to-video', 'template'],
  transition: ['transition'],
  lip_sync: ['lip-sync'],
  extend: ['extend'],
  sound_effect: ['sound-effect'],
  fusion: ['fusion'],
  restyle: ['restyle'],
  multi_transition: ['multi-transition'],
  swap: ['swap'],
  agent: ['agent', 'music-video'],
  swap_mask: ['mask-selection'],
  avatar: ['avatar'],
  image_to_image: ['image-template'],
  mimic: ['motion-control'],
  modify: ['modify'],
  upscale: ['upscale'],
} as const satisfies Readonly<Record<string, readonly Operation[]>>;

type CreationType = keyof typeof CREATION_TYPES;
const TYPE_NAMES = Object.keys(CREATION_TYPES) as CreationType[];

/** Decodes the body, or refuses. Both times are inclusive: the second that `end_time` names belongs to the span. */
export function decodeUsage(raw: unknown): ChargeFilter {
  const body = readBody(usageBody, raw);
  const from = readTime('start_time', required('start_time', body.start_time));
  const until = readTime('end_time', required('end_time', body.end_time)) + 1000;
  if (until <= from) invalid('end_time', 'It must not be before start_time.');
  if (until - 1000 - from > SPAN_MAX_MS) invalid('end_time', 'It may be at most 30 days after start_time.');
  const limit = body.limit ?? OURS.usagePageSize;
  if (limit < 1 || limit > LIMIT_MAX) invalid('limit', `Allowed: 1 to ${LIMIT_MAX}.`);
  const status = body.credits_status ? oneOf('credits_status', body.credits_status, STATUSES) : null;
  const types = (body.creation_type ?? []).map((type) => oneOf('creation_type', type, TYPE_NAMES));
  const operations = [...new Set(types)].flatMap((type): readonly Operation[] => CREATION_TYPES[type]);
  return {
    from,
    until,
    before: readCursor(body.cursor),
    limit,
    ...(status === null ? {} : { refunded: status === 'refund' }),
    ...(operations.length === 0 ? {} : { operations }),
  };
}

/** `YYYY-MM-DD HH:mm:ss` in UTC. */
function readTime(field: string, text: string): number {
  const [, ...parts] = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/.exec(text.trim()) ?? [];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(Number);
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  if (parts.length === 0 || year < 1970 || timeText(at) !== text.trim()) {
    invalid(field, 'Send a time in UTC as YYYY-MM-DD HH:mm:ss, such as 2026-11-21 16:00:00.');
  }
  return at;
}

/** A time as this route spells it. */
function timeText(at: number): string {
  return isoTime(at).slice(0, 19).replace('T', ' ');
}

function readCursor(cursor: string | null | undefined): number | null {
  if (cursor === null || cursor === undefined || cursor === '') return null;
  return readId(cursor) ?? invalid('cursor', 'Send next_cursor of the page before, or nothing for the first page.');
}

/** §4.20. */
export interface UsageAnswer {
  readonly items: readonly UsageItem[];
  /** Empty on the last page. */
  readonly next_cursor: string;
  readonly has_more: boolean;
}

/** What a job came to. */
export interface UsageItem {
  /** Of the video or picture. */
  readonly id: number;
  readonly creation_type: string;
  /** Whole credits set aside or paid; or given back, where the status is `refund`. */
  readonly credits: number;
  readonly credits_status: (typeof STATUSES)[number];
  /** When it was accepted. */
  readonly create_time: string;
  readonly trace_id: string;
}

/** A page of charges. */
export function usageAnswer({ charges, next }: ChargePage): UsageAnswer {
  return { items: charges.map(itemOf), next_cursor: next === null ? '' : String(next), has_more: next !== null };
}

function itemOf({ jobId, operation, traceId, at, amount, refunded }: ChargeView): UsageItem {
  const type = TYPE_NAMES.find((name) => (CREATION_TYPES[name] as readonly Operation[]).includes(operation));
  return {
    id: jobId,
    creation_type: type ?? operation,
    credits: toWhole(ceilToWhole(amount)),
    credits_status: refunded ? 'refund' : 'consume',
    create_time: timeText(at),
    trace_id: traceId ?? '',
  };
}
