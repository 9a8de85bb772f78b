import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ReceivedMessage, WebhookFormat, WebhookVerdict } from '../contracts/webhook.ts';
import { isoTime, systemClock } from '../std/clock.ts';
import { isObject, parseJson } from '../std/json.ts';
import { WEBHOOK_FORMATS } from '../wire/formats.ts';
import { parse, wholeNumber } from './arguments.ts';
import { CliError, EXIT } from './exit.ts';
import { stopSignals } from './signals.ts';
import { cutTo, type Io, paint, printableText, widthOf } from './terminal.ts';

/** What is longer than this is no webhook. */
const BODY_BYTES_MAX = 1_000_000;
/** Twice the age at which a message is turned away: what is remembered longer cannot come back. */
const REMEMBERED_MS = 600_000;
const COUNT_MAX = 1_000_000;

/** What became of one message. */
interface Seen {
  readonly at: string;
  /** Null where no secret was given, so that nothing could be checked. */
  readonly valid: boolean | null;
  readonly reason: string | null;
  readonly format: string | null;
  readonly signature: string | null;
  readonly answered: number;
  readonly body: string;
}

/** `reelpool webhooks listen`: a receiver that checks and prints what comes in, until it is stopped. */
export async function listen(args: readonly string[], io: Io): Promise<number> {
  const { values } = parse(args, {
    port: { type: 'string', default: '9876' },
    host: { type: 'string', default: '127.0.0.1' },
    secret: { type: 'string' },
    fail: { type: 'string', default: '0' },
    count: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  const port = wholeNumber('--port', values.port, 0, 65_535);
  const count = values.count === undefined ? null : wholeNumber('--count', values.count, 1, COUNT_MAX);
  const judge = new Judge(values.secret, wholeNumber('--fail', values.fail, 0, COUNT_MAX));
  const enough = Promise.withResolvers<'enough'>();
  let taken = 0;
  const server = createServer((request, response) => {
    void receive(request).then((message) => {
      const seen = judge.look(message);
      response.writeHead(seen.answered, { 'content-type': 'text/plain' }).end(seen.answered === 200 ? 'ok' : 'no');
      print(io, values.json, seen);
      if (seen.answered === 200 && ++taken === count) response.once('close', () => enough.resolve('enough'));
    });
  });
  const url = await begin(server, port, values.host);
  const signals = stopSignals();
  const checked =
    values.secret === undefined ? 'Nothing is checked: give the secret with --secret.' : 'Ctrl-C ends it.';
  if (values.json) io.err(`${url}\n`);
  else io.out(`Receives webhooks at ${paint(io, 'cyan', url)}. ${checked}\n\n${heading(io)}`);
  await Promise.race([signals.first, enough.promise]);
  signals.dispose();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return EXIT.ok;
}

async function begin(server: Server, port: number, host: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new CliError(EXIT.unavailable, `Listening on ${host}:${port} failed: ${error.message}`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${bound}/`;
}

/** A message, or undefined where none arrived that could be one. */
async function receive(request: IncomingMessage): Promise<ReceivedMessage | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= BODY_BYTES_MAX) chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  if (request.method !== 'POST' || size > BODY_BYTES_MAX) return undefined;
  return { headers: request.headers as ReceivedMessage['headers'], body: Buffer.concat(chunks).toString('utf8') };
}

/** Decides how messages are answered. */
class Judge {
  readonly #secret: string | undefined;
  /** Good messages still to be turned away. */
  #fail: number;
  /** Messages seen, and until when each is remembered (monotonic ms). */
  readonly #known = new Map<string, number>();

  constructor(secret: string | undefined, fail: number) {
    this.#secret = secret;
    this.#fail = fail;
  }

  look(message: ReceivedMessage | undefined): Seen {
    const at = isoTime(systemClock.now());
    const none = { at, format: null, signature: null, body: message?.body ?? '' };
    if (!message) return { ...none, valid: false, reason: 'it is no POST of a webhook', answered: 405 };
    if (this.#secret === undefined) return { ...none, valid: null, reason: null, answered: this.#answer() };
    const found = checked(this.#secret, message);
    const about = { ...none, format: found.format?.name ?? null };
    const { verdict } = found;
    if (!verdict.ok) return { ...about, valid: false, reason: verdict.reason, answered: 401 };
    const signed = { ...about, signature: verdict.signature };
    if (this.#isReplay(verdict.once)) return { ...signed, valid: false, reason: 'it came before', answered: 409 };
    return { ...signed, valid: true, reason: null, answered: this.#answer() };
  }

  #answer(): number {
    if (this.#fail === 0) return 200;
    this.#fail -= 1;
    return 500;
  }

  #isReplay(once: string): boolean {
    const now = systemClock.monotonic();
    for (const [seen, until] of this.#known) if (until < now) this.#known.delete(seen);
    if (this.#known.has(once)) return true;
    this.#known.set(once, now + REMEMBERED_MS);
    return false;
  }
}

/** The verdict of the format that takes the message, else of the one that comes closest: it found a signature. */
function checked(secret: string, message: ReceivedMessage): { format?: WebhookFormat; verdict: WebhookVerdict } {
  const now = systemClock.now();
  const verdicts = WEBHOOK_FORMATS.map((format) => ({ format, verdict: format.verify(secret, message, now) }));
  const good = verdicts.find(({ verdict }) => verdict.ok);
  if (good) return good;
  const close = verdicts.find(({ verdict }) => !verdict.ok && !verdict.reason.includes('no signature'));
  return close ?? { verdict: { ok: false, reason: 'it carries no signature' } };
}

const WIDTHS = [12, 26, 20, 8] as const;

function row(io: Io, cells: readonly string[]): string {
  const fixed = WIDTHS.map((width, index) => {
    const text = cutTo(printableText(cells[index] ?? ''), width);
    return text + ' '.repeat(width - widthOf(text));
  });
  const left = Math.max(20, io.columns - WIDTHS.reduce((sum, width) => sum + width + 2, 0));
  const last = printableText(cells.at(-1) ?? '');
  return `${[...fixed, io.tty ? cutTo(last, left) : last].join('  ')}\n`;
}

const heading = (io: Io) => paint(io, 'bold', row(io, ['TIME (UTC)', 'CHECK', 'FORMAT', 'ANSWER', 'BODY']));

function print(io: Io, json: boolean, seen: Seen): void {
  if (json) {
    const members = parseJson(seen.body);
    io.out(`${JSON.stringify({ ...seen, body: isObject(members) ? members : seen.body })}\n`);
    return;
  }
  const check = seen.valid === null ? 'not checked' : (seen.reason ?? 'good');
  const format = seen.format === null ? '' : `${seen.format}${seen.signature === null ? '' : ` (${seen.signature})`}`;
  const line = row(io, [seen.at.slice(11, 23), check, format, String(seen.answered), seen.body]);
  io.out(seen.valid === false ? paint(io, 'red', line) : line);
}
