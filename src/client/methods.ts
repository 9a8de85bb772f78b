import type { Route } from '../wire/native/route.ts';
import { ALL_ROUTES, type NamedRoute } from '../wire/native/routes.ts';
import type { CallOptions, Reelpool } from './types.ts';

/** One call of a route. */
export interface Asked {
  readonly named: NamedRoute;
  /** By name, in the order of the path. */
  readonly params: Readonly<Record<string, number | string>>;
  /** As the caller said it. */
  readonly query: Readonly<Record<string, unknown>>;
  /** What is sent as JSON, or a file; undefined where the route takes none. */
  readonly body: unknown;
  readonly options: CallOptions;
}

/** Carries calls out. */
export interface Carrier {
  /** The answer. */
  ask(asked: Asked): Promise<unknown>;
  /** The messages of a stream. */
  stream(asked: Asked): AsyncIterableIterator<unknown>;
}

/** The methods of the native API over whatever carries them out. */
export function methodsOver(carrier: Carrier): Reelpool {
  const subjects: Record<string, Record<string, (...args: unknown[]) => unknown>> = {};
  for (const named of ALL_ROUTES) {
    const { subject, name, route } = named;
    const method = (...args: unknown[]) => {
      const asked = { named, ...sorted(route, args) };
      return route.stream ? carrier.stream(asked) : carrier.ask(asked);
    };
    subjects[subject] = { ...subjects[subject], [name]: method };
  }
  // The type is made of the same table.
  return subjects as unknown as Reelpool;
}

/** What a route's arguments are, by their order (`ArgumentsOf`). */
function sorted(route: Route, args: readonly unknown[]): Omit<Asked, 'named'> {
  const rest = [...args];
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const params = Object.fromEntries(names.map((name) => [name, rest.shift() as number | string]));
  const body = route.body || route.file ? rest.shift() : undefined;
  const query = (route.query ? rest.shift() : undefined) ?? {};
  return { params, body, query: query as Asked['query'], options: (rest.shift() ?? {}) as CallOptions };
}
