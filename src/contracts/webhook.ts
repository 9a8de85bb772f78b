import type { JobState } from '../core/job.ts';
import type { Idempotency } from './administration.ts';
import type { DeliveryRow } from './outbox.ts';
import type { JobView, Principal } from './views.ts';

/**
 * How a webhook is written and signed: one per dialect that has webhooks, a pure codec in `wire/<vendor>/`, listed in
 * `wire/formats.ts`. The engine decides when something is sent and how often; the format what it looks like and which
 * answer counts. A dialect without one is never called back.
 */
export interface WebhookFormat {
  /** The name webhooks are set up with, e.g. `standard`. */
  readonly name: string;
  /** Ways to sign, the usual one first; one entry where there is no choice. */
  readonly signatures: readonly string[];
  /** Pauses before each repetition, ms; after the last the delivery is a dead letter. */
  readonly retryDelaysMs: readonly number[];
  /** What is wrong with a secret, as the end of a sentence that begins with "The secret"; undefined for a good one. */
  secretFault(secret: string): string | undefined;
  /** What is sent. Called anew for every try, so that times, signatures and addresses are fresh. */
  write(notice: WebhookNotice, signer: WebhookSigner): WebhookMessage;
  /** Did the receiver take it? Anything else is sent again. */
  accepts(answer: { readonly status: number; readonly body: string }): boolean;
  /** Judges a message that was received: its signature by any of `signatures`, and its age. */
  verify(secret: string, message: ReceivedMessage, nowMs: number): WebhookVerdict;
}

/** What there is to tell: the end of a job. */
export interface WebhookNotice {
  /** Job as its tenant may see it, in the state that is told of. Null for a test. */
  readonly job: JobView | null;
  /** Public origin for the addresses in it, without a trailing slash. */
  readonly origin: string;
  /** Identity of the delivery; the same in every repetition of it. */
  readonly deliveryId: string;
  /** When it came to be, ms. */
  readonly occurredAt: number;
}

/** What a message is signed with. */
export interface WebhookSigner {
  readonly secret: string;
  /** One of the format's `signatures`. */
  readonly signature: string;
  /** Now, ms. */
  readonly nowMs: number;
  /** 16 random bytes. */
  readonly nonce: Uint8Array;
}

/** A POST: headers beside the length, and a JSON body. */
export interface WebhookMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A message as it came in. */
export interface ReceivedMessage {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** What became of checking a message. `once` never comes twice with good messages: what was seen before is a replay. */
export type WebhookVerdict =
  | { readonly ok: true; readonly signature: string; readonly once: string }
  | { readonly ok: false; readonly reason: string };

/** Sends webhooks: the guarded POST of net/, as the engine sees it. */
export interface WebhookPost {
  /** Judges an address before anything is sent there. Refuses with `address_refused`; says nothing of what it resolves to. */
  check(url: string): void;
  /**
   * One POST with a length, on a connection of its own to an address that was checked when it was connected to. Follows no
   * redirect, reads no more of an answer than an acknowledgement takes, and never throws.
   */
  send(url: string, message: WebhookMessage, limits: { timeoutMs: number; signal: AbortSignal }): Promise<PostAnswer>;
}

/** What became of a POST. */
export type PostAnswer =
  | { readonly type: 'answered'; readonly status: number; readonly body: string }
  /** `reason` is a part of a sentence whose subject is the receiver; nothing in it is secret. */
  | { readonly type: 'failed'; readonly reason: string };

/** A webhook as people may see it. */
export interface WebhookView {
  readonly id: number;
  readonly tenantId: number;
  readonly url: string;
  readonly format: string;
  readonly signature: string;
  readonly secretMasked: string;
  readonly events: readonly JobState[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A delivery as people may see it. */
export type DeliveryView = Omit<DeliveryRow, 'owner' | 'fence' | 'origin'>;

/** A webhook to be made. */
export interface WebhookOrder {
  /** The asker's own where absent; another's only for admins. */
  readonly tenantId?: number | undefined;
  readonly url: string;
  /** Name of a format; the first where absent. */
  readonly format?: string | undefined;
  /** The format's usual one where absent. */
  readonly signature?: string | undefined;
  /** Made up where absent. */
  readonly secret?: string | undefined;
  readonly events: readonly JobState[];
}

/** What is to be changed; absent members stay. */
export interface WebhookEdit {
  readonly url?: string | undefined;
  readonly signature?: string | undefined;
  readonly events?: readonly JobState[] | undefined;
  /** A new secret, or `new` for one that is made up. */
  readonly secret?: { readonly type: 'new' } | { readonly type: 'given'; readonly text: string } | undefined;
}

/** What a test came to. */
export interface WebhookTest {
  readonly delivered: boolean;
  readonly status: number | null;
  /** Why it was not delivered. */
  readonly error: string | null;
  readonly tookMs: number;
}

/**
 * Webhooks as keys manage them: a client key those of its tenant, an admin key everybody's. Every method refuses with a
 * `Refusal`; what belongs to another tenant is `not_found`. Changes are written down in the audit log; repeated under the
 * same idempotency id they do nothing and give the first answer.
 */
export interface WebhookDesk {
  /** The only time the secret is told. */
  create(
    who: Principal,
    order: WebhookOrder,
    once?: Idempotency | null,
  ): Promise<{ webhook: WebhookView; secret: string }>;
  list(who: Principal): Promise<WebhookView[]>;
  get(who: Principal, id: number): Promise<WebhookView>;
  /** `secret` where a new one was asked for; told this once. */
  change(
    who: Principal,
    id: number,
    edit: WebhookEdit,
    once?: Idempotency | null,
  ): Promise<{ webhook: WebhookView; secret: string | null }>;
  /** What is pending for it becomes a dead letter. */
  remove(who: Principal, id: number, once?: Idempotency | null): Promise<WebhookView>;
  /** Sends a message of no job, now, once. */
  test(who: Principal, id: number, once?: Idempotency | null): Promise<WebhookTest>;
  /** Sends every dead letter again, at most 1,000 at a time. How many. */
  replayDead(who: Principal, id: number, once?: Idempotency | null): Promise<number>;
  /** Newest first. */
  deliveries(
    who: Principal,
    filter: {
      webhookId?: number | undefined;
      jobId?: number | undefined;
      state?: DeliveryRow['state'] | undefined;
      before?: number | undefined;
      limit: number;
    },
  ): Promise<DeliveryView[]>;
  /** Sends a finished delivery again. */
  replay(who: Principal, id: number, once?: Idempotency | null): Promise<DeliveryView>;
}
