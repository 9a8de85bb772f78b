/** Jobs as people read them. */
import type { JobState } from '../core/job.ts';
import type { JobWire } from '../wire/native/schemas/jobs.ts';
import {
  creditsText,
  creditText,
  fields,
  type Io,
  paint,
  printableText,
  type Style,
  sizeText,
  timeText,
} from './terminal.ts';

/** The colour of a state. */
export function styleOf(state: JobState): Style | undefined {
  if (state === 'succeeded') return 'green';
  if (state === 'failed' || state === 'expired' || state === 'moderated' || state === 'unknown') return 'red';
  return state === 'cancelled' ? 'dim' : 'cyan';
}

/** Where an unfinished job stands, in a few words; empty for others. */
export function whereabouts(job: JobWire): string {
  if (job.queuePlace !== null) return job.queuePlace === 0 ? 'next in line' : `${creditText(job.queuePlace)} before it`;
  if (job.finishedAt !== null || job.progress === null) return '';
  return `${Math.floor(job.progress * 100)} %`;
}

const CREDIT_WORDS = { held: 'held', captured: 'paid', released: 'given back' } as const;

/** Everything about one. */
export function describeJob(io: Io, job: JobWire): string {
  const where = whereabouts(job);
  const asked = [
    job.operation,
    job.model,
    job.quality,
    `${job.durationS} s`,
    job.aspectRatio,
    job.audio && 'with sound',
  ];
  const entries: [string, string][] = [
    ['Job', String(job.id)],
    ['State', paint(io, styleOf(job.state) ?? 'cyan', job.state) + (where === '' ? '' : `, ${where}`)],
    ['Asked for', asked.filter(Boolean).join(', ')],
    ['Prompt', printableText(job.prompt)],
    ['Credits', `${creditsText(job.credit.amount)} ${CREDIT_WORDS[job.credit.state]}`],
    ['Account', job.account === null ? '-' : printableText(job.account)],
    ['Attempts', String(job.attempts)],
    [
      'Through',
      `${job.dialect}, tenant ${job.tenantId}${job.traceId === null ? '' : `, id ${printableText(job.traceId)}`}`,
    ],
    ['Created', `${timeText(job.createdAt)} UTC`],
    ['Finished', job.finishedAt === null ? '-' : `${timeText(job.finishedAt)} UTC`],
  ];
  if (job.error !== null) {
    entries.push(['Error', paint(io, 'red', `${job.error.code}: ${printableText(job.error.message)}`)]);
  }
  if (job.deleted) entries.push(['Result', 'deleted']);
  if (job.result !== null) {
    const { url, mime, width, height, durationMs, bytes } = job.result;
    entries.push(['Result', `${mime}, ${width}×${height}, ${durationMs / 1000} s, ${sizeText(bytes)}`], ['', url]);
  }
  return fields(io, entries);
}
