/**
 * One simulated run of a plan: gateway processes of the real engine over a real store in memory, simulated upstreams
 * and clients, and everything that goes wrong. The oracle judges it; what breaks a promise is the run's outcome.
 */
import { openSqlite } from '../../src/store/sqlite.ts';
import { Client, type ClientEnd } from './clients.ts';
import { FarSide } from './far-side.ts';
import type { SharedStore } from './gated-store.ts';
import { Gateways } from './gateways.ts';
import { Mirror } from './mirror.ts';
import { Oracle } from './oracle.ts';
import { type Kept, silent } from './parts.ts';
import { type Element, type Plan, UPSTREAMS } from './plan.ts';
import type { Plant } from './plant.ts';
import { Scenery } from './scenery.ts';
import { Tap } from './tap.ts';
import { Trace } from './trace.ts';
import { type Invariant, Violation } from './violation.ts';
import { Life, START_MS, World } from './world.ts';

/** How a run may be watched or spoiled. */
export interface RunOptions {
  readonly plant?: Plant;
  /** Keep the last steps in words. */
  readonly trace?: boolean;
}

/** What a run came to. */
export interface Outcome {
  readonly seed: number;
  /** Null: every promise was kept. */
  readonly violation: { readonly invariant: Invariant; readonly message: string; readonly stack: string } | null;
  readonly summary: Summary;
  /** Equal for equal runs. */
  readonly digest: number;
  readonly trace: Trace | null;
}

/** Counts for people. */
export interface Summary {
  readonly steps: number;
  /** Units that were committed, each judged. */
  readonly commits: number;
  readonly simulatedMs: number;
  readonly clients: number;
  readonly accepted: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Clients that gave up: nobody answered. */
  readonly unanswered: number;
  /** Jobs by the state they ended in. */
  readonly ended: Readonly<Record<string, number>>;
  readonly attempts: number;
  /** Pieces of work that upstreams really started. */
  readonly started: number;
  readonly crashes: number;
  readonly diedAt: Readonly<Record<string, number>>;
}

/** After the clients have gone: the longest a job may still take, ms. */
const QUIET_MS = 25 * 60_000;
/** A clock that was an hour ahead set horizons that are as much later. */
const JUMPED_MS = 65 * 60_000;

class Simulation {
  readonly world: World;
  readonly plan: Plan;
  readonly far: FarSide[];
  readonly kept: Kept = new Map();
  readonly oracle: Oracle;
  readonly gateways: Gateways;
  readonly scenery: Scenery;
  readonly trace: Trace | null;
  readonly ends: ClientEnd[] = [];
  clientsLeft: number;
  #life = new Life('world');
  #peace = false;
  /** Crashes and stalls that wait for their gate. */
  #armed: Extract<Element, { type: 'crash' | 'stall' }>[] = [];

  constructor(plan: Plan, shared: Pick<SharedStore, 'real' | 'tap'>, options: RunOptions) {
    this.plan = plan;
    this.world = new World(plan.seed);
    const { world, kept } = this;
    this.far = UPSTREAMS.map((manners) => new FarSide(world, manners, plan));
    const mirror = new Mirror(world, shared.real);
    this.oracle = new Oracle({ world, tap: shared.tap, mirror, far: this.far, kept, plan });
    for (const { name, models } of UPSTREAMS) this.oracle.fair.models.set(name, models);
    this.trace = options.trace ? new Trace(world, this.oracle) : null;
    this.gateways = new Gateways({
      world,
      plan,
      far: this.far,
      kept,
      plant: options.plant ?? null,
      told: this.oracle.told,
      shared: {
        ...shared,
        listeners: new Set(),
        signalLoss: plan.signalLoss,
        onNotify: (life, channel) => this.oracle.notified(life, channel),
      },
      trouble: () => {
        this.oracle.troubleAt = world.now;
      },
    });
    this.scenery = new Scenery({
      world,
      plan,
      tap: shared.tap,
      far: this.far,
      oracle: this.oracle,
      gateways: this.gateways,
    });
    this.clientsLeft = plan.elements.filter((element) => element.type === 'job').length;
  }

  async run(): Promise<void> {
    const { world, plan, gateways } = this;
    world.onGate = (life, label) => this.#strike(life, label);
    world.onQuiet = () => {
      // With a clock that is off by much, times of the day are not what they seem.
      if (gateways.offClock) this.oracle.troubleAt = world.now;
      this.oracle.quiet([...gateways.ready.values()]);
      return this.#peace && this.clientsLeft === 0 && this.oracle.atRest();
    };
    gateways.startAll();
    world.go(gateways.first.then((ready) => this.scenery.build(ready)).then(() => this.#openDoors()));
    world.at(START_MS + plan.lengthMs, this.#life, () => this.#makePeace());
    const jumped = plan.elements.some((element) => element.type === 'clock') ? JUMPED_MS : 0;
    await world.run(START_MS + plan.lengthMs + QUIET_MS + jumped);
    this.oracle.end();
  }

  /** From now on clients come and things happen. */
  #openDoors(): void {
    this.world.go(this.scenery.operate());
    for (const element of this.plan.elements) {
      if (element.type === 'lie') continue;
      this.world.at(Math.max(this.world.now, START_MS + element.at), this.#life, () => this.#happen(element));
    }
  }

  #happen(element: Exclude<Element, { type: 'lie' }>): void {
    const { gateways, scenery, world } = this;
    switch (element.type) {
      case 'job':
        world.go(
          new Client(scenery, element).run().then((end) => {
            this.ends.push(end);
            this.clientsLeft -= 1;
          }),
        );
        return;
      case 'crash':
      case 'stall':
        if (!this.#peace) this.#armed.push(element);
        return;
      case 'clock':
        gateways.jump(element.process, element.byMs, element.forMs);
        return;
      case 'fault':
        gateways.fault(element);
        return;
      case 'account':
        world.go(scenery.change(element));
        return;
      case 'revoke':
        world.go(scenery.revoke(element));
        return;
    }
  }

  /** A gate is about to open: what waits for it strikes. */
  #strike(life: Life, label: string): void {
    if (this.#armed.length === 0) return;
    const due = this.#armed.find(
      (one) => (one.gate === null || one.gate === label) && this.gateways.lifeIn(one.process) === life,
    );
    if (!due) return;
    this.#armed = this.#armed.filter((one) => one !== due);
    if (due.type === 'crash') this.gateways.kill(life, label, due.backAfterMs);
    else this.gateways.stall(due.process, due.forMs);
  }

  /** The clients have gone; what is broken is mended, and everything must come to its end. */
  #makePeace(): void {
    this.#peace = true;
    this.#armed = [];
    this.gateways.peace();
    this.world.go(this.scenery.mend());
  }

  summary(): Summary {
    const { world, oracle, gateways } = this;
    const ended: Record<string, number> = {};
    for (const { row } of oracle.mirror.jobs.values()) ended[row.state] = (ended[row.state] ?? 0) + 1;
    const refused: Record<string, number> = {};
    for (const end of this.ends) if (end.refused !== null) refused[end.refused] = (refused[end.refused] ?? 0) + 1;
    return {
      steps: world.steps,
      commits: oracle.commits,
      simulatedMs: world.now - START_MS,
      clients: this.ends.length,
      accepted: oracle.mirror.jobs.size,
      refused,
      unanswered: this.ends.filter((end) => end.accepted.size === 0 && end.refused === null).length,
      ended,
      attempts: oracle.mirror.jobOf.size,
      started: this.far.reduce((sum, far) => sum + far.runs.size, 0),
      crashes: gateways.crashes,
      diedAt: gateways.diedAt,
    };
  }
}

/** Plays a plan. Never rejects: what broke is in the outcome. */
export async function simulate(plan: Plan, options: RunOptions = {}): Promise<Outcome> {
  const real = await openSqlite({ folder: ':memory:', log: silent, defer: (flush) => queueMicrotask(flush) });
  const sim = new Simulation(plan, { real, tap: new Tap(real) }, options);
  const violation = await sim
    .run()
    .then(() => null)
    .catch((error: unknown) => ({
      invariant: error instanceof Violation ? error.invariant : ('defect' as const),
      message: error instanceof Error ? error.message : String(error),
      stack: error instanceof Error ? (error.stack ?? '') : '',
    }));
  const outcome = { seed: plan.seed, violation, summary: sim.summary(), digest: sim.world.digest, trace: sim.trace };
  await real.close();
  return outcome;
}
