import type { InputKind, InputRole, JobRequest } from '../../../core/request.ts';
import type { WideJson } from '../../../std/json.ts';
import { limitsOf } from '../models.ts';

/** An input as the account's upstream knows it. */
export interface VendorInput {
  readonly role: InputRole;
  readonly kind: InputKind;
  readonly name?: string;
  /** The id of its upload there, as digits. */
  readonly id: string;
}

/** A body in the making: what is null or undefined is left out. */
export type Body = { readonly [key: string]: WideJson | undefined };

/** The inputs of a request by their ids at the account. Ids are integers on the wire and may be larger than 2^53 (§1). */
export interface Carried {
  readonly inputs: readonly (Omit<VendorInput, 'id'> & { readonly id: bigint })[];
  /** Of every input of the role, in order. */
  ids(role: InputRole): bigint[];
  /** Of the first of the role, which the operation cannot be without. */
  one(role: InputRole): bigint;
}

/** A text, unless it is empty. */
export function said(text: string | null): string | undefined {
  return text === null || text === '' ? undefined : text;
}

/** A switch, where it is on. */
export function on(flag: boolean | undefined): true | undefined {
  return flag === true ? true : undefined;
}

/** `motion_mode`, where it is not the default. */
export function motion({ motionMode }: JobRequest): string | undefined {
  return motionMode === 'normal' ? undefined : motionMode;
}

/** §4.1: sound by the model's own switch, or by the parameters of the models before it. */
export function soundFields(request: JobRequest): Body {
  const { soundEffect, speech, model, audio } = request;
  return {
    generate_audio_switch: on(audio && limitsOf(model)?.audioSwitch),
    sound_effect_switch: on(soundEffect !== null),
    sound_effect_content: said(soundEffect),
    // The schema names the first, the examples the second (§4.1).
    lip_sync_switch: on(speech !== null),
    lip_sync_tts_switch: on(speech !== null),
    lip_sync_tts_content: speech?.text,
    lip_sync_tts_speaker_id: speech?.speakerId,
  };
}

/** §4.5: what is spoken, an uploaded sound or a text. */
export function spokenFields({ speech }: JobRequest, inputs: Carried): Body {
  if (speech === null) return { audio_media_id: inputs.one('sound') };
  return { lip_sync_tts_content: speech.text, lip_sync_tts_speaker_id: speech.speakerId };
}
