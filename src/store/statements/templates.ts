import type { TemplateStatements } from '../../contracts/library.ts';
import type { RawRow } from '../../contracts/store.ts';
import { sole } from '../sql.ts';

// Of units that activate at once for one tenant, each takes the number that is next: the key lets one of them have it.
const ACTIVATE = `insert into template_activations (tenant_id, template_id, month, number, created_at)
  select cast($1 as bigint), cast($2 as bigint), $3, count(*) + 1, cast($4 as bigint)
    from template_activations where tenant_id = $1 and month = $3 having count(*) < $5
  on conflict do nothing returning number`;
const LIST = `select tenant_id, template_id, month, created_at from template_activations
  where tenant_id = $1 order by month, number`;
const IS_ACTIVATED = `select count(*) as found from template_activations where tenant_id = $1 and template_id = $2`;
const USED = 'select count(*) as used from template_activations where tenant_id = $1 and month = $2';

const read = (row: RawRow) => ({
  tenantId: row['tenant_id'] as number,
  templateId: row['template_id'] as number,
  month: row['month'] as string,
  createdAt: row['created_at'] as number,
});

/** Which templates tenants have activated. */
export function templateStatements(): TemplateStatements {
  const isActivated: TemplateStatements['isActivated'] = function* (tenantId, templateId) {
    const row = sole(yield { text: IS_ACTIVATED, params: [tenantId, templateId] }, 'a count of activations');
    return row['found'] !== 0;
  };
  return {
    *activate({ tenantId, templateId, month, createdAt }, limit) {
      while (true) {
        const rows = yield { text: ACTIVATE, params: [tenantId, templateId, month, createdAt, limit] };
        if (rows.length > 0 || (yield* isActivated(tenantId, templateId))) return true;
        const used = sole(yield { text: USED, params: [tenantId, month] }, 'a count of activations')['used'] as number;
        if (used >= limit) return false;
        // Another unit took the number meanwhile: the next one is free.
      }
    },
    *activated(tenantId) {
      return (yield { text: LIST, params: [tenantId] }).map(read);
    },
    isActivated,
  };
}
