/**
 * Watches what tenants are told. Every tenant of a run has one webhook for every end of its jobs, so each commit that ends
 * a job writes exactly one delivery, and when all is quiet each has reached the receiver, which sometimes fails.
 */
import type { JobState } from '../../src/core/job.ts';
import { isTerminal } from '../../src/core/job.ts';
import type { Engine } from '../../src/engine/context.ts';
import { type Random, seededRandom } from '../../src/std/random.ts';
import type { Call } from './tap.ts';
import { hold } from './violation.ts';
import type { Life, World } from './world.ts';

/** Every state a job ends in. */
export const ENDS: readonly JobState[] = ['succeeded', 'failed', 'moderated', 'cancelled', 'expired'];
const FORMAT = 'sim';
const RETRY_DELAYS_MS = [2_000, 10_000, 30_000, 60_000, 60_000, 60_000, 60_000, 60_000];
const ANSWER_MS_MAX = 3_000;
/** How often a call fails before the receiver has it, and after. */
const LOST = 0.1;
const UNACKNOWLEDGED = 0.1;

/** What a webhook of a run is written as. */
export const SIM_WEBHOOK = { url: 'https://receiver.sim/', format: FORMAT, signature: 'none', events: ENDS };

const nameOf = (jobId: number, event: string) => `${jobId} ${event}`;

/** The receiver, and what it should have heard. */
export class ToldWatch {
  readonly #world: World;
  readonly #dice: Random;
  /** Ends written down to be told, by `job state`. */
  readonly #written = new Set<string>();
  readonly #heard = new Set<string>();
  readonly #pending = new Set<number>();
  readonly #idOf = new Map<string, number>();
  #well = false;

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#dice = seededRandom((seed * 8191) ^ 0x701d);
  }

  /** From now on the receiver takes everything. */
  mend(): void {
    this.#well = true;
  }

  /** How one process reaches the receiver. */
  webhooks(life: Life): Engine['webhooks'] {
    return {
      origin: 'https://gateway.sim',
      formats: [
        {
          name: FORMAT,
          signatures: ['none'],
          retryDelaysMs: RETRY_DELAYS_MS,
          secretFault: () => undefined,
          write: ({ job }) => ({ headers: {}, body: job === null ? '' : nameOf(job.id, job.state) }),
          accepts: ({ status }) => status === 200,
          verify: () => ({ ok: false, reason: 'not in a simulation' }),
        },
      ],
      post: {
        check: () => undefined,
        send: async (_url, { body }) => {
          await this.#world.gate(life, 'webhook.sent');
          if (this.#fails(LOST)) return { type: 'failed', reason: 'was not reached' };
          this.#heard.add(body);
          await this.#world.sleep(life, Math.floor(this.#dice.float() * ANSWER_MS_MAX));
          return { type: 'answered', status: this.#fails(UNACKNOWLEDGED) ? 500 : 200, body: '' };
        },
      },
    };
  }

  #fails(rate: number): boolean {
    return this.#dice.float() < rate && !this.#well;
  }

  /** Judges a committed unit. */
  apply(calls: readonly Call[]): void {
    const ended = new Set<string>();
    for (const call of calls) {
      if (call.name === 'jobs.move') {
        const state = call.args[2].state;
        if (call.result && state !== undefined && isTerminal(state)) ended.add(nameOf(call.args[0], state));
      } else if (call.name === 'deliveries.tell') {
        const name = nameOf(call.args[0].id, call.args[0].event);
        ended.delete(name);
        hold(call.result === 1, 'told', () => `${name} wrote ${call.result} deliveries`);
        this.#written.add(name);
      } else if (call.name === 'deliveries.settle') {
        const [id, , { state }] = call.args;
        if (call.result && state === 'delivered') this.#pending.delete(id);
      } else if (call.name === 'deliveries.claim' && call.result) {
        const { id, jobId, event } = call.result;
        this.#pending.add(id);
        this.#idOf.set(nameOf(jobId, event), id);
      }
    }
    for (const name of ended) hold(false, 'told', () => `${name} ended, and nothing was written to tell of it`);
  }

  /** Has everything that was written been delivered? */
  atRest(): boolean {
    return this.#pending.size === 0 && [...this.#written].every((name) => this.#idOf.has(name));
  }

  /** What must stand when all is quiet. */
  end(): void {
    for (const name of this.#written) {
      const id = this.#idOf.get(name);
      hold(this.#heard.has(name), 'told', () => `${name} never reached its receiver`);
      hold(id !== undefined && !this.#pending.has(id), 'told', () => `${name} was not written down as delivered`);
    }
  }
}
