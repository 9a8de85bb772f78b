/** A client of the PixVerse door whose jobs are accepted and wait: no account belongs to its pool. */
import assert from 'node:assert/strict';
import type { JobRequest } from '../../src/core/request.ts';
import type { TestGateway } from './gateway.ts';
import { nativeClient } from './native.ts';
import { accepted, type PixverseClient, pixverseClient, refusedWith } from './pixverse-client.ts';

/** What a create came to. */
export interface Ordered {
  readonly request: JobRequest;
  /** Whole credits, as the answer said. */
  readonly credits: number;
}

/** What waits, and what does not. */
export interface Waiting {
  readonly client: PixverseClient;
  /** Creates a job, and reads what it asks for. */
  order(path: string, body: object): Promise<Ordered>;
  /** A create that is refused, naming the field; its message. */
  refused(path: string, body: object, errCode: number, field: string): Promise<string>;
}

/** A key of the admin's tenant, with more credits than any test spends. */
export async function waitingClient(gateway: TestGateway): Promise<Waiting> {
  const admin = nativeClient(gateway);
  const pool = { name: 'nobody', members: { tags: ['nobody'] } };
  const { id: poolId } = (await admin.send('POST', '/pools', { body: pool })).body as { id: number };
  const key = { name: 'waits', poolId, sandbox: true, queueDepthMax: 100_000 };
  const { body } = await admin.send('POST', '/keys', { body: key });
  await admin.send('POST', '/grants', { body: { tenantId: 1, amount: 100_000_000 } });
  const client = pixverseClient({ url: gateway.url, key: (body as { secret: string }).secret });
  const { gateway: facade, operator } = gateway.app;
  return {
    client,
    async order(path, order) {
      const resp = accepted(await client.post(path, { body: order }));
      const id = Number(resp['video_id'] ?? resp['image_id']);
      return { request: (await facade.job(operator, id)).request, credits: Number(resp['credits']) };
    },
    async refused(path, order, errCode, field) {
      const reply = await client.post(path, { body: order });
      refusedWith(reply, errCode, new RegExp(field.replaceAll(/[[\].]/g, '\\$&')));
      assert.ok(reply.body.ErrMsg.length > field.length);
      return reply.body.ErrMsg;
    },
  };
}
