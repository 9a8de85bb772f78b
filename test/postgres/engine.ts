/** Engines as compose.ts makes them, without files and with an upstream of a test's own. */
import type { Log } from '../../src/contracts/effects.ts';
import type { Store } from '../../src/contracts/store.ts';
import type { StatusOutcome, Upstream } from '../../src/contracts/upstream.ts';
import { AccountPool } from '../../src/core/placement.ts';
import { type Engine, noWork } from '../../src/engine/context.ts';
import { register } from '../../src/engine/processes.ts';
import { keysFromSettings } from '../../src/keys.ts';
import { type Clock, systemClock } from '../../src/std/clock.ts';
import { idMint } from '../../src/std/ids.ts';
import { systemRandom } from '../../src/std/random.ts';
import { pixverseRules } from '../../src/wire/pixverse/neutral.ts';
import { TEMPLATES } from '../../src/wire/pixverse/templates.ts';
import { pixverseCatalog } from '../../src/wire/pixverse/prices.ts';
import { silent } from '../sim/parts.ts';

const unused = () => Promise.reject(new Error('not in this test'));

/**
 * An upstream that takes everything and is never done. It does not de-duplicate and cannot be asked for what it has: what
 * is not known of a call to it is never learned.
 */
export function endless(asked: () => void = () => undefined, started: () => void = () => undefined): Upstream {
  return {
    kind: 'endless',
    traits: {
      dedupeWindowMs: null,
      slotHorizonMs: 600_000,
      creditHorizonMs: 600_000,
      startTimeoutMs: 5_000,
      statusTimeoutMs: 5_000,
      tolerance: 'exact',
      sandbox: false,
    },
    cost: () => 1,
    supports: () => true,
    async start(_account, order) {
      started();
      return { type: 'accepted', ref: order.id };
    },
    async status(): Promise<StatusOutcome> {
      asked();
      return { type: 'running' };
    },
    fetch: unused,
    close: async () => undefined,
  };
}

/** What is particular about an engine. */
interface Particulars {
  readonly log?: Log;
  readonly clock?: Clock;
  readonly upstream?: Upstream;
}

/** The engine of a process that has just registered; its loop is not started. */
export async function engineOn(store: Store, particulars: Particulars = {}): Promise<Engine> {
  const { log = silent, clock = systemClock, upstream = endless() } = particulars;
  const effects = { clock, random: systemRandom, log, fault: () => undefined };
  const row = await register(store, effects, false);
  return {
    store,
    blobs: { put: unused, size: unused, read: unused, withFile: unused, remove: unused, list: unused as never },
    media: { probe: unused, check: unused, cover: unused },
    upstreams: new Map([[upstream.kind, upstream]]),
    catalog: pixverseCatalog,
    rules: pixverseRules(TEMPLATES),
    fetch: { open: unused },
    webhooks: { post: { check: unused as never, send: unused }, formats: [], origin: '' },
    effects,
    ids: idMint(clock, row.node),
    processId: row.id,
    secrets: { keys: keysFromSettings(['00'.repeat(32)]), media: [] },
    settings: {
      queueDepth: 1000,
      requestsPerSecond: 0,
      mediaTtlMs: 1,
      replayTtlMs: 1,
      timelineTtlMs: 1,
      deliveryTtlMs: 30 * 86_400_000,
      resultMaxBytes: 1,
    },
    pool: new AccountPool(),
    books: new Map(),
    work: noWork(),
  };
}
