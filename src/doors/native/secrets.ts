import { encodeRotation, encodeSecrets } from '../../wire/native/secret-encode.ts';
import type { Handlers } from './call.ts';

/** The encryption keys, for admins. */
export const secrets: Handlers<'secrets'> = {
  status: async ({ who }, { gateway }) => encodeSecrets(await gateway.secrets.status(who)),
  rotate: async ({ who, body, once }, { gateway }) => encodeRotation(await gateway.secrets.rotate(who, body.to, once)),
};
