import type { Effects } from '../../contracts/effects.ts';
import type { Media } from '../../contracts/media.ts';
import type {
  AttemptOrder,
  CancelOutcome,
  ResultSource,
  StartOutcome,
  StatusOutcome,
  Upstream,
} from '../../contracts/upstream.ts';
import type { JobRequest } from '../../core/request.ts';
import { type Trigger, type TriggerName, triggerIn } from '../../core/triggers.ts';
import { isObject, type Json } from '../../std/json.ts';

/** The renderer that stands behind them. */
export interface Renderer extends Upstream {
  cancel: NonNullable<Upstream['cancel']>;
  /** As `cancel`, for a render that may be done while nobody was told so. */
  takeBack(ref: Json): Promise<CancelOutcome>;
}

/** What the triggers need besides the renderer they stand before. */
export interface TriggerParts {
  readonly effects: Pick<Effects, 'clock'>;
  readonly media: Pick<Media, 'run'>;
}

const SLOW_S = 30;
const LATE_AFTER_HORIZON_S = 60;

/** Jobs and attempts that are remembered as having failed once already; older ones may fail once more. */
const REMEMBERED_MAX = 1_000;

/** These never reach the renderer: nothing of it would be seen. */
const ENDINGS: Readonly<Partial<Record<TriggerName, StatusOutcome>>> = {
  moderated: {
    type: 'failed',
    code: 'moderated',
    message: 'The content was refused, because its text asked for that.',
  },
  failed: {
    type: 'failed',
    code: 'generation_failed',
    message: 'The generation failed, because its text asked for that.',
  },
  stuck: { type: 'running', progress: 0.5 },
};

/** Refusals of the first start of a job. */
const REFUSALS: Readonly<Partial<Record<TriggerName, StartOutcome>>> = {
  full: { type: 'refused', code: 'account_full', message: 'Too many jobs at a time, because the text asked for that.' },
  overload: { type: 'refused', code: 'upstream_busy', message: 'Overloaded, because the text asked for that.' },
};

/** What a triggered reference carries beside the attempt's id. Times are ms since the epoch. */
interface Marked {
  readonly trigger: Trigger;
  readonly acceptedAt: number;
}

/**
 * Puts the triggers before the renderer. What they need to know travels in the reference and in the addresses of the
 * results, which are stored with the job: a restart changes nothing. Only that something failed once is remembered here.
 */
export function withTriggers({ takeBack, ...renderer }: Renderer, { effects, media }: TriggerParts): Upstream {
  const refused = new Set<string>();
  const lost = new Set<string>();
  const once = (seen: Set<string>, id: string): boolean => {
    if (seen.has(id)) return false;
    for (const oldest of seen) {
      if (seen.size < REMEMBERED_MAX) break;
      seen.delete(oldest);
    }
    seen.add(id);
    return true;
  };
  return {
    ...renderer,
    async start(account, order, signal) {
      const trigger = triggerIn(textsOf(order.request));
      if (trigger === undefined || signal.aborted || !renderer.supports(order.request)) {
        return renderer.start(account, order, signal);
      }
      const refusal = REFUSALS[trigger.name];
      if (refusal !== undefined && once(refused, String(order.jobId))) return refusal;
      const ending = ENDINGS[trigger.name];
      const outcome = ending === undefined ? await renderer.start(account, order, signal) : acceptedAs(order);
      if (trigger.name === 'lost-answer' && outcome.type === 'accepted' && once(lost, order.id)) {
        return { type: 'unknown', message: 'The answer was lost, because the text asked for that.' };
      }
      return outcome.type === 'accepted' ? mark(outcome.ref, trigger, effects.clock.now()) : outcome;
    },
    async status(account, ref, signal) {
      const marked = marksOf(ref);
      const ending = marked === undefined ? undefined : ENDINGS[marked.trigger.name];
      if (ending !== undefined) return ending;
      const outcome = await renderer.status(account, ref, signal);
      if (marked === undefined || outcome.type !== 'done') return outcome;
      const left = heldUntil(marked, renderer.traits.creditHorizonMs) - effects.clock.now();
      return left > 0 ? { type: 'running', progress: 0.9 } : { type: 'done', results: spoil(outcome.results, marked) };
    },
    async cancel(account, ref, signal) {
      const marked = marksOf(ref);
      const ending = marked === undefined ? undefined : ENDINGS[marked.trigger.name];
      if (ending !== undefined)
        return { type: 'refused', message: 'It does not stop, because its text asked for that.' };
      const held = marked !== undefined && heldUntil(marked, renderer.traits.creditHorizonMs) > effects.clock.now();
      return held ? takeBack(ref) : renderer.cancel(account, ref, signal);
    },
    async fetch(account, source, signal) {
      const [url = '', spoilt, until] = source.url.split('#');
      if (spoilt === undefined) return renderer.fetch(account, source, signal);
      if (spoilt === 'missing' && (until === undefined || effects.clock.now() < Number(until))) return 'notYet';
      if (spoilt === 'placeholder') return placeholder(media, source.role);
      const body = await renderer.fetch(account, { ...source, url }, signal);
      return spoilt === 'no-pixels' && body !== 'notYet' ? withoutPixels(body) : body;
    },
  };
}

/** Everything in a request that somebody wrote. */
function textsOf({ prompt, speech, soundEffect, options }: JobRequest): string[] {
  const segments = options?.segments?.map((segment) => segment.prompt) ?? [];
  const settings = Object.values(options?.agent?.settings ?? {}).map(String);
  return [prompt, speech?.text ?? '', soundEffect ?? '', ...segments, ...settings];
}

const acceptedAs = ({ id }: AttemptOrder): StartOutcome => ({ type: 'accepted', ref: { attemptId: id } });

function mark(ref: Json, { name, seconds }: Trigger, acceptedAt: number): StartOutcome {
  const trigger = seconds === undefined ? { name } : { name, seconds };
  return { type: 'accepted', ref: { ...(isObject(ref) ? ref : {}), trigger, acceptedAt } };
}

function marksOf(ref: Json): Marked | undefined {
  return isObject(ref) && isObject(ref['trigger']) ? (ref as unknown as Marked) : undefined;
}

/** Until when the result is kept back. */
function heldUntil({ trigger, acceptedAt }: Marked, creditHorizonMs: number): number {
  if (trigger.name === 'slow') return acceptedAt + (trigger.seconds ?? SLOW_S) * 1000;
  if (trigger.name !== 'late') return acceptedAt;
  const lateS = trigger.seconds ?? creditHorizonMs / 1000 + LATE_AFTER_HORIZON_S;
  return acceptedAt + lateS * 1000;
}

/** Addresses that say what is wrong with what they lead to. */
function spoil(results: readonly ResultSource[], { trigger, acceptedAt }: Marked): ResultSource[] {
  const { name, seconds } = trigger;
  if (name !== 'missing' && name !== 'placeholder' && name !== 'no-pixels') return [...results];
  const until = name === 'missing' && seconds !== undefined ? `#${acceptedAt + seconds * 1000}` : '';
  return results.map((source) => ({ ...source, url: `${source.url}#${name}${until}` }));
}

const PLACEHOLDER = ['-v', 'error', '-f', 'lavfi', '-i', 'color=c=gray:s=64x64:r=24:d=0.25'] as const;
const PLACEHOLDER_TIMEOUT_MS = 60_000;

/** Grey, small and short: decodes, and is not what anybody asked for. */
async function placeholder(media: Pick<Media, 'run'>, role: ResultSource['role']): Promise<AsyncIterable<Uint8Array>> {
  const picture = ['-frames:v', '1', '-huffman', 'default', '-f', 'mjpeg', 'grey'];
  const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-f', 'mp4', 'grey'];
  const argv = [...PLACEHOLDER, ...(role === 'image' ? picture : video)];
  const { outputs } = await media.run({ argv, files: {}, outputs: ['grey'], timeoutMs: PLACEHOLDER_TIMEOUT_MS });
  return one(outputs.get('grey') ?? new Uint8Array());
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The same file with a width and a height of zero in its headers: an MP4's tracks, a JPEG's frame. */
async function withoutPixels(body: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  for (let at = bytes.indexOf('avc1'); at >= 0; at = bytes.indexOf('avc1', at + 4)) {
    // reference ISO 14496-12: a visual sample entry has its size 28 bytes after the beginning of its type.
    if (at + 32 < bytes.length) bytes.fill(0, at + 28, at + 32);
  }
  for (let at = bytes.indexOf('tkhd'); at >= 0; at = bytes.indexOf('tkhd', at + 4)) {
    const end = at - 4 + bytes.readUInt32BE(at - 4);
    if (end <= bytes.length) bytes.fill(0, end - 8, end);
  }
  const frame = bytes.indexOf(Buffer.from([0xff, 0xc0, 0x00, 0x11, 0x08]));
  if (bytes[0] === 0xff && frame >= 0) bytes.fill(0, frame + 5, frame + 9);
  return one(bytes);
}
