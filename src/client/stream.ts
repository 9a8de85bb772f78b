import { messageOf } from '../std/errors.ts';
import { parseJson } from '../std/json.ts';
import { NoAnswerError, ReelpoolError } from './errors.ts';
import type { Asked } from './methods.ts';
import { mayHelp, type Sender } from './sender.ts';

/** A stream that gives no sign of life for so long is dead: the gateway gives one every 15 s. */
const SILENCE_MS = 45_000;

/**
 * The messages of a stream of server-sent events, for as long as they are asked for. When the stream ends or breaks it is
 * opened again after the last id it gave, so that nothing is missed that the gateway still keeps. Throws what refuses it
 * for good, and the reason of the signal. Without retries it ends with the stream.
 */
export async function* messagesOf(sender: Sender, asked: Asked): AsyncGenerator<unknown, undefined> {
  const { signal: outer } = asked.options;
  const again = sender.retriesOf(asked) > 0;
  let last: string | undefined;
  for (let failures = 0; ; ) {
    let failure: unknown;
    const end = new AbortController();
    const signal = outer ? AbortSignal.any([outer, end.signal]) : end.signal;
    try {
      const headers = { accept: 'text/event-stream', ...(last === undefined ? {} : { 'last-event-id': last }) };
      const body = await sender.open({ ...asked, options: { ...asked.options, signal } }, headers);
      for await (const { id, data } of frames(watched(sender, body, end))) {
        failures = 0;
        last = id ?? last;
        const message = data === undefined ? undefined : parseJson(data);
        if (message !== undefined) yield message;
      }
    } catch (error) {
      outer?.throwIfAborted();
      failure = error instanceof ReelpoolError || error instanceof NoAnswerError ? error : broken(error);
      if (!again || !mayHelp(failure)) throw failure;
      failures += 1;
    } finally {
      end.abort();
    }
    if (!again) return;
    await sender.pause(Math.max(1, failures), failure, outer);
  }
}

function broken(cause: unknown): NoAnswerError {
  return new NoAnswerError(`The stream broke (${messageOf(cause)})`, { idempotencyKey: null, maybeDone: false, cause });
}

/** The pieces of a body; fails when none comes for too long. */
async function* watched(sender: Sender, body: ReadableStream<Uint8Array>, end: AbortController) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  while (true) {
    const cancel = sender.clock.setTimer(SILENCE_MS, () => end.abort(new Error('the stream fell silent')));
    const piece = await reader.read().finally(cancel);
    if (piece.done) return;
    yield piece.value;
  }
}

/** One block of a stream of server-sent events. */
interface Frame {
  readonly id: string | undefined;
  /** Undefined where the block holds none. */
  readonly data: string | undefined;
}

/** The blocks of a text in pieces, as https://html.spec.whatwg.org/multipage/server-sent-events.html has them. */
async function* frames(pieces: AsyncIterable<string>): AsyncGenerator<Frame> {
  let text = '';
  for await (const piece of pieces) {
    // A line break may be cut in two.
    text = (text + piece).replaceAll(/\r\n|\r(?!$)/g, '\n');
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) yield frameOf(block);
  }
}

function frameOf(block: string): Frame {
  const fields = block.split('\n').map((line) => /^(\w+)(?:: ?(.*))?$/.exec(line));
  const values = (name: string) => fields.flatMap((field) => (field?.[1] === name ? [field[2] ?? ''] : []));
  const data = values('data');
  return { id: values('id').at(-1), data: data.length === 0 ? undefined : data.join('\n') };
}
