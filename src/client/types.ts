/** The client's methods, as types made of the table of routes. Nothing here is left when the program runs. */
import type { AnswerOf, DryAnswerOf, ParamsOf, Read, Route, SchemaName, Sent } from '../wire/native/route.ts';
import type { ROUTES, Subject } from '../wire/native/routes.ts';

/** What one call may have of its own. */
export interface CallOptions {
  /** Gives up when it aborts: the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long one try may take, ms. Of a stream: until it begins. */
  readonly timeoutMs?: number | undefined;
  /** How often the request is sent again. A stream is opened again as often as it takes, unless this is 0. */
  readonly retries?: number | undefined;
  /** The id of a change (1 to 128 characters): repeated under it, it does nothing and gets the first answer. Made up where absent. */
  readonly idempotencyKey?: string | undefined;
}

/** The query as a caller says it: numbers are numbers, and what has a default may be left out. */
type QueryInput<N extends SchemaName> = Loose<Sent<N>, Read<N>>;

/** Values as they are read, left out where they may be left out when sent. */
type Loose<In, Out> = {
  readonly [K in keyof Out as K extends OptionalKeys<In> ? K : never]?: Out[K] | undefined;
} & {
  readonly [K in keyof Out as K extends OptionalKeys<In> ? never : K]: Out[K];
};

type OptionalKeys<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];

/** Parameters of a path, in their order. */
type PathArguments<R extends Route, P extends string = R['path']> = P extends `${string}{${infer N}}${infer Rest}`
  ? [...(N extends keyof ParamsOf<R> ? [id: ParamsOf<R>[N]] : []), ...PathArguments<R, Rest>]
  : [];

type BodyArgument<R extends Route> = R extends { readonly body: infer N extends SchemaName } ? [body: Sent<N>] : [];

/** A file, or instead of it what says where it is. */
type FileArgument<R extends Route> = R extends { readonly file: infer N extends SchemaName }
  ? [file: Blob | Sent<N>]
  : [];

type QueryArgument<R extends Route> = R extends { readonly query: infer N extends SchemaName }
  ? Record<string, never> extends QueryInput<N>
    ? [query?: QueryInput<N>]
    : [query: QueryInput<N>]
  : [];

/** A query that asks what a request would come to, and one that does not. */
type DryQuery<N extends SchemaName> = QueryInput<N> & { readonly dry_run: true };
type WetQuery<N extends SchemaName> = QueryInput<N> & { readonly dry_run?: false | undefined };

/** The method of a route that may be asked what it would come to. */
interface DryMethod<R extends Route, N extends SchemaName> {
  (
    ...args: [...PathArguments<R>, ...BodyArgument<R>, query: DryQuery<N>, options?: CallOptions]
  ): Promise<DryAnswerOf<R>>;
  (
    ...args: [...PathArguments<R>, ...BodyArgument<R>, query?: WetQuery<N>, options?: CallOptions]
  ): Promise<AnswerOf<R>>;
}

/** What a route is called with: parameters of the path, the body, the query, options. */
export type ArgumentsOf<R extends Route> = [
  ...PathArguments<R>,
  ...BodyArgument<R>,
  ...FileArgument<R>,
  ...QueryArgument<R>,
  options?: CallOptions,
];

/** The method of a route. A stream is iterated; it begins with the first step. */
export type Method<R extends Route> = R extends { readonly stream: true }
  ? (...args: ArgumentsOf<R>) => AsyncIterableIterator<AnswerOf<R>>
  : R extends { readonly dry: SchemaName; readonly query: infer N extends SchemaName }
    ? DryMethod<R, N>
    : (...args: ArgumentsOf<R>) => Promise<AnswerOf<R>>;

/** The native API: methods by subject, `reelpool.jobs.get(id)`. */
export type Reelpool = {
  readonly [S in Subject]: {
    readonly [N in keyof (typeof ROUTES)[S]]: (typeof ROUTES)[S][N] extends infer R extends Route ? Method<R> : never;
  };
};

/** What a method answers with: `Answer<'jobs', 'get'>` is a job. Of a stream: one message. */
export type Answer<
  S extends Subject,
  N extends keyof (typeof ROUTES)[S],
> = (typeof ROUTES)[S][N] extends infer R extends Route ? AnswerOf<R> : never;
