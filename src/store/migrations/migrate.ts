import type { Op } from '../../contracts/store.ts';
import type { Flags } from '../flags.ts';
import { spine } from './0001-spine.ts';
import { webhooks } from './0002-webhooks.ts';
import { templates } from './0003-templates.ts';
import { assets } from './0004-assets.ts';
import { keys } from './0005-keys.ts';

/** One numbered change of the schema. A published one is never edited: the next change is a new file and a new line here. */
interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: (flags: Flags) => readonly string[];
}

const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'spine', statements: spine },
  { version: 2, name: 'webhooks', statements: webhooks },
  { version: 3, name: 'templates', statements: templates },
  { version: 4, name: 'assets', statements: assets },
  { version: 5, name: 'keys', statements: keys },
];

/** The schema this program works with. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** The database was written by a newer program. */
export class SchemaNewer extends Error {
  override readonly name = 'SchemaNewer';

  constructor(found: number) {
    super(
      `The database has schema version ${found}; this program knows versions up to ${SCHEMA_VERSION}. ` +
        'Start the newer program, or restore a backup made before it was first started.',
    );
  }
}

const VERSIONS = (flags: Flags) =>
  `create table if not exists schema_versions (version ${flags.integer} primary key, name ${flags.text} not null)${flags.table}`;
const LAST = 'select coalesce(max(version), 0) as version from schema_versions';
const RECORD = 'insert into schema_versions (version, name) values ($1, $2)';

/**
 * Brings the schema up to date, as one unit of work: processes that start together wait for each other, and a failed
 * migration leaves the schema as it was. Returns how many were applied. Throws SchemaNewer.
 */
export function* migrate(flags: Flags): Op<number> {
  if (flags.migrationLock !== '') yield { text: flags.migrationLock, params: [] };
  yield { text: VERSIONS(flags), params: [] };
  const rows = yield { text: LAST, params: [] };
  const found = (rows[0]?.['version'] as number | undefined) ?? 0;
  if (found > SCHEMA_VERSION) throw new SchemaNewer(found);
  const missing = MIGRATIONS.filter((migration) => migration.version > found);
  for (const migration of missing) {
    for (const text of migration.statements(flags)) yield { text, params: [] };
    yield { text: RECORD, params: [migration.version, migration.name] };
  }
  return missing.length;
}
