/** Draws a plan from a seed. */
import { type Random, randomInt, seededRandom } from '../../src/std/random.ts';
import {
  type AccountChange,
  type AccountPlan,
  CRASH_GATES,
  type CreateLie,
  type Element,
  type FaultElement,
  type JobElement,
  type Lie,
  type Plan,
  type TenantPlan,
  UNPRICED,
  UPSTREAMS,
} from './plan.ts';

/** How big a drawn run is; what is left out is drawn too. */
export interface PlanSize {
  readonly lengthMs?: number;
  readonly jobs?: number;
  readonly processes?: number;
  /** Are all tenants short of credits? */
  readonly poor?: boolean;
  /** Does most work take longer than credits are held for it? */
  readonly late?: boolean;
  /** Long stalls beside those that are drawn: each makes others take over. */
  readonly stalls?: number;
  /** Crashes beside those that are drawn. */
  readonly crashes?: number;
}

const MINUTE_MS = 60_000;
/** In longer runs somebody mends what broke: else all processes would be gone soon, and no account left. */
const LONG_MS = 10 * MINUTE_MS;
/** Keeps the two uses of a seed apart: this stream draws plans, World's draws schedules. */
const PLAN_STREAM = 0x5eed;

/** Chance in a hundred. */
const chance = (random: Random, percent: number): boolean => random.float() * 100 < percent;
const between = (random: Random, low: number, high: number): number => low + randomInt(random, high - low + 1);
function oneOf<T>(random: Random, list: readonly T[]): T {
  const picked = list[randomInt(random, list.length)];
  if (picked === undefined) throw new Error('nothing to draw from');
  return picked;
}

/** The plan of a seed. Equal seeds and sizes give equal plans. */
export function drawPlan(seed: number, size: PlanSize = {}): Plan {
  const random = seededRandom(seed ^ PLAN_STREAM);
  const processes = size.processes ?? 1 + (seed % 3);
  const lengthMs = size.lengthMs ?? between(random, 2, 5) * MINUTE_MS;
  const jobs = size.jobs ?? between(random, 5, 16);
  const tenants = Array.from({ length: between(random, 1, 3) }, () => drawTenant(random, jobs, size.poor ?? false));
  const accounts = Array.from({ length: between(random, 1, 4) }, () => drawAccount(random));
  const elements: Element[] = [];
  // A third of the runs are calm on our side, so that what upstreams do is seen to the end.
  const calm = chance(random, 33);
  const scene = { random, lengthMs, processes, tenants, accounts, jobs };
  for (let job = 0; job < jobs; job++) {
    const element = drawJob(scene, job);
    elements.push(element, ...drawLies(random, job, size.late ?? false));
  }
  // Trouble grows with the length of the run, not with the number of jobs.
  const spells = Math.max(1, Math.round(lengthMs / (4 * MINUTE_MS)));
  for (let i = 0; i < spells; i++) elements.push(...drawTrouble(scene, calm));
  for (let i = size.stalls ?? 0; i > 0; i--) elements.push(drawStall(scene, 30_000));
  for (let i = size.crashes ?? 0; i > 0; i--) elements.push(drawCrash(scene));
  return {
    seed,
    lengthMs,
    processes: Array.from({ length: processes }, () => ({ skewMs: between(random, -2_000, 2_000) })),
    signalLoss: oneOf(random, [0, 0, 0.1, 0.5]),
    tenants,
    accounts,
    elements,
  };
}

/** Clients that come in a drawn day. */
const JOBS_PER_DAY = 3_000;
const DAY_MS = 24 * 3_600_000;

/** The plan of a seed for days (or parts of one) with clients all along. */
export function drawDays(seed: number, days: number): Plan {
  const jobs = Math.max(5, Math.round(JOBS_PER_DAY * days));
  return drawPlan(seed, { lengthMs: Math.round(DAY_MS * days), jobs });
}

interface Scene {
  readonly random: Random;
  readonly lengthMs: number;
  readonly processes: number;
  readonly tenants: readonly TenantPlan[];
  readonly accounts: readonly AccountPlan[];
  readonly jobs: number;
}

function drawTenant(random: Random, jobs: number, allPoor: boolean): TenantPlan {
  const poor = chance(random, 25) || allPoor;
  return {
    weight: oneOf(random, [1, 1, 2, 3]),
    credits: poor ? between(random, 5, 30) : jobs * 25,
    expiring: chance(random, 40)
      ? { credits: between(random, 5, 40), atMs: between(random, 10_000, 4 * MINUTE_MS) }
      : { credits: 0, atMs: 0 },
    keys: Array.from({ length: between(random, 1, 2) }, () => ({
      depth: chance(random, 20) ? between(random, 1, 4) : 10_000,
      budget: chance(random, 20) ? between(random, 5, 60) : null,
    })),
  };
}

function drawAccount(random: Random): AccountPlan {
  return {
    upstream: oneOf(random, UPSTREAMS).name,
    maxJobs: oneOf(random, [1, 1, 2, 3, 5]),
    credits: chance(random, 15) ? between(random, 4, 40) : 1_000_000,
  };
}

function drawJob({ random, lengthMs, tenants }: Scene, job: number): JobElement {
  const tenant = randomInt(random, tenants.length);
  const keys = tenants[tenant]?.keys.length ?? 1;
  // Many arrive together, so that they have to wait for each other.
  const at = chance(random, 50)
    ? randomInt(random, lengthMs)
    : Math.floor(randomInt(random, lengthMs) / 30_000) * 30_000;
  return {
    type: 'job',
    at,
    job,
    tenant,
    key: randomInt(random, keys),
    model: chance(random, 2) ? UNPRICED : oneOf(random, ['a', 'a', 'b']),
    durationS: between(random, 1, 5),
    workMs: between(random, 1_000, 45_000),
    picture: chance(random, 20),
    id: oneOf(random, ['none', 'once', 'once', 'twice', 'again', 'again', 'other-body']),
    looks: chance(random, 40) ? between(random, 1, 4) : 0,
    ...(chance(random, 15) ? { cancelAfterMs: between(random, 0, 60_000) } : {}),
  };
}

const CREATE_LIES: readonly CreateLie[] = [
  'concurrency',
  'rate-limit',
  'account-refused',
  'exhausted',
  'busy',
  'caller-refused',
  'moderated',
  'not-sent',
  'request-lost',
  'answer-lost',
  'answer-lost',
  'silent',
  'silent-nothing',
  'driver-fails',
  'slow-answer',
];

function drawLies(random: Random, job: number, late: boolean): Element[] {
  const lies: Lie[] = late ? [{ work: 'past-credit' }] : [];
  if (chance(random, 30)) {
    const first = oneOf(random, CREATE_LIES);
    lies.push({ create: first, nth: 1 });
    if (chance(random, 50)) lies.push({ create: chance(random, 50) ? first : oneOf(random, CREATE_LIES), nth: 2 });
    if (chance(random, 25)) lies.push({ create: first, nth: 3 });
  }
  if (chance(random, 15))
    lies.push({ work: oneOf(random, ['fails', 'moderated', 'stuck', 'past-slot', 'past-credit', 'past-credit']) });
  if (chance(random, 15))
    lies.push({
      status: oneOf(random, ['strange-word', 'error', 'malformed', 'silent', 'absent']),
      times: oneOf(random, [1, 3, 1_000]),
    });
  if (chance(random, 20)) {
    lies.push(
      chance(random, 50)
        ? { result: oneOf(random, ['missing', 'cut']), times: between(random, 1, 4) }
        : {
            result: oneOf(random, ['no-pixels', 'placeholder', 'damaged', 'strange', 'none-named', 'endless', 'never']),
          },
    );
  }
  if (chance(random, 15)) lies.push({ callback: oneOf(random, ['early', 'twice', 'late', 'wrong-job']) });
  if (chance(random, 10)) lies.push({ hints: oneOf(random, ['before-answer', 'long-ended']) });
  return lies.map((lie) => ({ type: 'lie', job, lie }));
}

/** Some trouble on our side, on a stretch of the run. */
function drawTrouble(scene: Scene, calm: boolean): Element[] {
  const { random, lengthMs, processes, accounts, tenants } = scene;
  const at = () => randomInt(random, lengthMs);
  const process = () => randomInt(random, processes);
  const trouble: Element[] = [];
  const times = (most: number) => randomInt(random, most + 1);
  for (let i = times(2); i > 0; i--) {
    const account = { type: 'account', at: at(), account: randomInt(random, accounts.length) } as const;
    const change = drawChange(random);
    trouble.push({ ...account, change });
    const mended = lengthMs > LONG_MS ? mends(change) : null;
    if (mended) trouble.push({ ...account, at: account.at + between(random, 1, 6) * MINUTE_MS, change: mended });
  }
  if (chance(random, 10)) {
    const tenant = randomInt(random, tenants.length);
    // Nobody has a new key: in a longer run it happens near the end, or most clients would be turned away.
    const late = lengthMs > LONG_MS ? lengthMs - randomInt(random, Math.ceil(lengthMs / 10)) : at();
    trouble.push({ type: 'revoke', at: late, tenant, key: randomInt(random, tenants[tenant]?.keys.length ?? 1) });
  }
  if (calm) return trouble;
  for (let i = times(3); i > 0; i--) trouble.push(drawCrash(scene));
  for (let i = times(2); i > 0; i--) trouble.push(drawStall(scene, 2_000));
  if (chance(random, 6)) {
    const byMs = oneOf(random, [-3_600_000, 3_600_000, -30_000, 30_000]);
    trouble.push({ type: 'clock', at: at(), process: process(), byMs, forMs: between(random, 10_000, 120_000) });
  }
  for (let i = times(2); i > 0; i--) trouble.push(drawFault(scene, at()));
  return trouble;
}

function drawCrash({ random, lengthMs, processes }: Scene): Element {
  const gate = chance(random, 20) ? null : oneOf(random, CRASH_GATES);
  const away = lengthMs > LONG_MS ? between(random, 1, 5) * MINUTE_MS : null;
  const backAfterMs = chance(random, 20) ? away : between(random, 500, 40_000);
  return { type: 'crash', at: randomInt(random, lengthMs), process: randomInt(random, processes), gate, backAfterMs };
}

function drawStall({ random, lengthMs, processes }: Scene, leastMs: number): Element {
  const gate = chance(random, 20) ? null : oneOf(random, CRASH_GATES);
  const forMs = between(random, leastMs, 60_000);
  return { type: 'stall', at: randomInt(random, lengthMs), process: randomInt(random, processes), gate, forMs };
}

function drawFault({ random, processes }: Scene, at: number): FaultElement {
  const what = oneOf(random, ['disk', 'disk', 'media', 'write', 'ack', 'ack', 'read'] as const);
  // A disk can be full for long; a store that is away for long is a gateway that is away.
  const forMs = what === 'disk' && chance(random, 30) ? 6 * MINUTE_MS : between(random, 1_000, 20_000);
  return {
    type: 'fault',
    at,
    forMs,
    process: randomInt(random, processes),
    what,
    rate: oneOf(random, [0.2, 1]),
  };
}

function drawChange(random: Random): AccountChange {
  const draw = randomInt(random, 9);
  if (draw === 0) return { state: 'paused' };
  if (draw === 1) return { state: 'draining' };
  if (draw === 2) return { state: 'enabled' };
  if (draw === 3) return { maxJobs: between(random, 1, 5) };
  if (draw === 4) return { credentials: oneOf(random, ['refused', 'good']) };
  if (draw === 5) return { drainedTo: randomInt(random, 8) };
  if (draw === 6) return { removed: true };
  if (draw === 7) return { filledBy: between(random, 1, 60) };
  return { added: drawAccount(random) };
}

/** What undoes a change that takes an account away. */
function mends(change: AccountChange): AccountChange | null {
  if ('state' in change && change.state !== 'enabled') return { state: 'enabled' };
  if ('credentials' in change && change.credentials === 'refused') return { credentials: 'good' };
  if ('removed' in change) return { added: { upstream: 'careful', maxJobs: 3, credits: 1_000_000 } };
  return 'drainedTo' in change ? { filledBy: 1_000 } : null;
}
