import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { sleep } from '../../std/clock.ts';
import { Refusal } from '../../std/errors.ts';
import { encodeEvents, type Reader } from '../../wire/native/encode.ts';
import type { DoorContext } from '../context.ts';
import type { Handlers } from './call.ts';

/** Between two signs of life, so that nothing in between takes the stream for dead. */
const HEARTBEAT_MS = 15_000;
/** A reader that has taken nothing for so long is let go; it comes back with the last id it saw. */
const STUCK_MS = 30_000;

/** What happens to jobs, as server-sent events. */
export const events: Handlers<'events'> = {
  async stream({ who, reader, query, http: { request, reply, closing } }, context) {
    const after = lastSeen(request) ?? query.after ?? null;
    // A stop ends the streams: their readers come back when there is a gateway again.
    const gone = new AbortController();
    const signal = AbortSignal.any([gone.signal, closing]);
    const { raw } = reply;
    raw.on('close', () => gone.abort());
    raw.on('error', () => gone.abort());
    const pages = context.gateway.events(who, after, signal);
    // Where it begins is known before the reader hears that it has begun.
    const first = await pages.next();
    reply.hijack();
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Nothing follows a stream on its connection, so a stop need not wait for it.
      connection: 'close',
      // Proxies that collect an answer before they pass it on would hold it back for ever.
      'x-accel-buffering': 'no',
    });
    // An id without data is no event: a reader that is cut off before the first one goes on from here.
    raw.write(first.done ? ': open\n\n' : `: open\nid: ${first.value.last}\n\n`);
    try {
      await Promise.all([
        beat(context, raw, signal),
        pour(context, raw, pages, reader, signal).finally(() => gone.abort()),
      ]);
    } catch (error) {
      context.log.warn({ cause: String(error) }, 'a stream of events ended early');
    } finally {
      gone.abort();
      raw.end();
    }
  },
};

/** Writes pages as long as the reader takes them. */
async function pour(
  context: DoorContext,
  raw: ServerResponse,
  pages: ReturnType<DoorContext['gateway']['events']>,
  reader: Reader,
  signal: AbortSignal,
): Promise<void> {
  for await (const { events } of pages) {
    const text = encodeEvents(events, reader)
      .map(({ id, ...event }) => `id: ${id}\ndata: ${JSON.stringify({ id, ...event })}\n\n`)
      .join('');
    if (raw.write(text) || signal.aborted) continue;
    const cancel = context.clock.setTimer(STUCK_MS, () => raw.destroy());
    await once(raw, 'drain', { signal }).catch(() => {});
    cancel();
  }
}

async function beat({ clock }: DoorContext, raw: ServerResponse, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(clock, HEARTBEAT_MS, signal);
    // What is on its way is sign of life enough.
    if (!signal.aborted && raw.writableLength === 0) raw.write(': beat\n\n');
  }
}

/** The id of the last event that a reader saw before it came back. */
function lastSeen(request: FastifyRequest): number | undefined {
  const header = request.headers['last-event-id'];
  if (header === undefined || header === '') return undefined;
  const id = typeof header === 'string' && /^[0-9]{1,16}$/.test(header) ? Number(header) : Number.NaN;
  if (Number.isSafeInteger(id)) return id;
  throw new Refusal('parameter_invalid', {
    field: 'Last-Event-ID',
    message: 'Last-Event-ID must be the id of an event of this stream. Leave it out for events from now on.',
  });
}
