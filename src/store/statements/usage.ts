import type { ChargeRow, UsageStatements } from '../../contracts/library.ts';
import type { RawRow, SqlValue } from '../../contracts/store.ts';
import { atMost, byShape, placeholders } from '../sql.ts';

/** What of a released hold was paid after all: its result came late. */
const KEPT = "(h.state <> 'released' or j.state = 'succeeded')";

/** The shape: which jobs, and how many operations. */
const PAGE = byShape((shape) => {
  const [direction, count] = shape.split(' ');
  const terms = ['j.tenant_id = $1', 'j.id >= $2', 'j.id < $3'];
  if (direction === 'consumed') terms.push(KEPT);
  if (direction === 'refunded') terms.push(`not ${KEPT}`);
  if (Number(count) > 0) terms.push(`j.operation in (${placeholders(Number(count), 5)})`);
  return `select j.id, j.operation, j.trace_id, j.state, h.state as hold, h.amount, h.captured,
      (select coalesce(sum(e.amount), 0) from entries e
        where e.job_id = j.id and e.job_id is not null and e.reason = 'late-capture' and e.reason <> 'hold') as late
    from jobs j join holds h on h.job_id = j.id
    where ${terms.join(' and ')} order by j.id desc ${atMost(4)}`;
});

function read(row: RawRow): ChargeRow {
  const refunded = row['hold'] === 'released' && row['state'] !== 'succeeded';
  const captured = row['hold'] === 'captured' ? (row['captured'] as number) : (row['amount'] as number);
  return {
    jobId: row['id'] as number,
    operation: row['operation'] as string,
    traceId: row['trace_id'] as string | null,
    refunded,
    amount: row['hold'] === 'released' && !refunded ? Number(row['late']) : captured,
  };
}

/** What tenants were charged, for people. */
export function usageStatements(): UsageStatements {
  return {
    *charges({ tenantId, from, before, limit, refunded, operations = [] }) {
      const direction = refunded === undefined ? 'all' : refunded ? 'refunded' : 'consumed';
      const params: SqlValue[] = [tenantId, from, before, limit, ...operations];
      return (yield { text: PAGE(`${direction} ${operations.length}`), params }).map(read);
    },
  };
}
