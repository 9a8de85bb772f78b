/**
 * Watches whose turn it is (DESIGN §8): a tenant with an eligible job gets its next lease before the others receive
 * 2 × (sum of weights ÷ its weight) × the longest expected slot time.
 */
import type { JobRow } from '../../src/contracts/store.ts';
import { frozenLanes, type Lanes } from './lanes.ts';
import type { Mirror } from './mirror.ts';
import type { Call } from './tap.ts';
import { hold } from './violation.ts';

/** Credits (thousandths) an account has that pays for any job. */
const RICH = 1_000_000;

/** The turns of tenants. */
export class FairWatch {
  readonly #mirror: Mirror;
  readonly weights = new Map<number, number>();
  /** Upstream → the models it carries out. */
  readonly models = new Map<string, readonly string[]>();
  /** Tenant → slot time others were given while it waited. */
  readonly #passed = new Map<number, number>();
  #lanes: Lanes = new Map();
  #longestMs = 1;

  constructor(mirror: Mirror) {
    this.#mirror = mirror;
  }

  /** Takes in the calls of a unit, after the mirror has. */
  apply(calls: readonly Call[]): void {
    let changed = false;
    const placed: JobRow[] = [];
    for (const call of calls) {
      if (call.name === 'jobs.insert') {
        changed = true;
        this.#longestMs = Math.max(this.#longestMs, call.args[0].expectedSlotMs);
      }
      if (call.name !== 'jobs.move' || !call.result || call.args[2].state === undefined) continue;
      changed = true;
      if (call.args[2].state === 'submitting') placed.push(call.result);
    }
    if (!changed) return;
    const after = frozenLanes(this.#mirror);
    // Who has no job left, and gets no turn later in this unit, does not wait any more.
    for (const [at, job] of placed.entries()) {
      const later = placed.slice(at + 1).map((one) => one.tenantId);
      this.#placed(job, (tenant) => after.has(tenant) || later.includes(tenant));
    }
    this.#lanes = after;
    // Whoever waits for nothing has no turn to wait for.
    for (const tenant of this.#passed.keys()) if (!this.#lanes.has(tenant)) this.#passed.delete(tenant);
  }

  #placed({ id: jobId, tenantId, expectedSlotMs: slotMs }: JobRow, waits: (tenant: number) => boolean): void {
    const facts = this.#mirror.jobs.get(jobId);
    const attempt = facts?.attempts.find((one) => one.id === facts.row.attemptId);
    const account = this.#mirror.accounts.get(attempt?.accountId ?? -1);
    if (!account) return;
    const rich = account.creditDaily + account.creditMonthly + account.creditPackage - account.reserved >= RICH;
    const sum = [...this.weights.values()].reduce((all, weight) => all + weight, 0);
    for (const [tenant, heads] of this.#lanes) {
      if (tenant === tenantId || !waits(tenant)) continue;
      const could = heads.some(
        (head) => head.attempts === 0 && this.models.get(account.upstream)?.includes(head.model),
      );
      if (!could || !rich) continue;
      const passed = (this.#passed.get(tenant) ?? 0) + slotMs;
      this.#passed.set(tenant, passed);
      const bound = 2 * (sum / (this.weights.get(tenant) ?? 1)) * this.#longestMs;
      hold(
        passed < bound + slotMs,
        'fair',
        () =>
          `tenant ${tenant} waits while others were given ${passed} ms of slots; its bound is ${Math.round(bound)} ms`,
      );
    }
    this.#passed.delete(tenantId);
  }
}
