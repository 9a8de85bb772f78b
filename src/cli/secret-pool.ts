import type { z } from 'zod';
import type { SecretDesk } from '../contracts/secrets.ts';
import type { Principal } from '../contracts/views.ts';
import { encodeRotation, encodeSecrets } from '../wire/native/secret-encode.ts';
import { type RotationWire, rotationSchema, type SecretsWire, secretsSchema } from '../wire/native/schemas/secrets.ts';

/** What the commands about encryption keys ask, in the shapes of the native API. */
export interface SecretPool {
  secrets(): Promise<SecretsWire>;
  /** Does a step of a rotation. */
  rotateSecrets(to?: string): Promise<RotationWire>;
}

/** Sends one request and reads its answer. */
type Call = <T extends z.ZodType>(schema: T, method: string, path: string, body?: unknown) => Promise<z.output<T>>;

/** The routes of a gateway. */
export function secretClient(call: Call): SecretPool {
  return {
    secrets: () => call(secretsSchema, 'GET', '/secrets'),
    rotateSecrets: (to) => call(rotationSchema, 'POST', '/secrets/rotate', to === undefined ? {} : { to }),
  };
}

/** The store itself, without a gateway. */
export function offlineSecrets(desk: SecretDesk, who: Principal): SecretPool {
  return {
    secrets: async () => encodeSecrets(await desk.status(who)),
    rotateSecrets: async (to) => encodeRotation(await desk.rotate(who, to)),
  };
}
