/** The clients of a run: they send, lose answers, send again, upload, look, and are told no. */
import type { JobDraft } from '../../src/core/request.ts';
import type { JobOrder, UploadPolicy } from '../../src/engine/gateway.ts';
import { Refusal } from '../../src/std/errors.ts';
import { randomInt } from '../../src/std/random.ts';
import type { Gateways, Ready } from './gateways.ts';
import type { Oracle } from './oracle.ts';
import { pictureOf } from './parts.ts';
import type { JobElement } from './plan.ts';
import { hold, Violation } from './violation.ts';
import { Life, type World } from './world.ts';

/** How long a client waits for an answer, and before it tries again, ms. */
const PATIENCE_MS = 20_000;
const PAUSE_MS = 4_000;
const TRIES_MAX = 30;

const POLICY: UploadPolicy = {
  kind: 'image',
  mimes: ['image/png'],
  maxBytes: 4_096,
  declared: ['image/png'],
  maxSidePx: 4_000,
  of: {},
  field: 'image',
};

const REQUEST: JobDraft = {
  operation: 'text-to-video',
  model: 'a',
  prompt: 'a tram in fog',
  negativePrompt: '',
  seed: 1,
  quality: '360p',
  durationS: 1,
  aspectRatio: '16:9',
  audio: false,
  motionMode: 'normal',
  style: '',
  cameraMovement: null,
  multiClip: false,
  soundEffect: null,
  speech: null,
  inputs: [],
};

/** A tenant's keys as clients know them. */
export interface ClientKey {
  readonly secret: string;
  readonly tenantId: number;
}

/** What clients need of the run. */
export interface ClientWorld {
  readonly world: World;
  readonly gateways: Gateways;
  readonly oracle: Oracle;
  /** The secret of a key, by the plan's numbers of tenant and key. */
  key(tenant: number, key: number): ClientKey | undefined;
  /** Secrets of other tenants than this one. */
  stranger(tenant: number): ClientKey | undefined;
}

/** What a client's story came to. */
export interface ClientEnd {
  readonly accepted: ReadonlySet<number>;
  /** Code of the refusal that made it give up. */
  readonly refused: string | null;
}

/** One client from its first request to its last look. */
export class Client {
  readonly #around: ClientWorld;
  readonly #plan: JobElement;
  readonly #life: Life;
  readonly #accepted = new Set<number>();
  #refused: string | null = null;
  #cancelled = false;

  constructor(around: ClientWorld, plan: JobElement) {
    this.#around = around;
    this.#plan = plan;
    this.#life = new Life(`client #${plan.job}`);
  }

  async run(): Promise<ClientEnd> {
    const { id } = this.#plan;
    let input: number | null = null;
    if (this.#plan.picture) {
      input = await this.#upload();
      if (input === null) return this.#end();
    }
    const order = this.#order(input, 1);
    const twin = id === 'twice' ? this.#create(order) : Promise.resolve(null);
    const job = await this.#create(order);
    await twin;
    if (job !== null && id === 'again') await this.#create(order);
    if (job !== null && id === 'other-body') await this.#otherBody(this.#order(input, 2), job);
    hold(
      id === 'none' || this.#accepted.size <= 1,
      'one-job-per-id',
      () => `client #${this.#plan.job} was given the jobs ${[...this.#accepted].join(' and ')} for one id`,
    );
    if (job !== null) await this.#cancel(job);
    if (job !== null) await this.#look(job);
    return this.#end();
  }

  #end(): ClientEnd {
    return { accepted: this.#accepted, refused: this.#refused };
  }

  #order(input: number | null, body: number): JobOrder {
    const { job, model, durationS, id } = this.#plan;
    const request: JobDraft = {
      ...REQUEST,
      model,
      durationS,
      seed: job,
      ...(input === null
        ? {}
        : {
            operation: 'image-to-video',
            aspectRatio: null,
            inputs: [{ role: 'image', kind: 'image', from: { assetId: input }, field: 'image' }] as const,
          }),
    };
    const idempotency =
      id === 'none' ? null : { header: 'trace', id: `client-${job}`, route: 'POST /jobs', body: `${job}/${body}` };
    return { dialect: 'sim', request, idempotency };
  }

  /** A process that takes requests; any, as behind a load balancer. */
  #gateway(): Ready | undefined {
    const { gateways, world } = this.#around;
    const ready = [...gateways.ready.values()];
    return ready[randomInt(world.random, Math.max(1, ready.length))];
  }

  /** Sends something until it is answered. Null: refused for good, or patience is over. `once`: it cannot be repeated. */
  async #send<T>(
    once: boolean,
    call: (at: Ready, secret: string) => Promise<T>,
  ): Promise<{ answer: T; from: Ready } | null> {
    const { world } = this.#around;
    const key = this.#around.key(this.#plan.tenant, this.#plan.key);
    if (!key) return null;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const from = this.#gateway();
      if (from) {
        const answer = await Promise.race([
          call(from, key.secret).then(
            (value) => ({ value }),
            (error: unknown) => ({ error }),
          ),
          world.sleep(this.#life, PATIENCE_MS).then(() => null),
        ]);
        if (answer && 'value' in answer) return { answer: answer.value, from };
        if (answer && this.#isFinal(answer.error)) return null;
        if (once) return null;
      }
      await world.sleep(this.#life, PAUSE_MS);
    }
    return null;
  }

  /** A refusal that repeating will not change. Whatever is no refusal is a defect of the gateway's. */
  #isFinal(error: unknown): boolean {
    if (!(error instanceof Refusal)) throw new Violation('defect', `client #${this.#plan.job} got ${String(error)}`);
    // `internal` is what a commit in doubt is answered with: the same id finds out.
    if (['unavailable', 'database_failed', 'internal'].includes(error.code)) return false;
    this.#refused = error.code;
    return true;
  }

  async #create(order: JobOrder): Promise<number | null> {
    const sent = await this.#send(order.idempotency === null, async ({ gateway }, secret) => {
      const who = await gateway.authenticate(secret);
      return gateway.createJob(who, order);
    });
    if (!sent) return null;
    const { id } = sent.answer.job;
    this.#accepted.add(id);
    this.#around.oracle.answered(id, sent.from.life);
    return id;
  }

  async #otherBody(order: JobOrder, job: number): Promise<void> {
    const before = this.#refused;
    const sent = await this.#send(false, async ({ gateway }, secret) => {
      const who = await gateway.authenticate(secret);
      return gateway.createJob(who, order);
    });
    hold(!sent, 'other-body-refused', () => `another body with the id of job ${job} was accepted`);
    const fine = this.#refused === null || this.#refused === 'idempotency_mismatch' || this.#refused === 'key_disabled';
    hold(fine, 'other-body-refused', () => `another body with the id of job ${job} was refused as ${this.#refused}`);
    this.#refused = before;
  }

  async #upload(): Promise<number | null> {
    const { job, id } = this.#plan;
    const text = Buffer.from(JSON.stringify(pictureOf(job)));
    const idempotency =
      id === 'none' ? null : { header: 'trace', id: `picture-${job}`, route: 'POST /uploads', body: 'a picture' };
    const sent = await this.#send(idempotency === null, async ({ gateway }, secret) => {
      const who = await gateway.authenticate(secret);
      const source = { type: 'stream' as const, body: one(text), filename: 'picture.png' };
      return gateway.upload(who, { source, policy: POLICY, idempotency });
    }).catch((error: unknown) => {
      // A full disk is no refusal yet, and a client can only send again.
      if (error instanceof Violation && /ENOSPC|engine died/.test(error.message)) return null;
      throw error;
    });
    if (!sent) return null;
    this.#around.oracle.uploaded(sent.answer.asset.id, sent.from.life);
    return sent.answer.asset.id;
  }

  /** Cancels its job, if it is one that does; answered so, it stays so. */
  async #cancel(id: number): Promise<void> {
    const { cancelAfterMs } = this.#plan;
    if (cancelAfterMs === undefined) return;
    await this.#around.world.sleep(this.#life, cancelAfterMs);
    const before = this.#refused;
    const sent = await this.#send(false, async ({ gateway }, secret) =>
      gateway.cancelJob(await gateway.authenticate(secret), id),
    );
    const fine = sent || this.#refused === before || ['cancel_refused', 'key_disabled'].includes(this.#refused ?? '');
    hold(fine, 'cancelled', () => `cancelling job #${this.#plan.job} was refused as ${this.#refused}`);
    this.#refused = before;
    const state = sent?.answer.state;
    hold(!sent || state === 'cancelled', 'cancelled', () => `job #${this.#plan.job} was cancelled and is ${state}`);
    if (sent) this.#cancelled = true;
  }

  /** Looks at its job a few times; another tenant must not see it. */
  async #look(id: number): Promise<void> {
    const { world } = this.#around;
    for (let looks = 0; looks < this.#plan.looks; looks++) {
      await world.sleep(this.#life, 1_000 + randomInt(world.random, 60_000));
      const sent = await this.#send(false, async ({ gateway }, secret) => {
        const who = await gateway.authenticate(secret);
        const balance = await gateway.balance(who);
        return { view: await gateway.job(who, id), balance };
      });
      if (!sent) return;
      const { view, balance } = sent.answer;
      hold(
        balance.available >= 0 && balance.held >= 0,
        'not-negative',
        () => `a balance of ${JSON.stringify(balance)}`,
      );
      hold(
        !this.#cancelled || view.state === 'cancelled',
        'cancelled',
        () => `job #${this.#plan.job} was cancelled and is ${view.state}`,
      );
      const done = view.state === 'succeeded';
      hold(
        done === (view.result !== null),
        'checked',
        () => `job #${this.#plan.job} is ${view.state}, result ${view.result}`,
      );
      await this.#lookAsStranger(id);
    }
  }

  async #lookAsStranger(id: number): Promise<void> {
    const stranger = this.#around.stranger(this.#plan.tenant);
    const from = this.#gateway();
    if (!stranger || !from) return;
    const { world } = this.#around;
    const seen = await Promise.race([
      (async () => from.gateway.job(await from.gateway.authenticate(stranger.secret), id))().then(
        () => true,
        () => false,
      ),
      world.sleep(this.#life, PATIENCE_MS).then(() => false),
    ]);
    hold(!seen, 'private', () => `job #${this.#plan.job} was shown to another tenant`);
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
