import type { AccountAccess } from '../../contracts/upstream.ts';
import { maskSecret, shortHash } from '../../std/crypto.ts';
import { refuse } from '../../std/errors.ts';
import { isObject, type Json, type JsonObject } from '../../std/json.ts';
import { pixverseDialect } from '../../wire/pixverse/dialect.ts';
import { HOSTS } from '../../wire/pixverse/encode/paths.ts';

/**
 * What an admin gives for an account: the key, and where it belongs. `host` is `international`, `cn`, or an address of the
 * operator's own, with or without the API's prefix. The webhook is made in the vendor's console; its id and its secret
 * belong together.
 */
interface Secret {
  readonly apiKey: string;
  /** Normalised: one of the names, or an origin with the path before the prefix. */
  readonly host: string;
  readonly webhookId: string | null;
  readonly webhookSecret: string | null;
}

/** An account, ready to be called. */
export interface Access {
  readonly accountId: number;
  readonly apiKey: string;
  /** Of every call: address with the API's prefix, no trailing slash. */
  readonly base: string;
  readonly origin: string;
  readonly webhookId: string | null;
  readonly webhookSecret: string | null;
  /** Whose uploads these are: changes with the key and with the host. */
  readonly identity: string;
}

const MEMBERS = ['apiKey', 'host', 'webhookId', 'webhookSecret'] as const;

/** See `Upstream.readSecret`. */
export function readSecret(input: JsonObject, before: Json | null): Json {
  for (const name of Object.keys(input)) {
    if (!(MEMBERS as readonly string[]).includes(name)) {
      refuse('parameter_invalid', {
        field: `secret.${name}`,
        message: `secret.${name} is not known here. An account of this kind has ${MEMBERS.join(', ')}.`,
      });
    }
  }
  const old = isObject(before) ? before : {};
  const apiKey = textOf(input, 'apiKey') ?? old['apiKey'];
  if (typeof apiKey !== 'string') {
    refuse('parameter_missing', { field: 'secret.apiKey', message: 'secret.apiKey is missing. Give the API key.' });
  }
  // Header values are checked here, where the one who typed it reads the answer, and not with the first job.
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    refuse('parameter_invalid', {
      field: 'secret.apiKey',
      message: 'secret.apiKey must be letters, digits and signs.',
    });
  }
  const given = textOf(input, 'host');
  const host = given === undefined ? String(old['host'] ?? 'international') : readHost(given);
  const webhook = (name: 'webhookId' | 'webhookSecret') => {
    const value = input[name] === null ? null : (textOf(input, name) ?? old[name] ?? null);
    return typeof value === 'string' ? value : null;
  };
  const secret = { apiKey, host, webhookId: webhook('webhookId'), webhookSecret: webhook('webhookSecret') };
  if ((secret.webhookId === null) !== (secret.webhookSecret === null)) {
    const field = secret.webhookId === null ? 'secret.webhookId' : 'secret.webhookSecret';
    refuse('parameter_missing', {
      field,
      message: `${field} is missing. A webhook of the console has an id and a secret; give both, or null for both.`,
    });
  }
  return secret;
}

/** A text member that is there; ids of webhooks may be numbers. */
function textOf(input: JsonObject, name: (typeof MEMBERS)[number]): string | undefined {
  const value = input[name];
  if (value === undefined || (value === null && name !== 'apiKey' && name !== 'host')) return undefined;
  const text = typeof value === 'number' && name === 'webhookId' ? String(value) : value;
  const field = `secret.${name}`;
  if (typeof text !== 'string') refuse('parameter_type', { field, message: `${field} must be a text.` });
  if (text.trim() === '')
    refuse('parameter_invalid', { field, message: `${field} is empty. Leave it out, or fill it.` });
  return text.trim();
}

function readHost(given: string): string {
  if (Object.hasOwn(HOSTS, given)) return given;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const plain = url !== undefined && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (url === undefined || !plain || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    refuse('parameter_invalid', {
      field: 'secret.host',
      message: `secret.host must be ${Object.keys(HOSTS).join(', ')} or an http(s) address without query and credentials.`,
    });
  }
  const path = url.pathname.replace(/\/+$/, '');
  const before = path.endsWith(pixverseDialect.prefix) ? path.slice(0, -pixverseDialect.prefix.length) : path;
  return url.origin + before;
}

/** See `Upstream.showSecret`. */
export function showSecret(secret: Json): JsonObject {
  const { apiKey, host, webhookId, webhookSecret } = secret as unknown as Secret;
  return {
    apiKey: maskSecret(apiKey),
    host,
    webhookId,
    webhookSecret: webhookSecret === null ? null : maskSecret(webhookSecret),
  };
}

/** The account as calls need it. */
export function openAccess(account: Pick<AccountAccess, 'id' | 'secret'>): Access {
  const { apiKey, host, webhookId, webhookSecret } = account.secret as unknown as Secret;
  const address = Object.hasOwn(HOSTS, host) ? HOSTS[host as keyof typeof HOSTS] : host;
  return {
    accountId: account.id,
    apiKey,
    base: address + pixverseDialect.prefix,
    origin: new URL(address).origin,
    webhookId,
    webhookSecret,
    identity: shortHash(`${address}\n${apiKey}`),
  };
}
