import { describe } from 'node:test';
import { accountSection } from './contract/accounts.ts';
import { administrationSection } from './contract/administration.ts';
import { auditSection } from './contract/audit.ts';
import type { Backend } from './contract/backend.ts';
import { jobSection } from './contract/jobs.ts';
import { moneySection } from './contract/money.ts';
import { openingSection } from './contract/opening.ts';
import { outboxSection } from './contract/outbox.ts';
import { poolSection } from './contract/pool.ts';
import { queueSection } from './contract/queue.ts';
import { raceSection } from './contract/races.ts';
import { recordSection } from './contract/records.ts';
import { templateSection } from './contract/templates.ts';
import { sealedSection } from './contract/sealed.ts';
import { unitSection } from './contract/units.ts';
import { usageSection } from './contract/usage.ts';

/**
 * What a store must do, whatever database is behind it. A new backend is done when this suite passes on it; what it
 * cannot show is skipped with a reason.
 */
export function storeContract(backend: Backend): void {
  describe(`the store on ${backend.name}`, () => {
    openingSection(backend);
    unitSection(backend);
    recordSection(backend);
    administrationSection(backend);
    accountSection(backend);
    poolSection(backend);
    moneySection(backend);
    jobSection(backend);
    queueSection(backend);
    outboxSection(backend);
    templateSection(backend);
    sealedSection(backend);
    usageSection(backend);
    raceSection(backend);
    auditSection(backend);
  });
}
