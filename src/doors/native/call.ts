import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Idempotency } from '../../contracts/administration.ts';
import type { Principal } from '../../contracts/views.ts';
import { Refusal } from '../../std/errors.ts';
import { readId } from '../../std/ids.ts';
import type { Reader } from '../../wire/native/encode.ts';
import { readNothing, readWire } from '../../wire/native/read.ts';
import type { AnswerOf, BodyOf, DryAnswerOf, ParamsOf, QueryOf, Route, SchemaName } from '../../wire/native/route.ts';
import type { NamedRoute, ROUTES, Subject } from '../../wire/native/routes.ts';
import type { Schemas } from '../../wire/native/schemas.ts';
import type { DoorContext } from '../context.ts';

/** A request to a route, checked and read. */
export interface Call<R extends Route> {
  readonly who: Principal;
  /** For encoders. */
  readonly reader: Reader;
  readonly params: ParamsOf<R>;
  readonly query: QueryOf<R>;
  readonly body: BodyOf<R>;
  /** What makes a repeated change the same one; null where nothing was sent. */
  readonly once: R extends { readonly once: true } ? Idempotency | null : null;
  /** Null where the call did not come over HTTP; streams and files always do. */
  readonly http: R extends { readonly stream: true } | { readonly file: SchemaName } ? Http : Http | null;
}

/** What the framework has of a request, for streams and files. */
export interface Http {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Aborts when the gateway stops. */
  readonly closing: AbortSignal;
}

/** Carries a request out; throws a `Refusal`. A stream is written by its handler. */
export type Handler<R extends Route> = (
  call: Call<R>,
  context: DoorContext,
) => Promise<R extends { readonly stream: true } ? void : AnswerOf<R> | DryAnswerOf<R>>;

/** A handler for every route about a subject. */
export type Handlers<S extends Subject> = {
  readonly [N in keyof (typeof ROUTES)[S]]: (typeof ROUTES)[S][N] extends infer R extends Route ? Handler<R> : never;
};

/** A handler for every route. */
export type AllHandlers = { readonly [S in Subject]: Handlers<S> };

/** What a request says, as it came: parameters and queries are texts. */
export interface Said {
  readonly params: Readonly<Record<string, string>>;
  readonly query: unknown;
  readonly body: unknown;
}

/** What is known of a request beside what it says. */
export type About = Pick<Call<Route>, 'who' | 'reader' | 'http'> & { readonly once: Idempotency | null };

/** Reads what a request says as its route has it. Refuses with `permission_denied` before it judges any of it. */
export async function readCall({ subject, route }: NamedRoute, said: Said, about: About): Promise<Call<Route>> {
  // The façade checks it too.
  if (route.role === 'admin' && about.who.role !== 'admin') throw new Refusal('permission_denied');
  const query = route.query ? readWire(await schema(route.query), said.query) : readNothing(said.query);
  const params = readParams(said.params, subject);
  const body = route.body ? readWire(await schema(route.body), said.body) : undefined;
  // Which types these have is known to the handler only.
  return { ...about, params, query, body } as unknown as Call<Route>;
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
