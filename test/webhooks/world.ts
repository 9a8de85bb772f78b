/** Finished jobs and webhooks as rows, and couriers over them, without anything that renders. */
import type { Log } from '../../src/contracts/effects.ts';
import type { Store } from '../../src/contracts/store.ts';
import type { Principal } from '../../src/contracts/views.ts';
import type { Engine } from '../../src/engine/context.ts';
import { webhookDesk } from '../../src/engine/webhooks.ts';
import { webhookPost } from '../../src/net/post.ts';
import { type Clock, systemClock } from '../../src/std/clock.ts';
import { WEBHOOK_FORMATS } from '../../src/wire/formats.ts';
import { engineOn } from '../postgres/engine.ts';
import { addJob, addKey, addTenant } from '../store/contract/backend.ts';

const REQUEST = { operation: 'text-to-video', prompt: 'a cat', inputs: [], model: 'v6', quality: '360p', durationS: 1 };

/** A clock that stands still until it is set; what waits on it never comes by itself. */
export function settableClock(at: number): Clock & { set(now: number): void } {
  let time = at;
  const set = (now: number) => {
    time = now;
  };
  return { now: () => time, monotonic: () => time, setTimer: () => () => undefined, set };
}

/** An engine that can send; deadlines of what it sends run on the machine's clock. */
export async function sender(store: Store, options: { clock?: Clock; log?: Log } = {}): Promise<Engine> {
  const engine = await engineOn(store, options);
  const post = webhookPost({ allowLoopback: true, clock: systemClock });
  return { ...engine, webhooks: { post, formats: WEBHOOK_FORMATS, origin: 'https://pool.example' } };
}

/** A tenant with a key. */
export async function tenantOn(store: Store, name: string): Promise<Principal> {
  return store.write('tenant', function* (q) {
    const tenantId = yield* addTenant(q, name);
    return { tenantId, keyId: yield* addKey(q, tenantId, name.padEnd(64, '0')), role: 'client' as const };
  });
}

/** A webhook for every end of the tenant's jobs; its secret. */
export async function hookOn(engine: Engine, who: Principal, url: string, format = 'pixverse') {
  const order = { url, format, events: ['succeeded', 'failed', 'expired'] as const };
  const { webhook, secret } = await webhookDesk(engine).create(who, order);
  return { id: webhook.id, secret };
}

/** Jobs that end now, each in a unit that tells of it. */
export async function endJobs(engine: Engine, who: Principal, ids: readonly number[]): Promise<void> {
  const at = engine.effects.clock.now();
  await engine.store.write('end', function* (q) {
    for (const id of ids) {
      yield* addJob(q, who, { id, request: REQUEST });
      yield* q.jobs.move(id, 0, { state: 'failed', finishedAt: at }, at);
      yield* q.deliveries.tell({ id, tenantId: who.tenantId, event: 'failed' }, at);
    }
  });
}
