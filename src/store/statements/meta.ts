import type { MetaStatements } from '../../contracts/store.ts';
import type { Flags } from '../flags.ts';
import { sole } from '../sql.ts';

const GET = 'select value from meta where name = $1';
const SET = 'insert into meta (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value';
const INSERT = 'insert into meta (name, value) values ($1, $2) on conflict (name) do nothing';

/** Single values by name. */
export function metaStatements(flags: Flags): MetaStatements {
  const lock = `${GET}${flags.lock}`;
  return {
    *get(name) {
      const rows = yield { text: GET, params: [name] };
      return rows[0]?.['value'] as string | undefined;
    },
    *lock(name) {
      const rows = yield { text: lock, params: [name] };
      return rows[0]?.['value'] as string | undefined;
    },
    *setOnce(name, value) {
      yield { text: INSERT, params: [name, value] };
      const rows = yield { text: GET, params: [name] };
      return sole(rows, `meta ${name}`)['value'] as string;
    },
    *set(name, value) {
      yield { text: SET, params: [name, value] };
    },
  };
}
