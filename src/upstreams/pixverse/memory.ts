import type { CarriedInputs } from '../../contracts/upstream.ts';
import { isObject, type Json } from '../../std/json.ts';
import type { Access } from './secret.ts';

/** An input as the account knows it. */
export interface Known {
  readonly id: string;
  /** Where its upstream keeps it, if it said so. */
  readonly url?: string;
  /** A sound that its upstream has looked at and found fit. */
  readonly verified?: true;
}

/** What is remembered durably of the inputs that accounts have, each under the key and host it was carried with. */
export interface Memory {
  find(access: Access, assetId: number): Promise<Known | undefined>;
  /** Is anything remembered, if only that the account does not know it? */
  has(access: Access, assetId: number): Promise<boolean>;
  /** Unless something is remembered already; what stands then. */
  remember(access: Access, assetId: number, known: Known): Promise<Known>;
  /** @param own the account made it, and no longer knows it by the number it gave it: that is remembered instead. */
  forget(access: Access, assetId: number, own: boolean): Promise<void>;
}

/** Stands in for the id of what an account made and does not know any more. */
const GONE = 'gone';

/** Builds it over what the engine keeps for drivers. */
export function memoryOver(carried: CarriedInputs): Memory {
  return {
    find: async (access, assetId) => readKnown(await carried.find(access.accountId, assetId), access),
    has: async ({ accountId }, assetId) => (await carried.find(accountId, assetId)) !== undefined,
    async remember(access, assetId, known) {
      const ref = { identity: access.identity, ...known };
      const put = async () => readKnown(await carried.remember(access.accountId, assetId, ref), access);
      const stands = await put();
      if (stands !== undefined) return stands;
      // What was there is of another key, of another host, or says that the account does not know it.
      await carried.forget(access.accountId, assetId);
      return (await put()) ?? known;
    },
    async forget({ accountId, identity }, assetId, own) {
      await carried.forget(accountId, assetId);
      if (own) await carried.remember(accountId, assetId, { identity, id: GONE });
    },
  };
}

function readKnown(ref: Json | undefined, { identity }: Access): Known | undefined {
  if (!isObject(ref) || ref['identity'] !== identity) return undefined;
  const { id, url, verified } = ref;
  if (typeof id !== 'string' || id === GONE) return undefined;
  return { id, ...(typeof url === 'string' ? { url } : {}), ...(verified === true ? { verified } : {}) };
}
