import { UNNAMED_KEY } from '../../std/crypto.ts';
import type { Flags } from '../flags.ts';

/** Sealed texts, as they were before they named their key. */
const NAMELESS = 'v1.';

/** Encryption keys are named: by each process that has them, and in what they sealed. */
export function keys(f: Flags): readonly string[] {
  const named = (table: string, column: string) =>
    `update ${table} set ${column} = 'v1.${UNNAMED_KEY}.' || substr(${column}, ${NAMELESS.length + 1}) where ${column} <> ''`;
  return [
    `alter table processes add column key_ids ${f.text} not null default ''`,
    // What it said was the mark of a key, not its name (engine/secrets.ts reads it once).
    "update meta set name = 'sealed-with-mark' where name = 'sealed-with'",
    named('accounts', 'secret'),
    named('webhooks', 'secret'),
    named('answers', 'answer'),
  ];
}
