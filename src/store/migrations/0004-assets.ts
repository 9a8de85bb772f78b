import type { Flags } from '../flags.ts';

/** Kept bytes are listed, and deleted by those who own them. */
export function assets(f: Flags): readonly string[] {
  return [
    `alter table assets add column deleted_at ${f.integer}`,
    'create index assets_tenant on assets (tenant_id, id)',
    // Takes the place of the index of voices alone.
    'create index assets_kind on assets (tenant_id, kind, id)',
    'drop index assets_voices',
    'create index assets_deleted on assets (id) where deleted_at is not null',
  ];
}
