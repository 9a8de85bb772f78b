import type { AccountView } from '../../contracts/views.ts';
import { isoTime } from '../../std/clock.ts';
import { Refusal, refuse } from '../../std/errors.ts';
import { type Body, optionalText, requiredInteger } from './fields.ts';

/** What stands where a secret would; the ellipsis is U+2026. reference/useapi-pixverse.md §1.8. */
export const SECURED = '…secured…';

/** Generations at a time that one account may be configured for. reference/useapi-pixverse.md §1.4. */
export const MAX_JOBS = { min: 1, max: 8 } as const;

/** The longest address a mailbox can have. */
export const EMAIL_MAX_CHARS = 254;
/** Ours: longer than any password or session token seen, short enough to store without thought. */
const PASSWORD_MAX_CHARS = 1024;
const TOKEN_MAX_CHARS = 8192;

/** An account as POST accounts configures it. */
export interface AccountFields {
  readonly email: string;
  readonly password: string;
  readonly maxJobs: number;
  /** A session shared by its owner; null where none was given. Only for accounts that exist (§1.9). */
  readonly token: string | null;
}

/**
 * Reads the body of `POST /accounts/{email}` and `POST /accounts/`. reference/useapi-pixverse.md §2.3.
 * Where the path names the address the body may leave it out; given in both it must be the same (ours, as v1 does).
 * Unknown fields are ignored. Refuses with the parameter codes, naming the field.
 * @param pathEmail the decoded address of the path; undefined or empty where the path has none.
 */
export function readAccount(body: Body, pathEmail?: string): AccountFields {
  const inBody = optionalText(body, 'email', EMAIL_MAX_CHARS);
  const email = addressOf(pathEmail, inBody);
  const password = optionalText(body, 'password', PASSWORD_MAX_CHARS);
  if (password === undefined) {
    return refuse('parameter_missing', {
      field: 'password',
      message: "password is required. Send the account's password as text.",
    });
  }
  const maxJobs = requiredInteger(body, 'maxJobs', MAX_JOBS.min, MAX_JOBS.max);
  const token = optionalText(body, 'token', TOKEN_MAX_CHARS) ?? null;
  return { email, password, maxJobs, token };
}

function addressOf(pathEmail: string | undefined, inBody: string | undefined): string {
  const inPath = pathEmail === '' ? undefined : pathEmail;
  const email = inPath ?? inBody;
  if (email === undefined) {
    return refuse('parameter_missing', {
      field: 'email',
      message: 'email is required. Send the address of the account in the path or in the body.',
    });
  }
  if (inPath !== undefined && inBody !== undefined && inPath !== inBody) {
    return refuse('parameter_invalid', {
      field: 'email',
      message: 'email in the body is not the address in the path. Send the same address in both, or in one only.',
    });
  }
  if (!isAddress(email)) {
    return refuse('parameter_invalid', {
      field: 'email',
      message: 'email is not an address. Send it as name@domain, without spaces.',
    });
  }
  return email;
}

/** `name@domain`, with nothing in it that would break the composite ids it becomes part of (§1.2). */
function isAddress(text: string): boolean {
  return text.length <= EMAIL_MAX_CHARS && /^[^\s\p{Cc}\p{Cs}@,/]+@[^\s\p{Cc}\p{Cs}@,/]+$/u.test(text);
}

/** The refusal of a `token` for an account that does not exist yet. reference/useapi-pixverse.md §1.9. */
export function sharedSessionTooEarly(): Refusal {
  return new Refusal('parameter_invalid', {
    field: 'token',
    message: 'token is accepted only for an account that exists. Create the account without it, then send it again.',
  });
}

/**
 * An account as account routes answer it, secrets masked. reference/useapi-pixverse.md §1.8, §1.9, §2.3.
 * `ExpireTime` is in seconds (the unit is undocumented; seconds are assumed). `AccountId` is the account's id here.
 */
export function accountAnswer(view: AccountView) {
  const expireTime = Math.floor(view.session.expiresAt / 1000);
  return {
    email: view.name,
    password: SECURED,
    maxJobs: view.maxJobs,
    jwt: {
      AccountId: view.id,
      ExpireTime: expireTime,
      ExpireTimeUTC: isoTime(expireTime * 1000),
      Username: view.session.username,
      token: view.session.tokenMasked,
    },
  };
}
