import type { InputKind, InputRole, JobRequest } from '../../../core/request.ts';
import type { WideJson } from '../../../std/json.ts';
import { limitsOf } from '../models.ts';

/** An input as the account's upstream knows it. */
export interface VendorInput {
  readonly role: InputRole;
  readonly kind: InputKind;
  readonly name?: string;
  /** What it is called there: digits, but for masks and voices, whose ids are texts (§1). */
  readonly id: string;
  /** True for a video that was made there, not uploaded. */
  readonly generated?: boolean;
  /** Where it is kept there, for what is named by address (§4.20). */
  readonly url?: string;
}

/** A body in the making: what is null or undefined is left out. */
export type Body = { readonly [key: string]: WideJson | undefined };

/** The inputs of a request as the account knows them. */
export class Carried {
  readonly inputs: readonly VendorInput[];

  constructor(inputs: readonly VendorInput[]) {
    this.inputs = inputs;
  }

  /** Every input of the role, in order. */
  of(role: InputRole): readonly VendorInput[] {
    return this.inputs.filter((input) => input.role === role);
  }

  /** The first of the role, which the operation cannot be without. */
  one(role: InputRole): VendorInput {
    const [only] = this.of(role);
    if (only === undefined) throw new Error(`the request has no ${role}`);
    return only;
  }

  /** §4.5: the video that something is made of, by one of the two ways to name it. */
  source(): Body {
    return videoField(this.one('source'));
  }
}

/** Ids are integers on the wire, and may be larger than 2^53 (§1). */
export function idOf({ id }: VendorInput): bigint {
  return BigInt(id);
}

/** §4.5: a video that was made there, or one that was uploaded. */
export function videoField(video: VendorInput): { readonly [key: string]: bigint } {
  return video.generated === true ? { source_video_id: idOf(video) } : { video_media_id: idOf(video) };
}

/** A list, unless it is empty. */
export function some<T>(list: readonly T[]): T[] | undefined {
  return list.length === 0 ? undefined : [...list];
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
export function soundFields(request: JobRequest, inputs: Carried): Body {
  const { soundEffect, speech, model, audio } = request;
  return {
    generate_audio_switch: on(audio && limitsOf(model)?.audioSwitch),
    sound_effect_switch: on(soundEffect !== null),
    sound_effect_content: said(soundEffect),
    // The schema names the first, the examples the second (§4.1).
    lip_sync_switch: on(speech !== null),
    lip_sync_tts_switch: on(speech !== null),
    ...saidFields(speech, inputs),
  };
}

/** §4.5: a text and who says it; a voice of the tenant's own by its id there (§4.6). */
function saidFields(speech: JobRequest['speech'], inputs: Carried): Body {
  if (speech === null) return {};
  const speaker = speech.voiceId === undefined ? speech.speakerId : inputs.one('voice').id;
  return { lip_sync_tts_content: speech.text, lip_sync_tts_speaker_id: speaker };
}

/** §4.5: what is spoken, an uploaded sound or a text. */
export function spokenFields({ speech }: JobRequest, inputs: Carried): Body {
  return speech === null ? { audio_media_id: idOf(inputs.one('sound')) } : saidFields(speech, inputs);
}
