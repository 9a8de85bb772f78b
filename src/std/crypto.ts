import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hash,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import { Refusal } from './errors.ts';
import type { Random } from './random.ts';

/** Lower-case hex SHA-256. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** The first 144 bits of SHA-256 as 24 base64url characters: an identity, where a shorter row is worth having. */
export function shortHash(data: string): string {
  return hash('sha256', data, 'base64url').slice(0, 24);
}

/** An incremental SHA-256, for streams. */
export function sha256Stream(): { update(chunk: Uint8Array): void; hex(): string } {
  const state = createHash('sha256');
  return { update: (chunk) => void state.update(chunk), hex: () => state.digest('hex') };
}

/** HMAC-SHA256 as base64url. */
export function hmacBase64Url(key: Uint8Array, data: string): string {
  return createHmac('sha256', key).update(data).digest('base64url');
}

/** HMAC-SHA256 as Base64 with padding. A key that is a text is taken as UTF-8. */
export function hmacBase64(key: string | Uint8Array, data: string): string {
  return createHmac('sha256', key).update(data).digest('base64');
}

/** Compares two strings in a time that depends only on their lengths. */
export function equalSecrets(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** A key derived from the master key for one purpose, so that no key serves two. 32 bytes. */
export function deriveKey(master: Uint8Array, purpose: string): Uint8Array {
  return createHmac('sha256', master).update(`reelpool/${purpose}`).digest();
}

/** A key that seals. */
export interface SealKey {
  /** What it is called where a key must be named and not told: 8 hexadecimal digits. */
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
}

/** The sealing key of a master key, and the id by which both are known. */
export function sealKeyOf(master: Uint8Array): SealKey {
  const id = Buffer.from(deriveKey(master, 'key-id')).toString('hex').slice(0, 8);
  return { id, bytes: deriveKey(master, 'seal') };
}

const SEAL_VERSION = 'v1';
/** Stands for the key in what was sealed before keys had names: it opens with one of those at hand. */
export const UNNAMED_KEY = '00000000';

/** What everything begins with that was sealed with this key; as long for every key. */
export function sealPrefix(keyId: string): string {
  return `${SEAL_VERSION}.${keyId}.`;
}

const sealKeys = new WeakMap<Uint8Array, KeyObject>();

/** The key as node:crypto wants it: made once, because making it costs more than opening a short text. */
function keyObject(key: Uint8Array): KeyObject {
  let made = sealKeys.get(key);
  if (!made) {
    made = createSecretKey(key);
    sealKeys.set(key, made);
  }
  return made;
}

/** Encrypts a secret with AES-256-GCM. `context` is authenticated: a sealed text moved to another row does not open. */
export function seal(key: SealKey, plain: string, context: string, random: Random): string {
  const iv = random.bytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyObject(key.bytes), iv);
  cipher.setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  const parts = [Buffer.from(iv), cipher.getAuthTag(), body].map((part) => part.toString('base64url'));
  return sealPrefix(key.id) + parts.join('.');
}

/** A sealed text does not open. The message names the key and the way out, and nothing of the secret. */
export class Unsealable extends Refusal {
  constructor(message: string, cause?: unknown) {
    super('internal', { message, cause });
  }
}

/** Opens what `seal` made, with the key that it names. Throws `Unsealable`. */
export function unseal(keys: readonly SealKey[], sealed: string, context: string): string {
  const [version, keyId, iv, tag, body] = sealed.split('.');
  if (version !== SEAL_VERSION || !keyId || iv === undefined || tag === undefined || body === undefined) {
    throw new Unsealable('A stored secret is not in a form that this program knows. Set it anew.');
  }
  const named = keyId === UNNAMED_KEY ? keys : keys.filter((one) => one.id === keyId);
  if (named.length === 0) {
    throw new Unsealable(
      `A stored secret is sealed with the encryption key ${keyId}, which this gateway does not have. Add that key beside the present one, or set the secret anew.`,
    );
  }
  let cause: unknown;
  for (const key of named) {
    try {
      const options = { authTagLength: 16 };
      const decipher = createDecipheriv('aes-256-gcm', keyObject(key.bytes), Buffer.from(iv, 'base64url'), options);
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(Buffer.from(tag, 'base64url'));
      return decipher.update(Buffer.from(body, 'base64url'), undefined, 'utf8') + decipher.final('utf8');
    } catch (error) {
      cause = error;
    }
  }
  throw new Unsealable(
    `A stored secret does not open with its key ${keyId}: it was changed outside of this program, or moved from elsewhere. Set it anew.`,
    cause,
  );
}

const KEY_ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

/** A new client key: `ak_` and 32 characters, the one shape every dialect's clients accept (reference/what-clients-send.md, CRUN). */
export function mintKey(random: Random): string {
  let key = 'ak_';
  while (key.length < 35) {
    for (const byte of random.bytes(48)) {
      // 252 = 7 × 36: bytes above it would favour the first characters.
      if (byte < 252 && key.length < 35) key += KEY_ALPHABET[byte % 36];
    }
  }
  return key;
}

/** True for `ak_` followed by 32 letters or digits. */
export function isKeyShape(secret: string): boolean {
  return /^ak_[0-9A-Za-z]{32}$/.test(secret);
}

/** Secrets shorter than this are masked whole: their ends would be most of them. */
const SHOWN_ENDS_MIN_CHARS = 9;

/** A secret as people may see it: its first and last three characters, of a short one nothing. */
export function maskSecret(secret: string): string {
  if (secret.length < SHOWN_ENDS_MIN_CHARS) return '…secured…';
  return `${secret.slice(0, 3)}…secured…${secret.slice(-3)}`;
}
