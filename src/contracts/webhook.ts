import type { JobView } from './views.ts';

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
