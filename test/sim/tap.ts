/**
 * A tap on the store: what every committed unit wrote, statement by statement, with its results. The oracle judges
 * runs by it, and a trace is told from it.
 */
import type { Op, Statements, Store } from '../../src/contracts/store.ts';
import type { Life } from './world.ts';

type CallOf<N extends string, V extends string, F> = F extends (...args: infer A) => Op<infer R>
  ? { readonly name: `${N}.${V}`; readonly args: A; readonly result: R }
  : never;

/** One statement with its arguments and its result. */
export type Call = {
  [N in keyof Statements & string]: {
    [V in keyof Statements[N] & string]: CallOf<N, V, Statements[N][V]>;
  }[keyof Statements[N] & string];
}[keyof Statements & string];

/** The calls of one name. */
export type CallNamed<Name extends Call['name']> = Extract<Call, { name: Name }>;

/** A unit that was committed. */
export interface Committed {
  readonly life: Life;
  readonly label: string;
  readonly calls: readonly Call[];
}

/** Statements that only look, and are not worth remembering. */
const LOOKS = new Set([
  'meta.get',
  'tenants.get',
  'tenants.list',
  'keys.byHash',
  'keys.get',
  'keys.list',
  'keys.waiting',
  'accounts.get',
  'accounts.byName',
  'accounts.list',
  'accounts.lock',
  'books.of',
  'books.all',
  'books.grant',
  'books.grantsOf',
  'books.expired',
  'books.hold',
  'books.audit',
  'jobs.get',
  'jobs.list',
  'jobs.lanes',
  'jobs.head',
  'jobs.due',
  'jobs.nextDue',
  'jobs.ahead',
  'jobs.countByState',
  'jobs.events',
  'attempts.get',
  'attempts.ofJob',
  'attempts.leases',
  'attempts.occupied',
  'trials.attempt',
  'trials.undo',
  'attempts.durations',
  'assets.get',
  'assets.known',
  'assets.list',
  'assets.removed',
  'jobs.anyUnended',
  'usage.charges',
  'assets.voices',
  'assets.countVoices',
  'replays.get',
  'processes.list',
]);

/** Runs units with a tap on their statements. */
export class Tap {
  readonly #store: Store;
  readonly #wrapped = new WeakMap<Statements, Statements>();
  #calls: Call[] = [];
  /** Called after every commit, before the unit's own promise settles. */
  onCommit: (unit: Committed) => void = () => undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Runs a unit for a life. The tap is told of what was committed even if nobody is left to hear the answer. */
  async write<T>(life: Life, label: string, unit: (q: Statements) => Op<T>): Promise<T> {
    let calls: Call[] = [];
    const result = await this.#store.write(label, (q) => {
      // Units never interleave, and one that runs again starts anew.
      calls = [];
      this.#calls = calls;
      return unit(this.#statements(q));
    });
    this.onCommit({ life, label, calls });
    return result;
  }

  #statements(q: Statements): Statements {
    let wrapped = this.#wrapped.get(q);
    if (!wrapped) {
      const nouns = Object.entries(q).map(([noun, verbs]) => [noun, this.#verbs(noun, verbs)]);
      wrapped = Object.fromEntries(nouns) as Statements;
      this.#wrapped.set(q, wrapped);
    }
    return wrapped;
  }

  #verbs(noun: string, verbs: object): object {
    const tapped = Object.entries(verbs).map(([verb, run]) => {
      const name = `${noun}.${verb}`;
      if (LOOKS.has(name)) return [verb, run];
      const statement = run as (...args: unknown[]) => Op<unknown>;
      const record = (call: unknown) => this.#calls.push(call as Call);
      return [
        verb,
        function* (...args: unknown[]): Op<unknown> {
          const result = yield* statement(...args);
          record({ name, args, result });
          return result;
        },
      ];
    });
    return Object.fromEntries(tapped);
  }
}
