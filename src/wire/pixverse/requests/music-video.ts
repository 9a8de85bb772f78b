import { z } from 'zod';
import type { KnownInput } from '../../../contracts/views.ts';
import type { InputDraft, JobDraft, JobRequest } from '../../../core/request.ts';
import { refuse } from '../../../std/errors.ts';
import { checkInput, SUNG_SOUND } from '../inputs.ts';
import { draftOf, inputOf, readSeed, secondsOf, settle, type Reading } from './draft.ts';
import { flagField, idField, invalid, listField, oneOf, readBody, required, textField, wholeField } from './fields.ts';
import { imageInput, soundInput } from './sources.ts';

/** §4.20, Music MV. */
const KINDS = ['vibe_mv', 'vibe_mv_v3_custom'] as const;
const RATIOS = ['16:9', '9:16', '1:1', '4:3', '3:4'] as const;
const QUALITIES = ['720p', '1080p'] as const;
/** Characters: fewer than 5000. */
const LYRICS_MAX = 4999;

const second = z.number({ error: 'a number of seconds' });
const word = z.object({ start: second, end: second, word: z.string({ error: 'a string' }) }, { error: 'an object' });

/** Body of `POST /video/music_mv_agent/generate`: reference/pixverse-platform.md §4.20. */
export const musicVideoBody = z.object({
  mv_agent_type: textField,
  audio_media_id: idField,
  aspect_ratio: textField,
  quality: textField,
  music_style: textField,
  mv_style: textField,
  img_references: listField({ img_id: idField, ref_name: textField }),
  style_img_references: listField({ img_id: idField, ref_name: textField }),
  caption_switch: flagField,
  lip_sync_switch: flagField,
  instrumental_switch: flagField,
  seed: wholeField,
  lyric_text: textField,
  lyric_timestamp: z
    .object({ words: z.array(word, { error: 'a list of words' }).nullish() }, { error: 'an object' })
    .nullish(),
});

type MusicBody = z.infer<typeof musicVideoBody>;

/** Decodes the body, or refuses: pictures to a song. */
export function decodeMusicVideo(raw: unknown, reading: Reading): JobDraft {
  const body = readBody(musicVideoBody, raw);
  const name = oneOf('mv_agent_type', required('mv_agent_type', body.mv_agent_type), KINDS);
  const sound = { ...soundInput('audio_media_id', required('audio_media_id', body.audio_media_id)), verified: true };
  const aspectRatio = oneOf('aspect_ratio', required('aspect_ratio', body.aspect_ratio), RATIOS);
  const quality = oneOf('quality', required('quality', body.quality), QUALITIES);
  checkLyrics(body);
  return draftOf('music-video', readSeed(body.seed, reading), {
    prompt: body.mv_style ?? '',
    quality,
    aspectRatio,
    audio: true,
    inputs: [
      sound,
      ...readReference('img_references', body.img_references, 'reference'),
      ...readReference('style_img_references', body.style_img_references, 'background'),
    ],
    options: { agent: { name, settings: settingsOf(body) } },
  });
}

function readReference(
  field: 'img_references' | 'style_img_references',
  list: MusicBody['img_references'],
  role: 'reference' | 'background',
): InputDraft[] {
  if ((list?.length ?? 0) > 1) invalid(field, 'At most one is taken.');
  return (list ?? []).map(({ img_id, ref_name }) => {
    const place = `${field}[0].img_id`;
    return imageInput(role, place, required(place, img_id), ref_name || undefined);
  });
}

/** §7: 400080. */
function checkLyrics({ lyric_text: text, lyric_timestamp: timestamp }: MusicBody): void {
  const refuseLyrics = (field: string, message: string) =>
    refuse('lyrics_invalid', { field, message: `${field}: ${message}` });
  if ((text ?? '').length > LYRICS_MAX) refuseLyrics('lyric_text', `Lyrics may have ${LYRICS_MAX} characters.`);
  let last = 0;
  for (const [index, { start, end }] of (timestamp?.words ?? []).entries()) {
    if (start < last || end < start) {
      refuseLyrics(
        `lyric_timestamp.words[${index}]`,
        'A word starts after the one before it, and ends after it starts.',
      );
    }
    last = start;
  }
}

/** What was said beyond the rest, by the names of its fields; lists as JSON. */
function settingsOf(body: MusicBody): Record<string, string | number | boolean> {
  const { music_style, mv_style, caption_switch, lip_sync_switch, instrumental_switch, lyric_text } = body;
  const words = body.lyric_timestamp?.words;
  const named = {
    ...{ music_style, mv_style, caption_switch, lip_sync_switch, instrumental_switch, lyric_text },
    lyric_timestamp: words && words.length > 0 ? JSON.stringify({ words }) : undefined,
  };
  const settings: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(named)) {
    if (value !== undefined && value !== null && value !== '') settings[name] = value;
  }
  return settings;
}

/** As long as its song. */
export function completeMusicVideo(draft: JobDraft, inputs: readonly KnownInput[]): JobRequest {
  const sound = inputOf(inputs, 'sound');
  checkInput(sound, SUNG_SOUND);
  const durationS = secondsOf(sound);
  return settle(draft, inputs, { durationS, options: { soundS: durationS } });
}
