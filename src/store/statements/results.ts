import type { JobStatements } from '../../contracts/store.ts';
import { FINISHED, IN_FLIGHT, QUEUED } from '../sql.ts';

const REMOVE_RESULTS = `update jobs set deleted_at = $2
  where id = $1 and deleted_at is null and result_asset_id is not null and ${FINISHED} returning id`;
// Queued, in flight, or ended but still watched for a late result.
const ANY_UNENDED = `select 1 as found where ${[QUEUED, IN_FLIGHT, 'next_at is not null']
  .map((term) => `exists (select 1 from jobs where ${term} and tenant_id = $1 and created_at <= $2)`)
  .join(' or ')}`;

/** What becomes of the results of jobs, and of what their inputs were. */
export function resultStatements(): Pick<JobStatements, 'removeResults' | 'anyUnended'> {
  return {
    *removeResults(id, at) {
      return (yield { text: REMOVE_RESULTS, params: [id, at] }).length > 0;
    },
    *anyUnended(tenantId, until) {
      return (yield { text: ANY_UNENDED, params: [tenantId, until] }).length > 0;
    },
  };
}
