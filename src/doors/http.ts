import type { IncomingMessage } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RefusalRenderer, WireAnswer } from '../contracts/dialect.ts';
import type { Log } from '../contracts/effects.ts';
import { messageOf, Refusal } from '../std/errors.ts';
import { parseJson } from '../std/json.ts';

/**
 * What every door needs around its routes. A door calls `armDoor` once, on the instance it is mounted on; from then on
 * its handlers return or throw, and whatever goes wrong (unknown route, wrong method, unreadable body, defect) leaves
 * in the dialect's own words. Forms and uploads are in doors/forms.ts.
 */

/** How a door speaks when it refuses. */
export interface DoorVoice {
  /** The wire form of a refusal; total over all codes. */
  refusal(refusal: Refusal, request: FastifyRequest): WireAnswer;
  readonly log: Log;
}

/** Nesting deeper than this is refused: what is stored and compared is written by recursive code. */
const JSON_DEPTH_MAX = 512;

/** How much of a refused body is read and thrown away so that the client gets to read the answer. */
const DRAIN_BYTES_MAX = 64 * 1024 * 1024;

/** Largest JSON body of a GET, in bytes. */
const GET_BODY_BYTES_MAX = 64 * 1024;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/**
 * Gives a door its JSON parser, its not-found (404, or 405 with `Allow` where only the method is wrong, or 204 with
 * `Allow` for OPTIONS) and its error answers. Call it before the routes are added.
 */
export function armDoor(app: FastifyInstance, voice: DoorVoice): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, jsonParser(app));
  app.setNotFoundHandler((request, reply) => sendAnswer(reply, unrouted(app, voice, request)));
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    // A body that cannot be read must not hide that there is nothing to send it to.
    if (request.is404) return sendAnswer(reply, unrouted(app, voice, request));
    return sendAnswer(reply, failed(error, voice, request, reply));
  });
  if (app.hasDecorator('refusalRenderers')) {
    app.getDecorator<RefusalRenderer[]>('refusalRenderers').push({
      prefix: app.prefix,
      // The framework builds this request too, only without a route.
      render: (refusal, request) => voice.refusal(refusal, request as FastifyRequest),
    });
  }
}

/** Sends an answer in wire form. Returns the reply, for `return sendAnswer(…)` in a handler. */
export function sendAnswer(reply: FastifyReply, answer: WireAnswer): FastifyReply {
  reply.code(answer.status);
  if (answer.headers !== undefined) reply.headers(answer.headers);
  return reply.send(answer.body);
}

/** Path of a request without its query string (which may hold what nobody should read back). */
export function pathOf(request: FastifyRequest): string {
  const url = request.url;
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

/**
 * The JSON body of a GET, which some clients send instead of a query string (reference/what-clients-send.md).
 * Undefined where there is none or it is empty. Refuses with `body_unreadable` or `body_too_large`.
 */
export async function readGetBody(request: FastifyRequest): Promise<unknown> {
  if (!announcesBody(request.raw)) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  // A request that is left in the middle is not torn down: its connection would be, or worse, stand still for the next one.
  for await (const chunk of request.raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > GET_BODY_BYTES_MAX) {
      throw new Refusal('body_too_large', { message: `The body of a GET may have ${GET_BODY_BYTES_MAX} bytes.` });
    }
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text.trim() === '') return undefined;
  const value = tooDeep(text) ? undefined : parseJson(text);
  if (value === undefined) throw unreadable();
  return value;
}

/** Reads what is left of a refused request's body and throws it away, so that the client gets to read the answer. */
export function drain(raw: IncomingMessage): void {
  if (raw.readableEnded || raw.destroyed || !announcesBody(raw)) return;
  let left = DRAIN_BYTES_MAX;
  raw.unpipe();
  raw.on('error', () => {});
  raw.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) raw.destroy();
  });
  raw.resume();
}

/** The refusal behind anything a handler or the framework threw; `internal` for what nobody expected. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const { code, statusCode } = error as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE' || statusCode === 413) {
    return new Refusal('body_too_large', { cause: error });
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' || statusCode === 415) {
    return new Refusal('media_type_unsupported', { field: 'Content-Type', cause: error });
  }
  // What else the framework blames on the request: a content length that lies, a broken form.
  if (typeof code === 'string' && code.startsWith('FST_') && statusCode !== undefined && statusCode < 500) {
    return new Refusal('body_unreadable', { cause: error });
  }
  return new Refusal('internal', { cause: error });
}

function unreadable(cause?: unknown): Refusal {
  return new Refusal('body_unreadable', { message: 'The body is not valid JSON. Send one JSON object.', cause });
}

/** True where the request's headers say that a body follows. */
function announcesBody(raw: IncomingMessage): boolean {
  const length = raw.headers['content-length'];
  return raw.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

function jsonParser(app: FastifyInstance) {
  const parse = app.getDefaultJsonParser('remove', 'remove');
  return (request: FastifyRequest, body: string, done: (error: Error | null, body?: unknown) => void): void => {
    // Clients declare JSON on requests without a body (DELETE, empty POST): that is a body without fields.
    if (body === '') done(null, undefined);
    else if (tooDeep(body)) done(unreadable());
    else void parse(request, body, (error, value) => done(error === null ? null : unreadable(error), value));
  };
}

/** True where brackets nest deeper than we read. Short texts cannot, and cost nothing. */
function tooDeep(text: string): boolean {
  if (text.length <= 2 * JSON_DEPTH_MAX) return false;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (inString) {
      if (char === 92) i++;
      else if (char === 34) inString = false;
    } else if (char === 34) inString = true;
    else if (char === 91 || char === 123) {
      if (++depth > JSON_DEPTH_MAX) return true;
    } else if (char === 93 || char === 125) depth--;
  }
  return false;
}

/** The answer to a request that no route took. */
function unrouted(app: FastifyInstance, voice: DoorVoice, request: FastifyRequest): WireAnswer {
  const path = pathOf(request);
  const allowed: string[] = METHODS.filter((method) => app.findRoute({ method, url: path }) !== null);
  const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path;
  drain(request.raw);
  if (allowed.length === 0) {
    const message = `${request.method} ${shown} is not a route of this API. Check the path against the documentation.`;
    return voice.refusal(new Refusal('route_unknown', { message }), request);
  }
  const allow = [...allowed, 'OPTIONS'].join(', ');
  if (request.method === 'OPTIONS') return { status: 204, headers: { allow }, body: undefined };
  const message = `${shown} does not take ${request.method}. Use ${allowed.join(' or ')}.`;
  const answer = voice.refusal(new Refusal('method_not_allowed', { message }), request);
  return { ...answer, headers: { ...answer.headers, allow } };
}

/** The answer to a request whose handler, or whose body, failed. */
function failed(error: unknown, voice: DoorVoice, request: FastifyRequest, reply: FastifyReply): WireAnswer {
  const refusal = refusalOf(error);
  // The framework closes the connection after a body it did not read, which can cost the client the answer.
  reply.removeHeader('connection');
  drain(request.raw);
  const headers: Record<string, string> = {};
  if (refusal.code === 'internal' && !request.raw.destroyed) {
    headers['x-request-id'] = request.id;
    voice.log.error(
      { requestId: request.id, method: request.method, route: request.routeOptions.url, ...describe(error) },
      'a request failed for a reason nobody expected',
    );
  }
  if (refusal.retryAfterS !== undefined) headers['retry-after'] = String(Math.ceil(refusal.retryAfterS));
  const answer = voice.refusal(refusal, request);
  return { ...answer, headers: { ...headers, ...answer.headers } };
}

/** What the log keeps of a defect. */
function describe(error: unknown): Record<string, unknown> {
  const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : undefined;
  return { error: messageOf(error), stack: error instanceof Error ? error.stack : undefined, cause };
}
