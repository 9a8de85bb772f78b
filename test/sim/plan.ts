/**
 * What a run is made of: everything that chance decides about clients, upstreams, accounts, crashes and faults, drawn
 * from the seed before the run starts. Every element can be taken out and the rest stays what it is, so that a failure
 * can be shrunk (shrink.ts). Only the schedule is drawn while the run goes.
 */
import type { FaultPoint } from '../../src/contracts/effects.ts';

/** A whole run. Times are ms from its start. */
export interface Plan {
  /** Seeds the schedule and the processes' own randomness. */
  readonly seed: number;
  /** How long clients come, ms. */
  readonly lengthMs: number;
  /** Gateway processes and how far their clocks are off, ms. */
  readonly processes: readonly { readonly skewMs: number }[];
  /** Chance that a wake-up is lost. */
  readonly signalLoss: number;
  readonly tenants: readonly TenantPlan[];
  readonly accounts: readonly AccountPlan[];
  readonly elements: readonly Element[];
}

/** A customer with its keys. Credits are whole. */
export interface TenantPlan {
  readonly weight: number;
  readonly credits: number;
  /** More credits that expire this long after the start; 0 for none. */
  readonly expiring: { readonly credits: number; readonly atMs: number };
  readonly keys: readonly { readonly depth: number; readonly budget: number | null }[];
}

/** An account at a far side. */
export interface AccountPlan {
  readonly upstream: string;
  readonly maxJobs: number;
  /** Whole credits it has. */
  readonly credits: number;
}

/** Something that happens in a run. */
export type Element =
  | JobElement
  | { readonly type: 'lie'; readonly job: number; readonly lie: Lie }
  | CrashElement
  | StallElement
  | {
      readonly type: 'clock';
      readonly at: number;
      readonly process: number;
      readonly byMs: number;
      readonly forMs: number;
    }
  | { readonly type: 'account'; readonly at: number; readonly account: number; readonly change: AccountChange }
  | { readonly type: 'revoke'; readonly at: number; readonly tenant: number; readonly key: number }
  | FaultElement;

/** One client that wants one job. */
export interface JobElement {
  readonly type: 'job';
  readonly at: number;
  /** Its number: names it in lies, and in messages. */
  readonly job: number;
  readonly tenant: number;
  readonly key: number;
  readonly model: string;
  readonly durationS: number;
  /** How long the upstream takes, ms. */
  readonly workMs: number;
  /** Does it upload a picture first? */
  readonly picture: boolean;
  /** `none`: sends no id, and so never repeats. `twice`: sends its request twice at once. `again`: repeats after the answer. */
  readonly id: 'none' | 'once' | 'twice' | 'again' | 'other-body';
  /** How many times it looks at its job. */
  readonly looks: number;
  /** So long after it was accepted its client cancels it, ms; absent: never. */
  readonly cancelAfterMs?: number | undefined;
}

/** The end of a process at a moment when it is about to pass a gate of that name (any, where null). */
export interface CrashElement {
  readonly type: 'crash';
  readonly at: number;
  readonly process: number;
  readonly gate: string | null;
  /** Null: it stays away until the clients have gone. */
  readonly backAfterMs: number | null;
}

/** A process that stands still at a gate (the next one, where null) and goes on later as if nothing had happened. */
export interface StallElement {
  readonly type: 'stall';
  readonly at: number;
  readonly process: number;
  readonly gate: string | null;
  readonly forMs: number;
}

/** A part of ours that fails for a while. */
export interface FaultElement {
  readonly type: 'fault';
  readonly at: number;
  readonly forMs: number;
  readonly process: number;
  /**
   * `disk`: bytes cannot be kept. `media`: files cannot be examined. `write`: the store rejects units before they
   * run. `ack`: it commits them and then rejects them. `read`: it rejects reads.
   */
  readonly what: 'disk' | 'media' | 'write' | 'ack' | 'read';
  /** Chance that a call fails. */
  readonly rate: number;
}

/** What an admin does to an account, or its upstream does. */
export type AccountChange =
  | { readonly state: 'enabled' | 'paused' | 'draining' }
  | { readonly maxJobs: number }
  /** It goes as soon as no job needs it. */
  | { readonly removed: true }
  | { readonly credentials: 'refused' | 'good' }
  /** Somebody else spends its credits: what we believe it has is wrong. */
  | { readonly drainedTo: number }
  /** Credits come in at the upstream: a refund, or a refill. Whole. */
  | { readonly filledBy: number }
  | { readonly added: AccountPlan };

/** How an upstream treats one job. `nth`: which of the job's create calls. `times`: how often before it stops. */
export type Lie =
  | { readonly create: CreateLie; readonly nth: number }
  | { readonly work: 'fails' | 'moderated' | 'stuck' | 'past-slot' | 'past-credit' }
  | { readonly status: 'strange-word' | 'error' | 'malformed' | 'silent' | 'absent'; readonly times: number }
  | { readonly result: 'missing' | 'cut'; readonly times: number }
  | { readonly result: 'no-pixels' | 'placeholder' | 'damaged' | 'strange' | 'none-named' | 'endless' | 'never' }
  | { readonly callback: 'early' | 'twice' | 'late' | 'wrong-job' }
  /** Callbacks about an attempt, more than once: before the create call is answered, or long after the attempt ended. */
  | { readonly hints: 'before-answer' | 'long-ended' };

/** What becomes of a create call. */
export type CreateLie =
  /** "Too many jobs", though there is room. */
  | 'concurrency'
  | 'rate-limit'
  | 'account-refused'
  | 'exhausted'
  | 'busy'
  | 'caller-refused'
  | 'moderated'
  | 'not-sent'
  /** Lost on its way; nothing started. */
  | 'request-lost'
  /** It started; the answer is lost. */
  | 'answer-lost'
  /** No answer until the caller gives up; it started. */
  | 'silent'
  /** The same, and nothing started. */
  | 'silent-nothing'
  /** The driver fails after the work started. */
  | 'driver-fails'
  /** The answer takes longer than a stalled process's heartbeat. */
  | 'slow-answer';

/** How a kind of upstream behaves as a rule. */
export interface Manners {
  readonly name: string;
  /** Does it de-duplicate on the attempt id? */
  readonly dedupes: boolean;
  /** Can a lost attempt be looked up? */
  readonly lookup: boolean;
  /** Does it call back? */
  readonly callbacks: boolean;
  /** Can it be asked what an account has? */
  readonly balance: boolean;
  /** Does it stop work when it is asked to? */
  readonly cancels: boolean;
  readonly tolerance: 'exact' | 'upstream';
  readonly models: readonly string[];
}

/** The upstreams of every run. */
export const UPSTREAMS: readonly Manners[] = [
  {
    name: 'careful',
    dedupes: true,
    lookup: false,
    callbacks: false,
    balance: false,
    cancels: true,
    tolerance: 'upstream',
    models: ['a', 'b'],
  },
  {
    name: 'askable',
    dedupes: false,
    lookup: true,
    callbacks: true,
    balance: true,
    cancels: true,
    tolerance: 'upstream',
    models: ['a', 'b'],
  },
  {
    name: 'forgetful',
    dedupes: false,
    lookup: false,
    callbacks: true,
    balance: false,
    cancels: false,
    tolerance: 'exact',
    models: ['a'],
  },
];

/** A model that no price table knows. */
export const UNPRICED = 'unpriced';

/** Gates that crashes aim at, beside any: the engine's own fault points and the two sides of its durable steps. */
export const CRASH_GATES: readonly (FaultPoint | string)[] = [
  'upload.stored',
  'upload.recorded',
  'admit.decoded',
  'admit.committed',
  'dispatch.placed',
  'dispatch.inputs-read',
  'dispatch.answered',
  'dispatch.recorded',
  'observe.polled',
  'observe.recorded',
  'cancel.confirmed',
  'ingest.fetched',
  'ingest.checked',
  'ingest.cover-stored',
  'settle.committed',
  'write admit',
  'wrote admit',
  'write place',
  'wrote place',
  'write record',
  'wrote record',
  'write cancel',
  'wrote cancel',
  'write observe',
  'wrote observe',
  'write settle',
  'wrote settle',
  'write claim',
  'wrote claim',
  'write heartbeat',
  'write register',
  'write bootstrap',
  'blobs.put',
  'careful.create',
  'careful.create answer',
  'askable.create answer',
  'forgetful.create answer',
  'askable.lookup',
];

/** An element in words, for a person who reads a shrunk plan. */
export function describe(element: Element): string {
  const at = 'at' in element ? `${(element.at / 1000).toFixed(1)} s  ` : '';
  switch (element.type) {
    case 'job': {
      const extra = [element.picture ? 'with a picture' : '', element.id === 'once' ? '' : `id: ${element.id}`];
      return `${at}a client of tenant ${element.tenant} (key ${element.key}) wants job #${element.job}: ${element.durationS} s of model ${element.model}, work takes ${element.workMs} ms ${extra.filter(Boolean).join(', ')}`.trimEnd();
    }
    case 'lie':
      return `job #${element.job}: ${Object.entries(element.lie)
        .map(([key, value]) => `${key} ${String(value)}`)
        .join(', ')}`;
    case 'crash': {
      const back = element.backAfterMs === null ? 'and stays away' : `and is back after ${element.backAfterMs} ms`;
      return `${at}process ${element.process} dies at ${element.gate ?? 'the next gate'} ${back}`;
    }
    case 'stall':
      return `${at}process ${element.process} stands still at ${element.gate ?? 'the next gate'}, for ${element.forMs} ms`;
    case 'clock':
      return `${at}the clock of process ${element.process} jumps by ${element.byMs} ms, for ${element.forMs} ms`;
    case 'account':
      return `${at}account ${element.account}: ${JSON.stringify(element.change)}`;
    case 'revoke':
      return `${at}key ${element.key} of tenant ${element.tenant} is revoked`;
    case 'fault':
      return `${at}process ${element.process}: ${element.what} fails for ${element.forMs} ms (${Math.round(element.rate * 100)} %)`;
  }
}
