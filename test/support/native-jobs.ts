/** Jobs through `/pool/v1` for tests. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { dryRunSchema, planSchema } from '../../src/wire/native/schemas/orders.ts';
import { jobSchema } from '../../src/wire/native/schemas/jobs.ts';
import { balanceSchema, ledgerSchema } from '../../src/wire/native/schemas/ledger.ts';
import { newKeySchema } from '../../src/wire/native/schemas/keys.ts';
import { tenantSchema } from '../../src/wire/native/schemas/tenants.ts';
import { type NativeInit, nativeClient } from './native.ts';

/** The smallest job there is: v6, 1 s, 360p; 5 credits. */
export const TINY = { operation: 'text-to-video', prompt: 'a tram', quality: '360p', durationS: 1 } as const;
/** The same, that runs until somebody ends it. */
export const SLOW = { ...TINY, prompt: 'a tram [reelpool:slow=3600]' } as const;

/** Jobs of a gateway. */
export function jobsOf(gateway: { readonly url: string; readonly key: string }) {
  const api = nativeClient(gateway);
  const job = (id: number, init?: NativeInit) => api.get(jobSchema, 'GET', `/jobs/${id}`, init);
  return {
    ...api,
    job,
    create: (body: object, init: NativeInit = {}) => api.get(jobSchema, 'POST', '/jobs', { ...init, body }, 201),
    dryRun: (body: object, init: NativeInit = {}) =>
      api.get(dryRunSchema, 'POST', '/jobs?dry_run=true', { ...init, body }),
    plan: (body: { run?: boolean; [member: string]: unknown }, init: NativeInit = {}) =>
      api.get(planSchema, 'POST', '/plans', { ...init, body }, body.run ? 201 : 200),
    cancel: (id: number, init: NativeInit = {}) => api.get(jobSchema, 'POST', `/jobs/${id}/cancel`, init),
    async until(id: number, state: string) {
      for (;;) {
        const seen = await job(id);
        if (seen.state === state) return seen;
        assert.ok(seen.finishedAt === null, `job ${id} has ${seen.state}: ${JSON.stringify(seen.error)}`);
        await pause(10);
      }
    },
    /** A tenant with a client key, and so many credits. */
    async tenant(name: string, credits: number, limits: object = {}) {
      const { id } = await api.get(tenantSchema, 'POST', '/tenants', { body: { name } }, 201);
      if (credits > 0) await api.send('POST', '/grants', { body: { tenantId: id, amount: credits } });
      const body = { name, tenantId: id, ...limits };
      const { key, secret } = await api.get(newKeySchema, 'POST', '/keys', { body }, 201);
      const balance = () => api.get(balanceSchema, 'GET', `/tenants/${id}/balance`);
      return { id, keyId: key.id, secret, balance };
    },
    async proven() {
      assert.deepEqual((await api.get(ledgerSchema, 'POST', '/ledger/verify')).problems, []);
    },
  };
}
