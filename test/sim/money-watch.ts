/** Watches the credits: every commit by itself must keep the books right. */
import type { Statements } from '../../src/contracts/store.ts';
import { dayName } from '../../src/core/calendar.ts';
import type { Mirror } from './mirror.ts';
import type { Call, CallNamed } from './tap.ts';
import { hold } from './violation.ts';

/** What one unit moved, per tenant. */
interface Moved {
  held: number;
  available: number;
  holds: number;
  grants: number;
}

type HoldRow = Parameters<Statements['books']['insertHold']>[0];

/** The books as they must be. */
export class MoneyWatch {
  readonly #mirror: Mirror;
  readonly #books = new Map<number, { owner: string; name: string }>();
  readonly balances = new Map<number, number>();
  readonly #grantTenants = new Map<number, number>();
  /** Grant → when it expires; those that never do are absent. */
  readonly #expiries = new Map<number, number>();
  /** What accounts were charged for each job. */
  readonly #costs = new Map<number, number>();
  readonly #holds = new Map<number, { row: HoldRow; open: boolean }>();
  /** Payments of each job. */
  readonly #payments = new Map<number, number>();
  /** Key and day → what is held and spent. */
  readonly #spent = new Map<string, number>();
  /** Key → most it may hold and spend in a day. */
  readonly budgets = new Map<number, number>();
  #moved = new Map<number, Moved>();

  constructor(mirror: Mirror) {
    this.#mirror = mirror;
  }

  /** Takes in one call of a unit. */
  apply(call: Call): void {
    switch (call.name) {
      case 'books.move':
        if (call.result) this.#move(call.args[0]);
        return;
      case 'books.insertGrant':
        if (call.result) {
          this.#grantTenants.set(call.result.id, call.result.tenantId);
          if (call.result.expiresAt !== null) this.#expiries.set(call.result.id, call.result.expiresAt);
          this.#of(call.result.tenantId).grants += call.result.remaining;
        }
        return;
      case 'books.adjustGrant':
        if (call.result) this.#of(this.#grantTenants.get(call.args[0]) ?? -1).grants += call.args[1];
        return;
      case 'books.insertHold':
        this.#open(call.args[0]);
        return;
      case 'books.closeHold':
        if (call.result) this.#close(call);
        return;
      default:
    }
  }

  /** The unit is over: what it did must fit together. */
  endUnit(calls: readonly Call[], label: string): void {
    for (const [tenant, moved] of this.#moved) {
      const theirs = moved.held !== 0 || moved.available !== 0;
      hold(label !== 'balance' || !theirs, 'own-credits', () => `a "balance" moved credits of tenant ${tenant}`);
      hold(
        moved.held === moved.holds && moved.available === moved.grants,
        'held',
        () =>
          `a "${label}" moved ${moved.held} held against ${moved.holds} in holds, and ${moved.available} available against ${moved.grants} in grants, of tenant ${tenant}`,
      );
    }
    this.#moved = new Map();
    for (const call of calls) if (call.name === 'jobs.move' && call.result) this.#checkPayment(call, calls);
  }

  /** What the book of an account holds. */
  upstreamBook(accountId: number): number {
    for (const [id, { owner, name }] of this.#books)
      if (owner === `account:${accountId}` && name === 'upstream') return this.balances.get(id) ?? 0;
    return 0;
  }

  /** What must be paid when a job moves to `succeeded`. */
  #checkPayment({ args: [id, , change], result }: CallNamed<'jobs.move'>, calls: readonly Call[]): void {
    if (change.state !== 'succeeded' || !result) return;
    const name = () => this.#mirror.name(id);
    const paid = sumOf(calls, id, 'capture');
    const late = sumOf(calls, id, 'late-capture');
    const off = sumOf(calls, id, 'writeoff');
    const wasLate = this.#mirror.jobs.get(id)?.row.state === 'expired';
    if (!wasLate) {
      hold(paid === result.price && late === 0, 'captured-once', () => `${name()} paid ${paid} of ${result.price}`);
      return;
    }
    const there = calls.findLast((call): call is CallNamed<'books.spendable'> => call.name === 'books.spendable');
    const available = there?.result.reduce((sum, grant) => sum + grant.remaining, 0) ?? 0;
    const expected = Math.min(result.price, available);
    hold(
      paid === 0 && late === expected && late + off === result.price,
      'late-capture',
      () => `${name()} came late: ${late} paid and ${off} written off of ${result.price}, with ${available} available`,
    );
  }

  #move(entry: CallNamed<'books.move'>['args'][0]): void {
    for (const [book, by] of [
      [entry.fromBook, -entry.amount],
      [entry.toBook, entry.amount],
    ] as const) {
      const { owner, name } = this.#book(book);
      const balance = (this.balances.get(book) ?? 0) + by;
      this.balances.set(book, balance);
      const tenant = /^tenant:(\d+)$/.exec(owner)?.[1];
      if (tenant === undefined) continue;
      hold(balance >= 0, 'not-negative', () => `${owner}/${name} fell to ${balance}`);
      const moved = this.#of(Number(tenant));
      if (name === 'held') moved.held += by;
      if (name === 'available') moved.available += by;
    }
    if (entry.jobId !== null && this.#book(entry.fromBook).owner.startsWith('account:')) this.#charge(entry.jobId);
    if (entry.jobId !== null && (entry.reason === 'capture' || entry.reason === 'late-capture')) {
      const payments = (this.#payments.get(entry.jobId) ?? 0) + 1;
      this.#payments.set(entry.jobId, payments);
      const { jobId } = entry;
      hold(payments === 1, 'captured-once', () => `${this.#mirror.name(jobId)} was paid for ${payments} times`);
    }
  }

  #charge(jobId: number): void {
    const charges = (this.#costs.get(jobId) ?? 0) + 1;
    this.#costs.set(jobId, charges);
    hold(charges === 1, 'cost-once', () => `accounts were charged ${charges} times for ${this.#mirror.name(jobId)}`);
  }

  #open(row: HoldRow): void {
    for (const { grantId } of row.slices) {
      const expiresAt = this.#expiries.get(grantId) ?? Number.POSITIVE_INFINITY;
      hold(
        expiresAt > row.openedAt,
        'expired-unspent',
        () => `job ${row.jobId} holds credits that expired ${row.openedAt - expiresAt} ms before`,
      );
    }
    this.#holds.set(row.jobId, { row, open: true });
    this.#of(row.tenantId).holds += row.amount;
    const spent = this.#spend(row, row.amount);
    const budget = this.budgets.get(row.keyId);
    hold(
      budget === undefined || spent <= budget,
      'budget',
      () => `key ${row.keyId} holds and has spent ${spent} of a budget of ${budget}`,
    );
  }

  #close({ args: [jobId, state, captured] }: CallNamed<'books.closeHold'>): void {
    const held = this.#holds.get(jobId);
    hold(held?.open, 'hold-fits-job', () => `the hold of ${this.#mirror.name(jobId)} was ended twice`);
    held.open = false;
    this.#of(held.row.tenantId).holds -= held.row.amount;
    this.#spend(held.row, (state === 'captured' ? captured : 0) - held.row.amount);
  }

  #spend(row: HoldRow, by: number): number {
    const window = `${row.keyId} ${dayName(row.openedAt)}`;
    const spent = (this.#spent.get(window) ?? 0) + by;
    this.#spent.set(window, spent);
    return spent;
  }

  #of(tenant: number): Moved {
    let moved = this.#moved.get(tenant);
    if (!moved) {
      moved = { held: 0, available: 0, holds: 0, grants: 0 };
      this.#moved.set(tenant, moved);
    }
    return moved;
  }

  #book(id: number): { owner: string; name: string } {
    if (!this.#books.has(id)) {
      for (const book of this.#mirror.look((q) => q.books.all())) this.#books.set(book.id, book);
    }
    const book = this.#books.get(id);
    if (!book) throw new Error(`no book ${id}`);
    return book;
  }
}

/** What a unit's entries of one reason moved for a job. */
function sumOf(calls: readonly Call[], jobId: number, reason: string): number {
  let sum = 0;
  for (const call of calls) {
    if (call.name !== 'books.move' || !call.result) continue;
    if (call.args[0].jobId === jobId && call.args[0].reason === reason) sum += call.args[0].amount;
  }
  return sum;
}
