/** What a run is checked against: each invariant has a name, the promise it belongs to, and a sentence. */
export const INVARIANTS = {
  spin: ['-', 'The engine does not spin: no loop goes on without time passing.'],
  defect: ['-', 'Nothing the engine does ends in an error that is not a refusal.'],
  'once-per-attempt': ['P1', 'An upstream starts each attempt id at most once.'],
  'once-per-job': ['P1', 'An upstream starts at most one piece of work for a job, whatever attempts it took.'],
  'durable-before-call': ['P1', 'The attempt is committed before its create call leaves.'],
  'late-call': ['P1', 'A create call leaves only for the attempt its job has now, and not once that was given up.'],
  'one-job-per-id': ['P1', 'A client that repeats a create with the same id gets the first answer and no second job.'],
  'other-body-refused': ['P1', 'An id that was used is refused with another body.'],
  'answered-is-kept': [
    'P2',
    'What was answered with success is committed before the answer, and is still there at the end.',
  ],
  told: ['P2', 'Every end of a job is written down with it to be told, and reaches its receiver.'],
  'bytes-before-row': ['P2', 'Every committed asset names bytes that are kept.'],
  'wake-after-commit': ['P2', 'A wake-up leaves after the commit it speaks of.'],
  'sums-to-zero': ['P3', 'All books together hold nothing, and every book is the sum of its entries.'],
  held: ['P3', 'What is held equals the open holds, in every commit; what is available equals what remains of grants.'],
  'hold-fits-job': ['P3', 'An unfinished job has one open hold of its price; a finished one has none open.'],
  'captured-once': ['P3', 'A job is paid for at most once, and only when it succeeded, at exactly its price.'],
  'late-capture': [
    'P3',
    'A late result pays at most its price and at most what is available; the rest is written off.',
  ],
  'expired-unspent': ['P3', 'Credits that have expired are not set aside for a job.'],
  'cost-once': ['P3', 'What an upstream charged for a job is booked at most once.'],
  'not-negative': ['P3', 'No tenant has less than nothing available.'],
  budget: ['P3', 'What a key holds and has spent in a period stays within its budget.'],
  reserved: ['P3', 'An account reserves exactly the costs of attempts that may still be charged.'],
  'account-book': ['P3', 'The book of an account holds what its row says it has.'],
  balance: ['P3', 'After its upstream was asked, an account spends no more than it has there.'],
  'own-credits': ['P3', 'What an upstream says of an account moves nothing in the books of metered tenants.'],
  cap: ['P4', 'Leases stay within the cap their account has when they are taken, each on a slot of its own.'],
  'real-cap': ['P4', 'Upstreams never carry more of our work than the account allows (younger than the slot horizon).'],
  'lease-held': ['P4', 'Work that an upstream may have keeps its slot until the upstream is done or the slot horizon.'],
  'lease-freed': ['P4', 'A slot is free when its upstream is done, when nothing was created, or at the slot horizon.'],
  fence: ['P4', 'Only the process that has claimed a job writes to it; what a fenced one writes does not land.'],
  takeover: ['P4', 'A due step is taken within 30 s, by another process where its own is gone.'],
  checked: ['P5', 'A job that succeeded has a kept result that is good, and is its own.'],
  'good-is-kept': [
    'P5',
    'A good result that an upstream delivers in time makes its job succeed, whatever else was said.',
  ],
  'not-a-verdict': ['P6', 'A job fails because its upstream said so, not because nothing was heard.'],
  'three-accounts': ['P7', 'A job touches at most three accounts.'],
  'moves-on': [
    'P7',
    'A new attempt is made only after one that created nothing; what was accepted is not submitted again.',
  ],
  well: ['P7', 'Work goes only to an account that is enabled and does not rest for a fault of its own.'],
  removed: ['-', 'An account that was removed goes when nothing needs it any more.'],
  cancelled: [
    'P7',
    'A job is cancelled only while no upstream has it, or where that one has stopped it; answered so, it stays so.',
  ],
  moderated: ['P7', 'A moderated request is never tried on another account.'],
  priced: ['P8', 'What has no price is refused.'],
  private: ['P9', "Another tenant's job does not exist."],
  revoked: ['P9', 'A revoked key opens nothing, in every process.'],
  'next-step': ['-', 'Every unfinished job is queued in a lane or has a time for its next step.'],
  ends: ['-', 'When all is quiet every job has ended, no lease, hold or reservation is left, and no bytes are owed.'],
  horizon: ['-', 'Every hold has a horizon and ends by it.'],
  'legal-move': ['-', 'Jobs move only as the table of states allows.'],
  depth: ['-', 'A key never has more jobs waiting than it may.'],
  prompt: ['-', 'No job waits while an account that is well, has room and can pay for it has nothing to do.'],
  fair: ['-', 'A waiting tenant gets its next lease before the others got twice their share of it.'],
  mirror: ['-', 'The store holds exactly what was written to it.'],
} as const satisfies Record<string, readonly [string, string]>;

/** Name of an invariant. */
export type Invariant = keyof typeof INVARIANTS;

/** A run broke an invariant. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly invariant: Invariant;
  constructor(invariant: Invariant, message: string) {
    super(message);
    this.invariant = invariant;
  }
}

/** Throws a violation unless it holds. */
export function hold(condition: unknown, invariant: Invariant, message: () => string): asserts condition {
  if (!condition) throw new Violation(invariant, message());
}
