/** The last steps of a run, in words. */
import type { Oracle } from './oracle.ts';
import type { Call, Committed } from './tap.ts';
import { type Life, START_MS, type World } from './world.ts';

/** Lines that are kept. */
const KEPT = 5_000;
/** Steps that say nothing to a person: the ticking of a process that has nothing to do. */
const DULL = /^(read|timer|write place|wrote place|signal .*|write heartbeat|wrote heartbeat)$/;

/** A run told as it goes; only the end is remembered. */
export class Trace {
  readonly #world: World;
  readonly #oracle: Oracle;
  readonly #lines: string[] = [];

  constructor(world: World, oracle: Oracle) {
    this.#world = world;
    this.#oracle = oracle;
    world.onStep = (life, label) => {
      if (!DULL.test(label)) this.say(life.name, label);
    };
    oracle.onUnit = (unit) => this.#unit(unit);
  }

  /** Adds a line. */
  say(who: string, what: string): void {
    const ms = this.#world.now - START_MS;
    const time = `${String(Math.floor(ms / 60_000)).padStart(3)}:${((ms % 60_000) / 1000).toFixed(3).padStart(6, '0')}`;
    this.#lines.push(`${time}  ${who.padEnd(10)}  ${what}`);
    if (this.#lines.length > 2 * KEPT) this.#lines.splice(0, KEPT);
  }

  /** The last lines. */
  last(count: number): string[] {
    return this.#lines.slice(-count);
  }

  #unit({ life, label, calls }: Committed): void {
    const told = calls.map((call) => this.#tell(call)).filter((line) => line !== null);
    if (told.length > 0) this.say(life.name, `COMMIT ${label}: ${told.join('; ')}`);
  }

  #tell(call: Call): string | null {
    const job = (id: number) => this.#oracle.mirror.name(id);
    const short = (id: string) => id.slice(0, 8);
    switch (call.name) {
      case 'jobs.insert':
        return `job #${(call.args[0].request as { seed?: number }).seed} accepted (${call.args[0].id})`;
      case 'jobs.move': {
        const [id, fence, { state, nextAt }] = call.args;
        const next = typeof nextAt === 'number' ? `, next at +${nextAt - START_MS} ms` : '';
        return `${job(id)} ${state ?? 'stays'}${next}${call.result ? '' : ` REFUSED (fence ${fence})`}`;
      }
      case 'jobs.claim':
        return `${job(call.args[0])} claimed${call.result ? `, fence ${call.result.fence}` : ': no'}`;
      case 'jobs.orphan':
        return call.result > 0 ? `${call.result} jobs freed` : null;
      case 'books.move':
        return `${call.args[0].reason} ${call.args[0].amount / 1000}${call.result ? '' : ' REFUSED'}`;
      case 'books.closeHold':
        return `hold of ${job(call.args[0])} ${call.args[1]}${call.result ? '' : ': was closed'}`;
      case 'attempts.takeLease':
        return call.result
          ? `slot ${call.result.slot} of account ${call.result.accountId} for ${short(call.result.attemptId)}`
          : null;
      case 'attempts.endLease':
        return call.result ? `slot of ${short(call.args[0])} free` : null;
      case 'attempts.change':
        return call.args[1].state ? `attempt ${short(call.args[0])} ${call.args[1].state}` : null;
      case 'assets.insert':
        return `${call.args[0].kind} kept`;
      case 'processes.bury':
        return call.result.length > 0 ? `${call.result.length} processes buried` : null;
      case 'processes.register':
        return `registered as node ${call.result.node}`;
      default:
        return null;
    }
  }
}

/** Used by the simulation to tell who speaks. */
export type Speaker = Life;
