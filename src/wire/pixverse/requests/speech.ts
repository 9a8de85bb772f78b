import type { InputDraft, JobRequest } from '../../../core/request.ts';
import { readId } from '../../../std/ids.ts';
import { SPEAKERS } from '../models.ts';
import { OURS } from '../ours.ts';
import { given, idField, invalid, limitText, textField } from './fields.ts';
import { soundInput } from './sources.ts';

/** What is spoken: an uploaded sound, or a text with a speaker (reference/pixverse-platform.md §4.5). */
export const spokenFields = {
  audio_media_id: idField,
  lip_sync_tts_speaker_id: idField,
  lip_sync_tts_content: textField,
};

interface SpokenBody {
  readonly audio_media_id?: string | number | null | undefined;
  readonly lip_sync_tts_speaker_id?: string | number | null | undefined;
  readonly lip_sync_tts_content?: string | null | undefined;
}

/** Who says what, and what has to be there for it: a sound, or a voice of the tenant's own. */
export interface Spoken {
  readonly speech: JobRequest['speech'];
  readonly inputs: readonly InputDraft[];
}

/** Exactly one of the two; anything else is 400017, as §4.5 lists it. */
export function readSpoken(body: SpokenBody): Spoken {
  const { audio_media_id: sound, lip_sync_tts_content: text, lip_sync_tts_speaker_id: speaker } = body;
  const wordy = given(text?.trim()) || given(speaker);
  if (given(sound) && wordy) {
    invalid('audio_media_id', 'Send audio_media_id, or lip_sync_tts_content with lip_sync_tts_speaker_id, not both.');
  }
  if (given(sound)) return { speech: null, inputs: [soundInput('audio_media_id', sound)] };
  const rule = 'Send audio_media_id, or lip_sync_tts_content and lip_sync_tts_speaker_id together.';
  if (!given(text?.trim())) invalid(wordy ? 'lip_sync_tts_content' : 'audio_media_id', rule);
  if (!given(speaker)) invalid('lip_sync_tts_speaker_id', rule);
  limitText('lip_sync_tts_content', text ?? '', OURS.speechTextMax);
  return sayIt(text ?? '', 'lip_sync_tts_speaker_id', speaker);
}

/**
 * A text said by a speaker of the list (§4.6), by its id in any case, or by a voice of the tenant's own, which admission
 * looks for.
 */
export function sayIt(text: string, field: string, speaker: string | number): Spoken {
  const known = systemSpeaker(String(speaker));
  if (known !== undefined) return { speech: { text, speakerId: known }, inputs: [] };
  const assetId = readId(speaker);
  if (assetId === undefined) {
    const ids = SPEAKERS.map(([id]) => id.toLowerCase()).join(', ');
    invalid(field, `Allowed: ${ids}, and the ids of your own voices.`);
  }
  const voice = { role: 'voice', kind: 'audio', from: { assetId }, field } as const;
  return { speech: { text, speakerId: String(assetId), voiceId: assetId }, inputs: [voice] };
}

/** The id of a speaker of the system as requests spell it; undefined for other voices. */
export function systemSpeaker(id: string): string | undefined {
  const wanted = id.toLowerCase();
  return SPEAKERS.find(([known]) => known.toLowerCase() === wanted)?.[0].toLowerCase();
}

/** UTF-8 bytes of a text: what spoken words are priced by (§10.5). */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const char of text) {
    const point = char.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
