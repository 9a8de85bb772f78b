import type { Flags } from '../flags.ts';

/**
 * Which templates a tenant has activated. `number` counts them within their month, so that the key over it holds the
 * month's limit across processes.
 */
export function templates(f: Flags): readonly string[] {
  return [
    `create table template_activations (
      tenant_id ${f.integer} not null references tenants (id),
      template_id ${f.integer} not null,
      month ${f.text} not null,
      number ${f.integer} not null,
      created_at ${f.integer} not null,
      primary key (tenant_id, template_id),
      unique (tenant_id, month, number)
    )${f.table}`,
  ];
}
