import { z } from 'zod';
import type { KnownInput } from '../../../contracts/views.ts';
import { readId } from '../../../std/ids.ts';
import { checkInput, SUNG_SOUND } from '../inputs.ts';
import { idField, invalid, readBody, required } from './fields.ts';

/** §3, row 30. */
export const VERIFICATION_PATH = '/audio/verification';

/** Body of `POST /audio/verification`: reference/pixverse-platform.md §4.20. */
export const verificationBody = z.object({ audio_media_id: idField });

/** Which sound is to be verified, or a refusal. */
export function decodeVerification(raw: unknown): { assetId: number; field: string } {
  const field = 'audio_media_id';
  const body = readBody(verificationBody, raw);
  const assetId = readId(required(field, body.audio_media_id));
  return { assetId: assetId ?? invalid(field, 'It names no sound of yours. Send the id of an earlier answer.'), field };
}

/** §4.20: 10 to 360 s, at most 15 MB. */
export function verifiable(sound: KnownInput): void {
  checkInput(sound, SUNG_SOUND);
}
