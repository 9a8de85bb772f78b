import type { SealedKind, SealedStatements } from '../../contracts/secrets.ts';
import { MEDIA_KEYS } from '../../core/media-path.ts';
import { sealPrefix } from '../../std/crypto.ts';
import type { Flags } from '../flags.ts';
import { atMost } from '../sql.ts';

/** Where the sealed values of a kind stand. `there` picks the rows that have one. */
interface Place {
  readonly table: string;
  readonly column: string;
  readonly id: string;
  readonly name: string;
  readonly there: string;
}

const PLACES: Readonly<Record<SealedKind, Place>> = {
  account: { table: 'accounts', column: 'secret', id: 'id', name: 'name', there: "secret <> ''" },
  webhook: { table: 'webhooks', column: 'secret', id: 'id', name: 'url', there: "secret <> ''" },
  answer: { table: 'answers', column: 'answer', id: 'scope', name: 'scope', there: "answer <> ''" },
  gateway: { table: 'meta', column: 'value', id: 'name', name: 'name', there: `name = '${MEDIA_KEYS}'` },
};

const PREFIX_CHARS = sealPrefix('00000000').length;
const ID_FROM = PREFIX_CHARS - '00000000.'.length + 1;
const KINDS = Object.entries(PLACES) as [SealedKind, Place][];

const COUNT = KINDS.map(
  ([kind, { table, column, there }]) =>
    `select '${kind}' as kind, substr(${column}, ${ID_FROM}, 8) as key_id, count(*) as count from ${table}
      where ${there} group by substr(${column}, ${ID_FROM}, 8)`,
).join(' union all ');

/** Everything that is sealed. The tables are small, or a rotation reads them whole anyway: no index on keys. */
export function sealedStatements(flags: Flags): SealedStatements {
  const texts = (after: boolean) =>
    Object.fromEntries(
      KINDS.map(([kind, { table, column, id, name, there }]) => [
        kind,
        `select ${id} as id, ${name} as name, ${column} as sealed from ${table}
          where ${there} and substr(${column}, 1, ${PREFIX_CHARS}) <> $1${after ? ` and ${id} > $3` : ''}
          order by ${id} ${atMost(2)}${flags.lock}`,
      ]),
    );
  const first = texts(false);
  const next = texts(true);
  return {
    *count() {
      return (yield { text: COUNT, params: [] }).map((row) => ({
        kind: row['kind'] as SealedKind,
        keyId: row['key_id'] as string,
        count: row['count'] as number,
      }));
    },
    *others(kind, keyId, { after, limit }) {
      const prefix = sealPrefix(keyId);
      const rows =
        after === null
          ? yield { text: first[kind] ?? '', params: [prefix, limit] }
          : yield { text: next[kind] ?? '', params: [prefix, limit, after] };
      return rows.map((row) => ({
        kind,
        id: row['id'] as number | string,
        name: String(row['name']),
        sealed: row['sealed'] as string,
      }));
    },
    *put({ kind, id }, sealed) {
      const { table, column, id: key } = PLACES[kind];
      yield { text: `update ${table} set ${column} = $2 where ${key} = $1`, params: [id, sealed] };
    },
  };
}
