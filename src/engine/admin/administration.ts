/** Everything admins do, in one object for the façade. */
import type { Administration } from '../../contracts/administration.ts';
import type { KeyMemory } from './access.ts';
import type { Engine } from '../context.ts';
import { grantMethods } from './grants.ts';
import { keyMethods } from './keys.ts';
import { ledgerMethods } from '../books/ledger.ts';
import { poolMethods } from './pools.ts';
import { tenantMethods } from './tenants.ts';

export function administration(engine: Engine, memory: KeyMemory): Administration {
  return {
    ...tenantMethods(engine),
    ...keyMethods(engine, memory),
    ...grantMethods(engine),
    ...poolMethods(engine),
    ...ledgerMethods(engine),
  };
}
