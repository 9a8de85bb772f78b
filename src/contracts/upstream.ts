import type { InputKind, InputRef, InputRole, JobRequest } from '../core/request.ts';
import type { Credits } from '../std/credits.ts';
import type { ErrorCode } from '../std/errors.ts';
import type { Json, JsonObject } from '../std/json.ts';
import type { MediaInfo } from './media.ts';

/**
 * A kind of service we call. Long work is `start` and `status` around an opaque reference: the driver that wrote it
 * is its only reader. Optional abilities are declared by the method being there.
 *
 * To add an upstream: a folder in `upstreams/`, its codec in `wire/`, one line in `upstreams/registry.ts`, and
 * `test/upstreams/contract.ts` run over it; that suite says when it is done.
 */
export interface Upstream {
  /** The name in the registry, e.g. `local`. */
  readonly kind: string;
  readonly traits: UpstreamTraits;
  /** What the account pays for the request, or undefined where the driver cannot say (then the account is not eligible). */
  cost(request: JobRequest): Credits | undefined;
  /** Does this kind of account carry the request out at all? */
  supports(request: JobRequest): boolean;
  /**
   * Must a request go to the account that made this input, because its kept bytes cannot be uploaded to another?
   * Asked of inputs that a job made. Absent: never.
   */
  pinned?(input: InputRef): boolean;
  /**
   * Reads what an admin gave as the account's secret (credentials, and settings only this kind has) into what is sealed
   * and later handed back as `AccountAccess.secret`. Strict: an unknown member is refused. Refuses with `parameter_missing`,
   * `parameter_type` or `parameter_invalid`; `field` is `secret.` and the member's name. Absent: the kind has logins, and
   * takes `{ password?, token? }`.
   * @param before the secret as it stands, when an account is changed: members that are not given stay. Null for a new one.
   */
  readSecret?(input: JsonObject, before: Json | null): Json;
  /** The secret as an admin may see it: what opens something is masked (`maskSecret`), other settings are shown. */
  showSecret?(secret: Json): JsonObject;
  /**
   * The one call that can cost money. It is made once per attempt; the driver never repeats it. Resolves with what is
   * known; it rejects only for a defect of ours, which the engine treats as `unknown`.
   */
  start(account: AccountAccess, attempt: AttemptOrder, signal: AbortSignal): Promise<StartOutcome>;
  /**
   * Asks how an accepted attempt stands. Rejects when the answer was not learned; the engine asks again later. Where the
   * account itself was turned away it rejects with a `Refusal` of an `account_…` code; so do the other calls below.
   */
  status(account: AccountAccess, ref: Json, signal: AbortSignal): Promise<StatusOutcome>;
  /** Looks for an attempt whose create answer was lost. Present only where the upstream can be asked. */
  lookup?(account: AccountAccess, attemptId: string, signal: AbortSignal): Promise<StartOutcome | { type: 'absent' }>;
  /**
   * Stops an attempt that was accepted. Confirmed only where it is over and nothing was or will be charged; from then on
   * `status` says that it failed with the code `cancelled`, whatever became of our own note of it. Rejects when the answer
   * was not learned. Absent: the upstream takes nothing back.
   */
  cancel?(account: AccountAccess, ref: Json, signal: AbortSignal): Promise<CancelOutcome>;
  /** Streams one result's bytes. `notYet` where the source is missing or still a placeholder: fetched again later. */
  fetch(
    account: AccountAccess,
    source: ResultSource,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array> | 'notYet'>;
  /** What the account has, from the upstream itself. Absent: what an admin declared, less what was spent. */
  balance?(account: AccountAccess, signal: AbortSignal): Promise<AccountBalance>;
  /**
   * Reads a call that the vendor made to us about the account's work (`/callbacks/<kind>/<account id>`), and judges whether
   * it came from there: refuses with `permission_denied` what does not show it, with `body_unreadable` what cannot be read.
   * It only hurries the next question: what it says of an outcome is not believed. Absent: the vendor calls nobody.
   */
  hear?(account: AccountAccess, call: VendorCall): VendorNews;
  /** Tells which attempts changed without being asked; a hint, polling stays the net. Returns a function that stops it. */
  watch?(changed: (attemptId: string) => void): () => void;
  /** The upstream keeps nothing more for this attempt once its result is stored. */
  forget?(account: AccountAccess, ref: Json): Promise<void>;
  close(): Promise<void>;
}

/** Facts of a kind of upstream that the engine acts on. Milliseconds. */
export interface UpstreamTraits {
  /** How long after the first call the same attempt id is de-duplicated by the upstream; null where it is not. */
  readonly dedupeWindowMs: number | null;
  /** When an attempt's slot lease ends if nothing is heard. */
  readonly slotHorizonMs: number;
  /** When an attempt's hold is released and its job becomes `expired`. */
  readonly creditHorizonMs: number;
  /** The longest a `start` may take before its outcome counts as unknown. */
  readonly startTimeoutMs: number;
  readonly statusTimeoutMs: number;
  /** How strictly results are compared with what was asked for (promise P5). */
  readonly tolerance: 'exact' | 'upstream';
  /** What its credits are, e.g. `pixverse-api`; balances of different units are never added. Absent: the kind. */
  readonly unit?: string;
  /** A stand-in that draws instead of generating; it serves a key only under the rules of DESIGN §8. */
  readonly sandbox: boolean;
}

/** An account as a driver sees it, with its credential opened. Never stored, never logged. */
export interface AccountAccess {
  readonly id: number;
  readonly name: string;
  readonly secret: Json;
}

/** What is sent: durable before the call. */
export interface AttemptOrder {
  /** UUID; the idempotency id at the upstream. */
  readonly id: string;
  readonly jobId: number;
  readonly request: JobRequest;
  /** The request's inputs, in its order, as kept bytes. */
  readonly inputs: readonly AttemptInput[];
  /** Who speaks, where that is a voice of the tenant's own: the sound it was made of. */
  readonly voice?: AttemptInput;
}

/** One input with the blob that holds it. */
export interface AttemptInput {
  readonly role: InputRole;
  readonly kind: InputKind;
  readonly assetId: number;
  /** What the prompt calls it, where it has a name. */
  readonly name?: string;
  readonly blobKey: string;
  readonly info: MediaInfo;
  /** Absent for uploads. */
  readonly made?: MadeBy;
}

/** What one of our own attempts made: the upstream of its account may know it by a name of its own. */
export interface MadeBy {
  readonly accountId: number;
  /** The reference of that attempt, which only its driver reads. */
  readonly ref: Json;
  /** Where it was fetched from. */
  readonly source: ResultSource;
}

/** What became of `start`. */
export type StartOutcome =
  /** The upstream has the work. `ready`: it has done it already, so its status is asked at once. */
  | { readonly type: 'accepted'; readonly ref: Json; readonly ready?: true }
  /**
   * The upstream created nothing; who is at fault follows from the code (std/errors.ts). Of the account: `account_refused`
   * (credentials), `account_exhausted` (its credits), `account_limited` (too many requests), `account_full` (too many jobs
   * at a time). `retryAfterMs` where the upstream said.
   */
  | { readonly type: 'refused'; readonly code: ErrorCode; readonly message: string; readonly retryAfterMs?: number }
  /** Not one byte of the request left: nothing was created. */
  | { readonly type: 'unsent'; readonly message: string }
  /** Sent, and the answer was never learned. */
  | { readonly type: 'unknown'; readonly message: string };

/** How an accepted attempt stands. */
export type StatusOutcome =
  | { readonly type: 'waiting' }
  /** `progress` 0 … 1 where the upstream says. `word` is a status word we do not know: counted, treated as running. */
  | { readonly type: 'running'; readonly progress?: number; readonly word?: string }
  | { readonly type: 'done'; readonly results: readonly ResultSource[] }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string }
  /** The upstream does not know the reference. */
  | { readonly type: 'absent' };

/** What became of `cancel`. `refused`: it goes on, or is over already; the message says why. */
export type CancelOutcome = { readonly type: 'cancelled' } | { readonly type: 'refused'; readonly message: string };

/**
 * Where one result's bytes are. Stored with the job, so that a restart goes on with the fetch. The first is the job's
 * result. Only mask-selection has more: the first is the picture of the keyframe, each other one a mask of it.
 */
export interface ResultSource {
  readonly role: 'video' | 'image' | 'audio';
  /** A URL, or a name only the driver understands. */
  readonly url: string;
  /** What a mask shows, e.g. `person`; kept as the `source` of its asset. */
  readonly name?: string;
}

/** A call that a vendor made to us, as it came in. */
export interface VendorCall {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** What a vendor's call comes to. */
export interface VendorNews {
  /** Whose work it is about: the attempt's id or the reference of its acceptance, whichever it names. Null: heard before. */
  readonly about: { readonly attemptId?: string; readonly ref?: Json } | null;
  /** The text the vendor waits for, with status 200. */
  readonly answer: string;
}

/**
 * The inputs an account's upstream has already, remembered durably, so that none is carried there twice. `ref` is only
 * read by the driver that wrote it.
 */
export interface CarriedInputs {
  find(accountId: number, assetId: number): Promise<Json | undefined>;
  /**
   * Unless something is remembered already; what is remembered afterwards. The first stands, so that the same create sent
   * again names the same inputs, whoever carried them meanwhile.
   */
  remember(accountId: number, assetId: number, ref: Json): Promise<Json>;
  forget(accountId: number, assetId: number): Promise<void>;
}

/** An account's own credits, as its upstream shows them. */
export interface AccountBalance {
  readonly daily: Credits;
  readonly monthly: Credits;
  readonly package: Credits;
  /** When a kind is filled anew, ms; absent where the upstream does not say. */
  readonly refreshAt?: { readonly daily?: number; readonly monthly?: number };
}
