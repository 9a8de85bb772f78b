/** What most PixVerse operations need: a video that was made, the same uploaded, a picture, a sound, the masks of a frame. */
import assert from 'node:assert/strict';
import { accepted, ended, type PixverseClient, SMALL_TEXT } from './pixverse-client.ts';
import { media, picture, silence } from './pixverse-uploads.ts';

/** The frame whose masks were looked for. */
export const KEYFRAME = 2;

/** Makes the things, each through the door. */
export async function pixverseThings(client: PixverseClient) {
  const image = await picture(client);
  const body = { ...SMALL_TEXT, generate_audio_switch: true };
  const { video_id: source } = accepted(await client.post('/video/text/generate', { body }));
  const made = await ended(client, source);
  assert.equal(made['status'], 1, JSON.stringify(made));
  const bytes = new Uint8Array(await (await fetch(String(made['url']))).arrayBuffer());
  const video = await media(client, bytes);
  const sound = await media(client, silence(1));
  const asked = { body: { video_media_id: video, keyframe_id: KEYFRAME } };
  const masks = accepted(await client.post('/video/mask/selection', asked));
  const found = masks['mask_info'] as { mask_id: string; mask_name: string; mask_url: string }[];
  return { image, source: Number(source), video, sound, masks, found, mask: found[0]?.mask_id };
}
