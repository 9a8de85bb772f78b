import { Client } from 'pg';
import type { Log } from '../contracts/effects.ts';
import type { WakeChannel } from '../contracts/store.ts';
import { backoffMs } from '../std/backoff.ts';
import { type Clock, sleep } from '../std/clock.ts';
import { messageOf } from '../std/errors.ts';
import { type Random, uuid } from '../std/random.ts';
import { isLost } from './postgres-errors.ts';
import { isChannel, type Signals } from './signals.ts';

/** Name of the server's channel; the payload is `<sender> <channel of ours>`. */
const CHANNEL = 'reelpool';
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 10_000;
/** How long a goodbye may take. */
export const GOODBYE_MS = 2_000;
/** After a lost connection every kind of work may have become due unheard. */
const EVERYTHING: readonly WakeChannel[] = ['queue', 'slots', 'accounts', 'keys', 'jobs'];

/** What the listener needs. */
export interface ListenerOptions {
  readonly url: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  readonly signals: Signals;
  /** A signal that is not taken for so long will not be: the connection is made anew. */
  readonly answerTimeoutMs: number;
}

/**
 * Signals between processes, over one connection of its own that comes back by itself. Signals sent while it is gone
 * are lost, as the contract allows; when it is back, every listener is told to look.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #sender: string;
  readonly #stop = new AbortController();
  readonly #pending = new Set<WakeChannel>();
  #client: Client | undefined;
  /** Ends the wait for the connection's end: it is given up. */
  #giveUp: () => void = () => undefined;
  #sending = false;
  #looping: Promise<void> | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#sender = uuid(options.random);
  }

  /** Connects. Rejects where the first connection cannot be made; later ones are tried for ever. */
  async start(): Promise<void> {
    const { lost } = await this.#connect();
    this.#looping = this.#keep(lost);
  }

  /** Tells the other processes. Signals of one kind that wait to be sent are sent once. */
  send(channel: WakeChannel): void {
    this.#pending.add(channel);
    if (!this.#sending) void this.#drain();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#giveUp();
    await this.#hangUp();
    await this.#looping;
  }

  /** Says goodbye; who does not answer to it is left behind. */
  async #hangUp(): Promise<void> {
    const goodbye = this.#client?.end().catch(() => undefined);
    if (goodbye) await Promise.race([goodbye, sleep(this.#options.clock, GOODBYE_MS)]);
  }

  /** Resolves, once connected, with a promise of the connection's end (wrapped, or it would be waited for too). */
  async #connect(): Promise<{ lost: Promise<void> }> {
    const client = new Client({
      connectionString: this.#options.url,
      application_name: 'reelpool listener',
      keepAlive: true,
      connectionTimeoutMillis: this.#options.answerTimeoutMs,
      query_timeout: this.#options.answerTimeoutMs,
    });
    const lost = new Promise<void>((resolve) => {
      this.#giveUp = resolve;
      client.on('end', resolve);
      client.on('error', (error) => {
        this.#options.log.warn({ error: messageOf(error) }, 'the connection for signals failed');
        resolve();
      });
    });
    client.on('notification', (message) => this.#heard(message.payload ?? ''));
    try {
      await client.connect();
      // A signal needs no disk: losing one is allowed, waiting for a flush for each is not worth it.
      await client.query('set synchronous_commit = off');
      await client.query(`listen ${CHANNEL}`);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    this.#client = client;
    return { lost };
  }

  async #keep(first: Promise<void>): Promise<void> {
    const { clock, random, log, signals } = this.#options;
    let lost = first;
    for (;;) {
      await lost;
      void this.#hangUp();
      this.#client = undefined;
      for (let tries = 1; ; tries++) {
        if (this.#stop.signal.aborted) return;
        try {
          ({ lost } = await this.#connect());
          break;
        } catch (error) {
          log.warn({ error: messageOf(error), tries }, 'the connection for signals could not be made again');
          await sleep(clock, backoffMs(tries, RETRY_MIN_MS, RETRY_MAX_MS, random), this.#stop.signal);
        }
      }
      for (const channel of EVERYTHING) signals.emit(channel);
      if (this.#stop.signal.aborted) await this.#hangUp();
    }
  }

  #heard(payload: string): void {
    const [sender, channel] = payload.split(' ');
    // Our own listeners were told when the signal was sent.
    if (sender === this.#sender || channel === undefined || !isChannel(channel)) return;
    this.#options.signals.emit(channel);
  }

  async #drain(): Promise<void> {
    this.#sending = true;
    while (this.#pending.size > 0) {
      const channels = [...this.#pending];
      this.#pending.clear();
      for (const channel of channels) {
        const message = `${this.#sender} ${channel}`;
        await this.#client?.query('select pg_notify($1, $2)', [CHANNEL, message]).catch((error: unknown) => {
          this.#options.log.debug({ channel, error: messageOf(error) }, 'a signal was lost');
          // Not refused by the server: it does not answer, and would not be missed, for nobody waits for its signals.
          if (isLost(error)) this.#giveUp();
        });
      }
    }
    this.#sending = false;
  }
}
