/** The gateway processes of a run: born, killed, stalled, failing, and born again. */
import type { Upstream } from '../../src/contracts/upstream.ts';
import type { Principal } from '../../src/contracts/views.ts';
import { AccountPool } from '../../src/core/placement.ts';
import type { Catalog } from '../../src/core/pricing.ts';
import { bootstrap, operator } from '../../src/engine/admin/bootstrap.ts';
import { type Engine, noWork } from '../../src/engine/context.ts';
import { createGateway, type Gateway } from '../../src/engine/gateway.ts';
import { startLoop } from '../../src/engine/loop.ts';
import { register } from '../../src/engine/processes.ts';
import { keysFromSettings } from '../../src/keys.ts';
import { credits } from '../../src/std/credits.ts';
import { Refusal } from '../../src/std/errors.ts';
import { idMint } from '../../src/std/ids.ts';
import { refuse } from '../../src/std/errors.ts';
import { randomInt, seededRandom } from '../../src/std/random.ts';
import { simDriver } from './driver.ts';
import type { FarSide } from './far-side.ts';
import { gatedStore, type SharedStore } from './gated-store.ts';
import { type Failing, type Kept, simBlobs, simEffects, simMedia } from './parts.ts';
import { type FaultElement, type Plan, UNPRICED } from './plan.ts';
import { NO_PLANT, type Plant, type PlantSite } from './plant.ts';
import type { ToldWatch } from './told-watch.ts';
import { Life, type World } from './world.ts';

/** Keys and sizes of every simulated gateway. */
const SETTINGS: Engine['settings'] = {
  queueDepth: 10_000,
  requestsPerSecond: 0,
  mediaTtlMs: 7 * 86_400_000,
  replayTtlMs: 7 * 86_400_000,
  timelineTtlMs: 90 * 86_400_000,
  deliveryTtlMs: 30 * 86_400_000,
  resultMaxBytes: 4_096,
};

/** What a second of video costs its tenant, whole credits, and how long a slot it may take, ms. */
const PRICE_PER_S = 5;
const SLOT_MS_PER_S = 10_000;

/** Prices of a simulated world. */
export const catalog: Catalog = {
  price: (request) => (request.model === UNPRICED ? undefined : credits(PRICE_PER_S * request.durationS)),
  expectedSlotMs: (request) => SLOT_MS_PER_S * request.durationS,
  templates: [],
  activationsPerMonth: 0,
};

/** A process that takes requests. */
export interface Ready {
  readonly life: Life;
  readonly engine: Engine;
  readonly gateway: Gateway;
  /** The operator, with the admin key. */
  readonly admin: Principal;
  readonly readyAt: number;
}

/** A place for a process: at most one lives in it at a time. */
interface Place {
  readonly number: number;
  readonly baseSkewMs: number;
  skewMs: number;
  life: Life | null;
  /** Faults at work, with their chance. */
  readonly faults: Map<FaultElement, number>;
}

/** Everything processes are made of. */
export interface GatewayParts {
  readonly world: World;
  readonly plan: Plan;
  readonly shared: SharedStore;
  readonly far: readonly FarSide[];
  readonly kept: Kept;
  readonly plant: Plant | null;
  readonly told: ToldWatch;
  /** Told whenever something is amiss on our side, or ends to be. */
  trouble(): void;
}

/** The processes of a run. */
export class Gateways {
  readonly ready = new Map<Life, Ready>();
  /** Where processes died, by gate. */
  readonly diedAt: Record<string, number> = {};
  /** Resolves when the first process takes requests. */
  readonly first: Promise<Ready>;
  crashes = 0;
  readonly #parts: GatewayParts;
  readonly #places: Place[];
  readonly #ownLife = new Life('keeper');
  readonly #creates = new Map<number, number>();
  #firstReady: (ready: Ready) => void = () => undefined;
  #born = 0;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.first = new Promise((resolve) => {
      this.#firstReady = resolve;
    });
    this.#places = parts.plan.processes.map(({ skewMs }, number) => ({
      number,
      baseSkewMs: skewMs,
      skewMs,
      life: null,
      faults: new Map(),
    }));
  }

  /** Starts a process in every empty place. */
  startAll(): void {
    for (const place of this.#places) {
      const later = place.number * 700;
      if (!place.life) this.#parts.world.at(this.#parts.world.now + later, this.#ownLife, () => this.#bear(place));
    }
  }

  /** The process that lives in a place now. */
  lifeIn(place: number): Life | null {
    return this.#places[place]?.life ?? null;
  }

  kill(life: Life, at: string, backAfterMs: number | null): void {
    const place = this.#places.find((one) => one.life === life);
    if (!place) return;
    this.diedAt[at] = (this.diedAt[at] ?? 0) + 1;
    this.crashes += 1;
    this.#end(place, backAfterMs);
  }

  stall(place: number, forMs: number): void {
    const { world } = this.#parts;
    const life = this.lifeIn(place);
    if (!life || life.stalled) return;
    world.stall(life);
    this.#parts.trouble();
    world.at(world.now + forMs, this.#ownLife, () => {
      if (life.alive) world.unstall(life);
      this.#parts.trouble();
    });
  }

  /** Is the clock of some place set to another time than it should have? */
  get offClock(): boolean {
    return this.#places.some((place) => place.skewMs !== place.baseSkewMs);
  }

  /** Moves the clock of a place for a while. */
  jump(place: number, byMs: number, forMs: number): void {
    const one = this.#places[place];
    if (!one) return;
    const set = (skewMs: number) => {
      one.skewMs = skewMs;
      if (one.life) one.life.skewMs = skewMs;
      this.#parts.trouble();
    };
    set(one.baseSkewMs + byMs);
    this.#parts.world.at(this.#parts.world.now + forMs, this.#ownLife, () => set(one.baseSkewMs));
  }

  /** Makes a part of a place's processes fail for a while. */
  fault(fault: FaultElement): void {
    const { world } = this.#parts;
    const one = this.#places[fault.process];
    if (!one) return;
    one.faults.set(fault, fault.rate);
    this.#parts.trouble();
    world.at(world.now + fault.forMs, this.#ownLife, () => {
      one.faults.delete(fault);
      this.#parts.trouble();
    });
  }

  /** Ends all trouble: every place gets its process back, its clock and its health. */
  peace(): void {
    this.#parts.told.mend();
    for (const place of this.#places) {
      place.faults.clear();
      place.skewMs = place.baseSkewMs;
      if (place.life) place.life.skewMs = place.skewMs;
    }
    this.startAll();
    this.#parts.trouble();
  }

  #end(place: Place, backAfterMs: number | null): void {
    const { world } = this.#parts;
    const life = place.life;
    if (!life) return;
    place.life = null;
    world.kill(life);
    this.ready.delete(life);
    this.#parts.trouble();
    if (backAfterMs !== null)
      world.at(world.now + backAfterMs, this.#ownLife, () => {
        if (!place.life) this.#bear(place);
      });
  }

  #bear(place: Place): void {
    if (place.life) return;
    const life = new Life(`p${place.number}.${this.#born++}`);
    life.skewMs = place.skewMs;
    place.life = life;
    this.#boot(place, life).catch((error: unknown) => {
      // A start that fails because the store does is tried again, as a supervisor would.
      if (error instanceof Refusal && error.owner === 'us') this.#end(place, 3_000);
      else this.#parts.world.fail(error);
    });
  }

  async #boot(place: Place, life: Life): Promise<void> {
    const { world } = this.#parts;
    const engine = await this.#engine(place, life);
    await bootstrap(engine, { key: null, account: null });
    const ready: Ready = {
      life,
      engine,
      gateway: createGateway(engine, () => null),
      admin: await operator(engine),
      readyAt: world.now,
    };
    startLoop(engine, () => {
      this.diedAt['buried'] = (this.diedAt['buried'] ?? 0) + 1;
      this.#end(place, 1_000 + randomInt(world.random, 5_000));
    });
    this.ready.set(life, ready);
    this.#parts.trouble();
    this.#firstReady(ready);
  }

  /** Builds the engine of one process, as compose.ts does. */
  async #engine(place: Place, life: Life): Promise<Engine> {
    const { world, plan, shared, far, kept, plant } = this.#parts;
    const dice = seededRandom((plan.seed * 8191 + this.#born * 131) ^ 0xfa11);
    const failing: Failing = (what) => {
      for (const [fault, rate] of place.faults) if (fault.what === what && dice.float() < rate) return true;
      return false;
    };
    const random = seededRandom((plan.seed * 8191 + this.#born * 131) ^ 0x1d5);
    const effects = simEffects(world, life, random);
    const site: PlantSite = { world, life, kept, memory: new Map() };
    const bug = plant ?? NO_PLANT;
    const store = bug.store(gatedStore(world, life, shared, failing), site);
    const row = await register(store, effects, false);
    life.processId = row.id;
    return {
      store,
      blobs: bug.blobs(simBlobs(world, life, kept, failing), site),
      media: bug.media(simMedia(failing), site),
      upstreams: new Map<string, Upstream>(
        far.map((one) => [one.manners.name, bug.upstream(simDriver(world, life, one, this.#creates), site)]),
      ),
      catalog,
      rules: { read: () => refuse('internal') },
      fetch: { open: () => Promise.reject(new Error('no addresses in a simulation')) },
      webhooks: this.#parts.told.webhooks(life),
      effects,
      ids: idMint(effects.clock, row.node),
      processId: row.id,
      secrets: { keys: keysFromSettings(['00'.repeat(32)]), media: [] },
      settings: SETTINGS,
      pool: new AccountPool(),
      books: new Map(),
      work: noWork(),
    };
  }
}
