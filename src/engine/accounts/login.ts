/** Accounts that are opened with a login: the secret of kinds of upstream that have no settings of their own. */
import { sha256Hex } from '../../std/crypto.ts';
import { Refusal } from '../../std/errors.ts';
import type { Json, JsonObject } from '../../std/json.ts';
import { uuid } from '../../std/random.ts';
import type { Engine } from '../context.ts';

const SESSION_MS = 30 * 24 * 3600 * 1000;
const MEMBERS = ['password', 'token'] as const;

/** What is sealed for an account with a login. */
interface Credential {
  readonly password: string;
  readonly token: string;
  readonly expiresAt: number;
}

/** Reads `{ password?, token? }`; what is absent stays, and a session is made where there is none. */
export function readLogin(engine: Pick<Engine, 'effects'>, input: JsonObject, before: Json | null): Json {
  for (const [name, value] of Object.entries(input)) {
    const field = `secret.${name}`;
    if (!MEMBERS.includes(name as (typeof MEMBERS)[number])) {
      throw new Refusal('parameter_invalid', {
        field,
        message: `${field} is not known here. Send ${MEMBERS.join(' and ')}.`,
      });
    }
    if (typeof value !== 'string') throw new Refusal('parameter_type', { field, message: `${field} must be a text.` });
  }
  const given = input as { password?: string; token?: string };
  const old = before as unknown as Credential | null;
  const fresh = newLogin(engine, given.password ?? '', given.token ?? null);
  return old === null ? fresh : { ...(old as unknown as JsonObject), ...(given as JsonObject) };
}

/** The secret of a new account with a login; a session is made where none is shared. */
export function newLogin(engine: Pick<Engine, 'effects'>, password: string, token: string | null): Json {
  const { clock, random } = engine.effects;
  const made: Credential = {
    password,
    token: token ?? sha256Hex(uuid(random)),
    expiresAt: clock.now() + SESSION_MS,
  };
  return made as unknown as Json;
}
