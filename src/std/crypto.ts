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

const SEAL_VERSION = 'v1';

const sealKeys = new WeakMap<Uint8Array, KeyObject>();

/** The key as node:crypto wants it: made once, because making it costs more than opening a short text. */
function sealKey(key: Uint8Array): KeyObject {
  let made = sealKeys.get(key);
  if (!made) {
    made = createSecretKey(key);
    sealKeys.set(key, made);
  }
  return made;
}

/** Encrypts a secret with AES-256-GCM. `context` is authenticated: a sealed text moved to another row does not open. */
export function seal(key: Uint8Array, plain: string, context: string, random: Random): string {
  const iv = random.bytes(12);
  const cipher = createCipheriv('aes-256-gcm', sealKey(key), iv);
  cipher.setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return [SEAL_VERSION, Buffer.from(iv), cipher.getAuthTag(), body]
    .map((part) => (typeof part === 'string' ? part : part.toString('base64url')))
    .join('.');
}

/** Opens what `seal` made. Throws when the key, the context or the text is not the one it was sealed with. */
export function unseal(key: Uint8Array, sealed: string, context: string): string {
  const [version, iv, tag, body] = sealed.split('.');
  if (version !== SEAL_VERSION || iv === undefined || tag === undefined || body === undefined) {
    throw new Error('not a sealed secret');
  }
  const decipher = createDecipheriv('aes-256-gcm', sealKey(key), Buffer.from(iv, 'base64url'));
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(Buffer.from(tag, 'base64url'));
  return decipher.update(Buffer.from(body, 'base64url'), undefined, 'utf8') + decipher.final('utf8');
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
