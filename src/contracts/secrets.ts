import type { SealKey } from '../std/crypto.ts';
import type { Idempotency } from './administration.ts';
import type { Op } from './store.ts';
import type { Principal } from './views.ts';

/**
 * The encryption keys a gateway was given. The store says which of them seals (engine/secrets.ts); the others are there
 * to open what they once sealed.
 */
export interface KeyRing {
  /** Where the keys come from: the file that this program keeps, or settings, which only the operator can change. */
  readonly place: { readonly type: 'file'; readonly path: string } | { readonly type: 'settings' };
  /** At least one. The first is the one that is to seal. */
  keys(): readonly SealKey[];
  /** Ids of the keys in the file after its first. Empty where there is no file. */
  former(): readonly string[];
  /** Reads the file again where it was changed; one that cannot be read changes nothing. Resolves at once without a file. */
  reload(): Promise<void>;
  /** Makes a new key and puts it first in the file, durably: whoever reads the file afterwards, even after a power cut, has both. */
  make(): Promise<void>;
  /** Takes the other keys out of the file, if this one still is its first; durably. */
  keepOnly(keyId: string): Promise<void>;
}

/** What is sealed, by what it belongs to. `gateway`: what the gateway itself keeps, such as the keys that sign media paths. */
export type SealedKind = 'account' | 'webhook' | 'answer' | 'gateway';

/** A sealed value in its row. */
export interface SealedRow {
  readonly kind: SealedKind;
  /** What the row is found by: an id, or a name where it has none. */
  readonly id: number | string;
  /** What people call it. */
  readonly name: string;
  readonly sealed: string;
}

/** Statements about everything that is sealed, wherever it stands. */
export interface SealedStatements {
  /** How many values of each kind each key has sealed. */
  count(): Op<{ kind: SealedKind; keyId: string; count: number }[]>;
  /** Values of a kind that this key has not sealed, locked until the unit ends; in the order of `id`, those after it, at most `limit`. */
  others(kind: SealedKind, keyId: string, page: { after: SealedRow['id'] | null; limit: number }): Op<SealedRow[]>;
  /** Puts another sealed text into a row. */
  put(row: Pick<SealedRow, 'kind' | 'id'>, sealed: string): Op<void>;
}

/** How many values are sealed with a key, as they stand. */
export interface KeyUse {
  readonly keyId: string;
  /** Does this gateway have the key? */
  readonly known: boolean;
  /** Values by kind. */
  readonly sealed: Readonly<Record<SealedKind, number>>;
}

/** Which keys seal what. Ids say which key is meant, and nothing about it. */
export interface SecretsView {
  readonly source: KeyRing['place']['type'];
  /** The key that seals now. */
  readonly sealing: string;
  /** The key that is to seal: another one while a rotation has not come to it. */
  readonly wanted: string;
  /** Keys that seal something or are known here, the wanted one first. */
  readonly keys: readonly KeyUse[];
  /** Numbers of the gateways that do not have the wanted key yet. */
  readonly waitingFor: readonly number[];
  /** Values that the wanted key does not seal yet. */
  readonly left: number;
}

/** How far a rotation has come. */
export interface RotationView extends SecretsView {
  /** Everything is sealed with the wanted key, and no other is kept in the file. */
  readonly done: boolean;
  /** What could not be opened, and why; at most a hundred. It stays as it is, and so does its key. */
  readonly unreadable: readonly { readonly what: string; readonly why: string }[];
}

/** What admins do about the keys that seal. */
export interface SecretDesk {
  status(who: Principal): Promise<SecretsView>;
  /**
   * Does a bounded step of a rotation: begins one where none is under way, else goes on with it. Repeat it with `to`
   * (the `wanted` of the first answer) until it is done; then nothing is begun anew.
   */
  rotate(who: Principal, to?: string, once?: Idempotency | null): Promise<RotationView>;
}
