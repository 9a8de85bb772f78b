/** Two gateways in a row: the near one has an account at the far one's PixVerse door. */
import type { ComposeOptions } from '../../src/compose.ts';
import { type Ending, startAlone, type TestGateway } from './gateway.ts';

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
  /** Of the account. */
  readonly name?: string;
  /** Further members of the account's secret. */
  readonly secret?: (far: TestGateway) => Promise<Record<string, string>>;
  readonly near?: ComposeOptions;
}

/** Adds an account at the far gateway to the near one, which learns what it has. */
export async function addFarAccount(near: TestGateway, far: TestGateway, options: RowOptions = {}): Promise<number> {
  const { gateway, operator } = near.app;
  const host = (await options.through?.(far)) ?? far.url;
  const secret = { apiKey: far.key, host, ...(await options.secret?.(far)) };
  const order = { kind: 'pixverse', name: options.name ?? 'far@example.com', secret, maxJobs: options.maxJobs ?? 3 };
  // Not over HTTP: some tests leave a key one request a second.
  const { id } = await gateway.addAccount(operator, order);
  await gateway.refreshAccount(operator, id);
  return id;
}

/** Starts both. */
export async function startRow(t: Ending, options: RowOptions = {}): Promise<Row> {
  const far = await startAlone(t);
  const near = await startAlone(t, {}, options.near);
  return { near, far, accountId: await addFarAccount(near, far, options) };
}
