import type { z } from 'zod';
import type { Schemas } from './schemas.ts';

/** Name of a schema in schemas.ts. */
export type SchemaName = keyof Schemas;

/**
 * One route of `/pool/v1`, described once: the door mounts it, the OpenAPI document tells of it and the client calls it by
 * this. Schemas are named, not held, so that the client and the start of a gateway do without them.
 */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the prefix. `{id}` is an id; `{account}` the id or the name of one. */
  readonly path: `/${string}`;
  /** What it does, in a line. */
  readonly summary: string;
  /** Only for keys with the role admin. */
  readonly role?: 'admin';
  /** Parameters of the query. Without it there are none. */
  readonly query?: SchemaName;
  /** JSON body. Without it none is read. */
  readonly body?: SchemaName;
  /**
   * The body is a form with a file in the field `file`, or instead of that this JSON body. The handler reads it, because a
   * file is read once.
   */
  readonly file?: SchemaName;
  /** Of a stream: each of its messages. */
  readonly answer: SchemaName;
  /** Status of the answer; 200 where absent. */
  readonly status?: 201;
  /** It changes something: it takes `Idempotency-Key`, and repeated under it it does nothing and gives the first answer. */
  readonly once?: true;
  /** It may be asked what it would come to (`dry_run` where the query has it): then nothing changes, and this is the answer, with the status 200. */
  readonly dry?: SchemaName;
  /** The answer shows a secret, so nobody in between may keep it. */
  readonly secret?: true;
  /** The answer is a stream of server-sent events. */
  readonly stream?: true;
}

/** Routes about one subject by what the client calls them. */
export type Routes = Readonly<Record<string, Route>>;

type ParamNames<P extends string> = P extends `${string}{${infer N}}${infer Rest}` ? N | ParamNames<Rest> : never;

/** Parameters of a path. */
export type ParamsOf<R extends Route> = {
  readonly [N in ParamNames<R['path']>]: N extends 'account' ? number | string : number;
};

/** A schema's value once it was read. */
export type Read<N extends SchemaName> = z.output<Schemas[N]>;

/** A schema's value as it is sent. */
export type Sent<N extends SchemaName> = z.input<Schemas[N]>;

/** The query as it was read. */
export type QueryOf<R extends Route> = R extends { readonly query: infer N extends SchemaName } ? Read<N> : undefined;

/** The body as it was read. */
export type BodyOf<R extends Route> = R extends { readonly body: infer N extends SchemaName } ? Read<N> : undefined;

/** The answer that says what it would come to, where there is one. */
export type DryAnswerOf<R extends Route> = R extends { readonly dry: infer N extends SchemaName } ? Read<N> : never;

/** The answer. */
export type AnswerOf<R extends Route> = Read<R['answer']>;
