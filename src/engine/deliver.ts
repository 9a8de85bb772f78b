/**
 * Telling tenants how their jobs ended. The unit that ends a job writes its deliveries (settle.ts), so none is lost
 * whatever kills the process; each is then taken by one process, sent, and written down. A process that dies in between
 * leaves it to another, so a receiver may be told twice and never not at all.
 *
 * A receiver that is slow or gone holds a few places of many, and for one deadline each; one whose last call failed gets
 * one call at a time, and all of these together at most half of the places. So none delays another.
 */
import type { DeliveryOutcome, DeliveryRow, WebhookRow } from '../contracts/outbox.ts';
import type { JobView } from '../contracts/views.ts';
import type { PostAnswer, WebhookFormat, WebhookMessage } from '../contracts/webhook.ts';
import { sleep } from '../std/clock.ts';
import { messageOf } from '../std/errors.ts';
import { type Engine, must } from './context.ts';
import { openSealed } from './secrets.ts';
import { Trigger } from './trigger.ts';
import { jobViewOp } from './views.ts';

/** How long a receiver may take, from the lookup of its name to the end of its answer. */
export const ANSWER_TIMEOUT_MS = 15_000;
/** Deliveries under way in this process, and to one receiver. */
const TOGETHER_MAX = 256;
const PER_WEBHOOK_MAX = 8;
const AILING_MAX = TOGETHER_MAX / 2;
/** Taken in one unit. */
const TAKEN_MAX = 64;
/** After a fault of ours, before a delivery is tried again or written down again. */
const FAULT_PAUSE_MS = 5_000;

/** What a try came to; null where it was broken off because the gateway stops. */
type Tried = DeliveryOutcome | null;

/** Sends what one process has taken. Driven by the loop. */
export class Courier {
  readonly #engine: Engine;
  readonly #stopped = new AbortController();
  readonly #sending = new Map<number, Promise<void>>();
  /** Deliveries under way, by webhook. */
  readonly #busy = new Map<number, number>();
  /** Webhooks whose last call failed. */
  readonly #ailing = new Set<number>();
  readonly #trigger = new Trigger(() => this.#guarded());
  /** Something may be ours that we do not know of: whether a claim was committed was not learned. */
  #doubt = false;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Looks for what is due. */
  fire(): void {
    if (!this.#engine.work.stopping) this.#trigger.fire();
  }

  /** The clock was set back: nothing waits longer than its schedule has it. */
  async clockSetBack(): Promise<void> {
    const now = this.#engine.effects.clock.now();
    const pauses = this.#engine.webhooks.formats.flatMap((format) => format.retryDelaysMs);
    await this.#engine.store.write('hasten', (q) => q.deliveries.hasten(now + Math.max(0, ...pauses), now));
  }

  /** Takes nothing new; resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#trigger.settled();
    await Promise.all(this.#sending.values());
  }

  async #guarded(): Promise<void> {
    try {
      await this.#take();
    } catch (error) {
      this.#doubt = true;
      this.#engine.effects.log.error({ cause: messageOf(error) }, 'deliveries could not be taken; they come again');
    }
  }

  async #take(): Promise<void> {
    const { store, processId, work, effects } = this.#engine;
    if (work.stopping) return;
    if (this.#doubt) {
      const rows = await store.read((q) => q.deliveries.owned(processId));
      this.#doubt = false;
      for (const row of rows) if (!this.#sending.has(row.id)) this.#start(row);
    }
    const now = effects.clock.now();
    const wanted = this.#choose(await store.read((q) => q.deliveries.targets(now)));
    if (wanted.length === 0) return;
    const taken = await store.write('take', function* (q) {
      const rows: DeliveryRow[] = [];
      for (const { webhookId, room } of wanted) {
        for (let left = room; left > 0; left--) {
          const row = yield* q.deliveries.claim(webhookId, processId, now);
          if (!row) break;
          rows.push(row);
        }
      }
      return rows;
    });
    for (const row of taken) this.#start(row);
    // There may be more than one unit takes.
    if (taken.length > 0) this.#trigger.fire();
  }

  /** How many deliveries each webhook may have now: those that answer first, then those that did not. */
  #choose(due: readonly number[]): { webhookId: number; room: number }[] {
    const chosen: { webhookId: number; room: number }[] = [];
    let places = Math.min(TAKEN_MAX, TOGETHER_MAX - this.#sending.size);
    let ailing = AILING_MAX;
    for (const id of this.#ailing) ailing -= this.#busy.get(id) ?? 0;
    const well = due.filter((id) => !this.#ailing.has(id));
    for (const webhookId of [...well, ...due.filter((id) => this.#ailing.has(id))]) {
      const sick = this.#ailing.has(webhookId);
      const most = (sick ? 1 : PER_WEBHOOK_MAX) - (this.#busy.get(webhookId) ?? 0);
      const room = Math.min(most, places, sick ? ailing : places);
      if (room <= 0) continue;
      chosen.push({ webhookId, room });
      places -= room;
      if (sick) ailing -= room;
    }
    return chosen;
  }

  #start(row: DeliveryRow): void {
    const count = (by: number) => {
      const now = (this.#busy.get(row.webhookId) ?? 0) + by;
      if (now > 0) this.#busy.set(row.webhookId, now);
      else this.#busy.delete(row.webhookId);
    };
    count(1);
    const sending = this.#send(row).finally(() => {
      count(-1);
      this.#sending.delete(row.id);
      this.fire();
    });
    this.#sending.set(row.id, sending);
  }

  /** Sends one delivery and writes down what became of it, however long that takes to succeed. Never rejects. */
  async #send(row: DeliveryRow): Promise<void> {
    const { log, clock } = this.#engine.effects;
    const tried = await this.#try(row).catch((error: unknown): Tried => {
      log.error({ delivery: row.id, cause: messageOf(error) }, 'a delivery failed for a fault of ours; it comes again');
      const { tries, status } = row;
      return { state: 'pending', tries, nextAt: clock.now() + FAULT_PAUSE_MS, status, error: row.error };
    });
    if (!tried) return;
    while (!(await this.#record(row, tried))) {
      if (this.#stopped.signal.aborted) return;
      await sleep(clock, FAULT_PAUSE_MS, this.#stopped.signal);
    }
  }

  async #try(row: DeliveryRow): Promise<Tried> {
    const engine = this.#engine;
    const { effects, webhooks, work } = engine;
    await effects.fault('deliver.taken');
    const { webhook, job } = await engine.store.read(function* (q) {
      const found = yield* q.jobs.get(row.jobId);
      return {
        webhook: must(yield* q.webhooks.get(row.webhookId), 'webhook'),
        job: found && (yield* jobViewOp(engine, q, found, false)),
      };
    });
    const over = (error: string): Tried => ({ ...row, state: 'dead', error });
    if (webhook.removedAt !== null) return over('the webhook was removed');
    if (!job) return over('the job is not kept any more');
    const format = formatOf(engine, webhook);
    const message = write(engine, webhook, {
      job: asToldOf(job, row),
      origin: row.origin === '' ? webhooks.origin : row.origin,
      deliveryId: `msg_${row.id}`,
      occurredAt: row.createdAt,
    });
    const answer = await webhooks.post.send(webhook.url, message, {
      timeoutMs: ANSWER_TIMEOUT_MS,
      signal: work.abort.signal,
    });
    await effects.fault('deliver.answered');
    if (answer.type === 'failed' && work.abort.signal.aborted) return null;
    return this.#judge(row, format, answer);
  }

  /** What an answer means for the delivery and for its receiver. */
  #judge(row: DeliveryRow, format: WebhookFormat, answer: PostAnswer): DeliveryOutcome {
    const { clock, log } = this.#engine.effects;
    const now = clock.now();
    const tries = row.tries + 1;
    const status = answer.type === 'answered' ? answer.status : null;
    const error = faultOf(format, answer);
    if (error === null) {
      this.#ailing.delete(row.webhookId);
      return { state: 'delivered', tries, nextAt: now, status, error };
    }
    this.#ailing.add(row.webhookId);
    const pause = format.retryDelaysMs[row.tries];
    const about = { delivery: row.id, webhook: row.webhookId, job: row.jobId, tries, error };
    if (pause === undefined) {
      log.warn(about, 'a delivery failed for the last time');
      return { state: 'dead', tries, nextAt: now, status, error };
    }
    log.info({ ...about, again_ms: pause }, 'a delivery failed and comes again');
    return { state: 'pending', tries, nextAt: now + pause, status, error };
  }

  /** False where it could not be written down. */
  async #record(row: DeliveryRow, outcome: DeliveryOutcome): Promise<boolean> {
    const { store, effects } = this.#engine;
    try {
      const at = effects.clock.now();
      const ours = await store.write('delivered', (q) => q.deliveries.settle(row.id, row.fence, outcome, at));
      if (!ours) effects.log.info({ delivery: row.id }, 'the delivery was taken over by another process');
    } catch (error) {
      effects.log.error(
        { delivery: row.id, cause: messageOf(error) },
        'the end of a delivery could not be written down',
      );
      return false;
    }
    await effects.fault('deliver.recorded');
    return true;
  }
}

/** Why an answer is no acknowledgement, as people read it; null where it is one. */
export function faultOf(format: WebhookFormat, answer: PostAnswer): string | null {
  if (answer.type === 'failed') return answer.reason;
  if (format.accepts(answer)) return null;
  if (answer.status >= 300 && answer.status < 400) return `redirects (${answer.status}), which is not followed`;
  const ok = answer.status >= 200 && answer.status < 300;
  return ok ? `answered ${answer.status}, but not the words it should` : `answered ${answer.status}`;
}

/** The format a webhook was set up with; a defect where this program has none of that name. */
export function formatOf(engine: Engine, webhook: Pick<WebhookRow, 'format'>): WebhookFormat {
  return must(
    engine.webhooks.formats.find((format) => format.name === webhook.format),
    `webhook format ${webhook.format}`,
  );
}

/** A message as it goes out now, signed. */
export function write(
  engine: Engine,
  webhook: WebhookRow,
  notice: Parameters<WebhookFormat['write']>[0],
): WebhookMessage {
  const { clock, random } = engine.effects;
  const secret = openSealed(engine, { kind: 'webhook', id: webhook.id, name: webhook.url, sealed: webhook.secret });
  const signer = { secret, signature: webhook.signature, nowMs: clock.now(), nonce: random.bytes(16) };
  return formatOf(engine, webhook).write(notice, signer);
}

/** The job in the state that is told of: a late success does not change what its expiry was. */
function asToldOf(job: JobView, { event }: DeliveryRow): JobView {
  if (job.state === event) return job;
  const credit = { state: 'released', amount: job.price } as const;
  return { ...job, state: event, credit, result: null, cover: null };
}
