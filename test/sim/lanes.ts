/** Who waits in the queue, as placement sees it. */
import type { Mirror } from './mirror.ts';

/** The first job of a lane. */
export interface Head {
  readonly id: number;
  readonly model: string;
  readonly attempts: number;
  readonly rank: number;
}

/** Tenant → the heads of its lanes. */
export type Lanes = Map<number, Head[]>;

/** The lanes as of now. */
export function frozenLanes(mirror: Mirror): Lanes {
  const heads = new Map<string, { tenantId: number; head: Head }>();
  for (const id of mirror.unfinished) {
    const row = mirror.jobs.get(id)?.row;
    if (row?.state !== 'queued') continue;
    const key = `${row.tenantId}/${row.lane}`;
    const first = heads.get(key)?.head;
    if (first && (first.rank < row.rank || (first.rank === row.rank && first.id < row.id))) continue;
    const { model, attempts, rank } = row;
    heads.set(key, { tenantId: row.tenantId, head: { id, model, attempts, rank } });
  }
  const lanes: Lanes = new Map();
  for (const { tenantId, head } of heads.values()) {
    const list = lanes.get(tenantId);
    if (list) list.push(head);
    else lanes.set(tenantId, [head]);
  }
  return lanes;
}
