import type { DatabaseSync } from 'node:sqlite';
import type { Op, RawRow, Statements, Step } from '../contracts/store.ts';
import { driveSync } from './drive.ts';
import type { PreparedStatements } from './prepared.ts';
import { isMachineFault, notWritten } from './sqlite-errors.ts';

/*
 * Group commit. A durable commit costs one flush of the disk however many rows it carries, so units that arrive while a
 * commit is due share it:
 *
 *     begin · unit · unit · unit · commit     then, with the log on disk (wal-sync.ts), every promise settles
 *
 * Units run bare. One that throws before it has written anything is rejected without touching the others. Once a unit
 * throws after a write, the transaction is rolled back and the group runs again with a savepoint around each unit: the
 * exception pays for itself, and the many units that succeed pay nothing. Units may be run again by contract.
 *
 * Nothing settles before the commit, refusals included: a unit may have been refused because of what another one of
 * its group wrote, and that is only true once it is on disk.
 */

/** A unit that waits for its turn. */
export interface Waiting {
  readonly label: string;
  readonly unit: (q: Statements) => Op<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What became of a unit. */
type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** A unit of the group failed in a way that leaves the others to be run again. */
const RUN_AGAIN = Symbol('run again');

/** Runs groups of units on the one connection that writes. */
export class GroupWriter {
  readonly #database: DatabaseSync;
  readonly #prepared: PreparedStatements;
  readonly #statements: Statements;
  #wrote = false;

  constructor(database: DatabaseSync, prepared: PreparedStatements, statements: Statements) {
    this.#database = database;
    this.#prepared = prepared;
    this.#statements = statements;
  }

  /** Runs and commits a group. Never throws. What it returns settles the group, once the commit is on disk. */
  run(group: readonly Waiting[]): () => void {
    let outcomes: readonly Outcome[];
    try {
      outcomes = this.#commit(() => this.#bare(group)) ?? this.#commit(() => this.#guarded(group)) ?? [];
    } catch (error) {
      this.#rollBack();
      const failure = notWritten(error);
      outcomes = group.map(() => ({ error: failure }));
    }
    return () => {
      for (const [index, waiting] of group.entries()) {
        const outcome = outcomes[index];
        if (outcome === undefined) waiting.reject(notWritten(new Error('the unit was not run')));
        else if ('value' in outcome) waiting.resolve(outcome.value);
        else waiting.reject(outcome.error);
      }
    };
  }

  /** Returns undefined, with everything rolled back, when the group has to run again with savepoints. */
  #commit(units: () => Outcome[]): Outcome[] | undefined {
    this.#prepared.run('begin immediate');
    let outcomes: Outcome[];
    try {
      outcomes = units();
    } catch (error) {
      if (error !== RUN_AGAIN) throw error;
      this.#rollBack();
      return undefined;
    }
    this.#prepared.run('commit');
    return outcomes;
  }

  #bare(group: readonly Waiting[]): Outcome[] {
    return group.map((waiting) => {
      this.#wrote = false;
      try {
        return { value: this.#drive(waiting) };
      } catch (error) {
        if (isMachineFault(error)) throw error;
        if (this.#wrote) throw RUN_AGAIN;
        return { error };
      }
    });
  }

  #guarded(group: readonly Waiting[]): Outcome[] {
    return group.map((waiting) => {
      this.#prepared.run('savepoint unit');
      let outcome: Outcome;
      try {
        outcome = { value: this.#drive(waiting) };
      } catch (error) {
        if (isMachineFault(error)) throw error;
        this.#prepared.run('rollback to unit');
        outcome = { error };
      }
      this.#prepared.run('release unit');
      return outcome;
    });
  }

  #drive(waiting: Waiting): unknown {
    return driveSync(waiting.unit(this.#statements), this.#step);
  }

  readonly #step = (step: Step): RawRow[] => {
    const prepared = this.#prepared.get(step.text);
    if (this.#wrote || !prepared.writes) return prepared.rows(step.params);
    this.#wrote = true;
    const rows = prepared.rows(step.params);
    this.#wrote = rows.length > 0 && rows[0]?.['changes'] !== 0;
    return rows;
  };

  /** A failed commit or statement may have ended the transaction by itself. */
  #rollBack(): void {
    if (this.#database.isTransaction) this.#database.exec('rollback');
  }
}
