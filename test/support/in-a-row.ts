/** Two gateways in a row: the near one has an account at the far one's PixVerse door. */
import assert from 'node:assert/strict';
import type { ComposeOptions } from '../../src/compose.ts';
import { type Ending, startAlone, type TestGateway } from './gateway.ts';
import { nativeClient } from './native.ts';

/** A near gateway with the account it works through. */
export interface Row {
  readonly near: TestGateway;
  readonly far: TestGateway;
  readonly accountId: number;
}

/** What may differ from one account at the far gateway itself. */
export interface RowOptions {
  /** The address the account calls, where something stands between. */
  readonly through?: (far: TestGateway) => Promise<string>;
  readonly maxJobs?: number;
  /** Further members of the account's secret. */
  readonly secret?: (far: TestGateway) => Promise<Record<string, string>>;
  readonly near?: ComposeOptions;
}

/** Adds an account at the far gateway to the near one, and learns what it has. */
export async function addFarAccount(near: TestGateway, far: TestGateway, options: RowOptions = {}): Promise<number> {
  const native = nativeClient(near);
  const host = (await options.through?.(far)) ?? far.url;
  const secret = { apiKey: far.key, host, ...(await options.secret?.(far)) };
  const body = { kind: 'pixverse', name: 'far@example.com', secret, maxJobs: options.maxJobs ?? 3 };
  const added = await native.send('POST', '/accounts', { body });
  assert.equal(added.status, 201, JSON.stringify(added.body));
  const { id } = added.body as { id: number };
  const refreshed = await native.send('POST', `/accounts/${id}/refresh`);
  assert.equal(refreshed.status, 200, JSON.stringify(refreshed.body));
  return id;
}

/** Starts both. */
export async function startRow(t: Ending, options: RowOptions = {}): Promise<Row> {
  const far = await startAlone(t);
  const near = await startAlone(t, {}, options.near);
  return { near, far, accountId: await addFarAccount(near, far, options) };
}
