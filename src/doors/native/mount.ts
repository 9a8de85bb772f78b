import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Idempotency } from '../../contracts/administration.ts';
import type { Principal } from '../../contracts/views.ts';
import { Refusal } from '../../std/errors.ts';
import { readId } from '../../std/ids.ts';
import type { Reader } from '../../wire/native/encode.ts';
import { readNothing, readWire } from '../../wire/native/read.ts';
import type { AnswerOf, BodyOf, ParamsOf, QueryOf, Route, SchemaName } from '../../wire/native/route.ts';
import { ALL_ROUTES, type NamedRoute, type ROUTES, type Subject } from '../../wire/native/routes.ts';
import type { Schemas } from '../../wire/native/schemas.ts';
import type { DoorContext } from '../context.ts';
import { withForms } from '../forms.ts';
import { authenticate, onceOf } from './enter.ts';

/** A request to a route, checked and read. */
export interface Call<R extends Route> {
  readonly who: Principal;
  /** For encoders. */
  readonly reader: Reader;
  readonly params: ParamsOf<R>;
  readonly query: QueryOf<R>;
  readonly body: BodyOf<R>;
  /** What makes a repeated change the same one; null where nothing was sent. */
  readonly once: R extends { readonly file: SchemaName }
    ? undefined
    : R extends { readonly once: true }
      ? Idempotency | null
      : undefined;
  /** The framework's, for streams. */
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Aborts when the gateway stops. */
  readonly closing: AbortSignal;
}

/** Carries a request out; throws a `Refusal`. A stream is written by its handler. */
export type Handler<R extends Route> = (
  call: Call<R>,
  context: DoorContext,
) => Promise<R extends { readonly stream: true } ? void : AnswerOf<R>>;

/** A handler for every route about a subject. */
export type Handlers<S extends Subject> = {
  readonly [N in keyof (typeof ROUTES)[S]]: (typeof ROUTES)[S][N] extends infer R extends Route ? Handler<R> : never;
};

/** A handler for every route. */
export type AllHandlers = { readonly [S in Subject]: Handlers<S> };

/** Adds every route of the table. */
export function mountRoutes(app: FastifyInstance, context: DoorContext, handlers: AllHandlers): void {
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  mountAll(
    app,
    ALL_ROUTES.filter(({ route }) => route.file === undefined),
    context,
    handlers,
    closing.signal,
  );
  withForms(app, (scope) => {
    mountAll(
      scope,
      ALL_ROUTES.filter(({ route }) => route.file !== undefined),
      context,
      handlers,
      closing.signal,
    );
  });
}

function mountAll(
  app: FastifyInstance,
  routes: readonly NamedRoute[],
  context: DoorContext,
  handlers: AllHandlers,
  closing: AbortSignal,
): void {
  for (const named of routes) {
    const { subject, name, route } = named;
    // The type of the table says that it is there, and what it takes; a loop over the table cannot know which one it has.
    const handler = (handlers[subject] as Readonly<Record<string, Handler<Route>>>)[name];
    if (handler === undefined) throw new Error(`${subject}.${name} has no handler`);
    app.route({
      method: route.method,
      url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      exposeHeadRoute: route.stream !== true,
      async handler(request, reply) {
        const call = await read(named, context, request, reply, closing);
        const answer = await handler(call, context);
        if (route.stream) return reply;
        if (route.status !== undefined) reply.code(route.status);
        if (route.secret) reply.header('cache-control', 'no-store');
        return answer;
      },
    });
  }
}

/** The key first, then everything the request says. */
async function read(
  { subject, route }: NamedRoute,
  context: DoorContext,
  request: FastifyRequest,
  reply: FastifyReply,
  closing: AbortSignal,
): Promise<Call<Route>> {
  const who = await authenticate(context.gateway, request);
  // The façade checks it too; here it is said before anything of the request is judged.
  if (route.role === 'admin' && who.role !== 'admin') throw new Refusal('permission_denied');
  const reader: Reader = { origin: context.origin(request), role: who.role };
  const query = route.query ? readWire(await schema(route.query), request.query) : readNothing(request.query);
  const params = readParams(request.params as Readonly<Record<string, string>>, subject);
  const body = route.body ? readWire(await schema(route.body), request.body) : undefined;
  // Of a file, what a repetition must agree in is not known yet: its handler reads both.
  const once = route.once && route.file === undefined ? onceOf(request) : undefined;
  const call = { who, reader, params, query, body, once, request, reply, closing };
  // Which types these have is known to the handler only.
  return call as unknown as Call<Route>;
}

let schemas: Schemas | undefined;

/** Loaded by the first request that needs one: a gateway that starts has no use for them. */
async function schema(name: SchemaName): Promise<z.ZodType> {
  schemas ??= (await import('../../wire/native/schemas.ts')).SCHEMAS;
  return schemas[name];
}

function readParams(params: Readonly<Record<string, string>>, subject: Subject): Record<string, number | string> {
  const read = Object.entries(params).map(([name, text]) => {
    const id = readId(text);
    // Names of accounts are not numbers, so a number is an id.
    if (name === 'account') return [name, id ?? text];
    if (id === undefined) throw noSuch(subject, name, text);
    return [name, id];
  });
  return Object.fromEntries(read) as Record<string, number | string>;
}

/** What is no id names nothing. */
function noSuch(subject: Subject, field: string, text: string): Refusal {
  const noun = subject.replace(/ies$/, 'y').replace(/s$/, '');
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return new Refusal('not_found', { field, message: `There is no ${noun} ${shown}. Check the id.` });
}
