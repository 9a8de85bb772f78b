import type { InputDraft, InputRole } from '../../../core/request.ts';
import { refuse } from '../../../std/errors.ts';
import { readId } from '../../../std/ids.ts';
import { given, idField, invalid, missing } from './fields.ts';

type IdValue = string | number | null | undefined;

/** The two ways to name a video (reference/pixverse-platform.md §4.5): what was generated here, or uploaded. */
export const sourceFields = { source_video_id: idField, video_media_id: idField };

/** Exactly one of the two; 0 and empty count as absent, because one page of the vendor lists both as required (§4.15). */
export function readSource(
  body: { readonly source_video_id?: IdValue; readonly video_media_id?: IdValue },
  role: InputRole = 'source',
  place = '',
): InputDraft {
  const { source_video_id: generated, video_media_id: uploaded } = body;
  const [jobField, assetField] = [`${place}source_video_id`, `${place}video_media_id`];
  if (given(generated) && given(uploaded)) {
    invalid(assetField, `Send ${jobField} or ${assetField}, not both.`);
  }
  if (given(generated)) {
    return { role, kind: 'video', from: { jobId: mediaId(jobField, generated, 'video') }, field: jobField };
  }
  if (given(uploaded)) {
    return { role, kind: 'video', from: { assetId: mediaId(assetField, uploaded, 'video') }, field: assetField };
  }
  return missing(`${jobField} or ${assetField}`);
}

/** An uploaded sound. */
export function soundInput(field: string, value: string | number): InputDraft {
  return { role: 'sound', kind: 'audio', from: { assetId: mediaId(field, value, 'sound') }, field };
}

/** An uploaded picture. What is no id of ours is `image_id_invalid` (§7: 400032), never a neighbour's. */
export function imageInput(role: InputRole, field: string, value: string | number, name?: string): InputDraft {
  const from = { assetId: readImageId(field, value) };
  return { role, kind: 'image', from, field, ...(name === undefined ? {} : { name }) };
}

/** An upload's id without losing digits. */
export function readImageId(field: string, value: string | number): number {
  const message = `${field} names no picture of yours. Upload the picture and send the img_id of that answer.`;
  return readId(value) ?? refuse('image_id_invalid', { field, message });
}

/** A mask of an earlier answer; its id is a string (§1). */
export function maskInput(field: string, value: string | number, name?: string): InputDraft {
  const assetId =
    readId(value) ??
    invalid(field, 'Send a mask_id of an answer to mask selection; masks from elsewhere are not taken.');
  return { role: 'mask', kind: 'image', from: { assetId }, field, ...(name === undefined ? {} : { name }) };
}

/** §4.5: an id that names nothing is 400017 for videos and sounds. */
function mediaId(field: string, value: string | number, what: string): number {
  return readId(value) ?? invalid(field, `It names no ${what} of yours. Send the id of an earlier answer.`);
}

/** §4.11: frames count from 1; 0 is taken for the first, as the specification's own example has it. */
export function readKeyframe(field: string, value: number): number {
  if (value < 0) invalid(field, 'Frames count from 1.');
  return Math.max(1, value);
}
