/** What the create operations of the PixVerse dialect must do beyond plain clips, one line each. Tests cite the ids in their names. */

const REF = 'reference/pixverse-platform.md';

/** Requirements of the operations. */
export const REQUIREMENTS: readonly { id: string; text: string; source: string }[] = [
  // Inputs that several operations share
  {
    id: 'pixverse-ops.source.one',
    text: 'Exactly one of source_video_id and video_media_id names the video; 0 and empty count as absent. None is 400011, both 400017.',
    source: `${REF} §4.5, §4.9 to §4.16; 0 for absent as in §4.15; the codes are ours`,
  },
  {
    id: 'pixverse-ops.source.unknown',
    text: 'A video or sound that is none of this tenant, or of another kind, is 400017; a picture 400032.',
    source: `${REF} §4.5 (sub-reasons), §7`,
  },
  {
    id: 'pixverse-ops.source.limits',
    text: 'A source video has at most 30 s, and an upload 50 MB, 1920 px a side, as MP4 or MOV.',
    source: `${REF} §4.5, §4.12; that what was made here only has its length checked is ours`,
  },
  // Transition
  {
    id: 'pixverse-ops.transition.required',
    text: 'A transition needs prompt, model, duration, quality, first_frame_img and last_frame_img; it has no aspect_ratio.',
    source: `${REF} §4.4`,
  },
  {
    id: 'pixverse-ops.transition.rules',
    text: 'Durations, qualities and sound are those of the model; a prompt has at most 2048 characters (400018).',
    source: `${REF} §4.4`,
  },
  {
    id: 'pixverse-ops.transition.switches',
    text: 'The switches of inline speech are true and false, as booleans or as strings.',
    source: `${REF} §4.4`,
  },
  // Multi-transition
  {
    id: 'pixverse-ops.multi-transition.frames',
    text: 'multi_transition lists 2 to 7 pictures; every one but the last has a duration, the last 0 or none.',
    source: `${REF} §4.8`,
  },
  {
    id: 'pixverse-ops.multi-transition.durations',
    text: 'Between two pictures lie 1 to 8 s where there are only two, else 1 to 5 s; the whole video has 1 to 30 s.',
    source: `${REF} §4.8`,
  },
  {
    id: 'pixverse-ops.multi-transition.models',
    text: 'Its models are v3.5, v4, v4.5 and v5; fast goes up to v4.5, with durations of at most 5 s.',
    source: `${REF} §4.8, §11`,
  },
  // Extend
  {
    id: 'pixverse-ops.extend.models',
    text: 'Extend is made by v3.5, v4, v4.5, v5, v5.5 and v6, not by v5.6 and c1; v6 makes 1 to 15 s, v5.5 5, 8 or 10 s, others 5 or 8 s.',
    source: `${REF} §4.14, §11`,
  },
  {
    id: 'pixverse-ops.extend.fields',
    text: 'prompt (at most 2048), model, quality and duration are required, the seed is not; aspect_ratio and water_mark are ignored; generate_audio_switch is one of v6.',
    source: `${REF} §4.14, §17`,
  },
  {
    id: 'pixverse-ops.extend.webm',
    text: 'Extend also takes WebM.',
    source: `${REF} §4.14`,
  },
  // Lip sync
  {
    id: 'pixverse-ops.lip-sync.combinations',
    text: 'Two kinds of video times two kinds of sound: each of the four goes, and more or less than one of each does not.',
    source: `${REF} §4.5`,
  },
  {
    id: 'pixverse-ops.lip-sync.speech',
    text: 'lip_sync_tts_speaker_id is one of the list or auto, lip_sync_tts_content has at most 200 characters, counted as characters; else 400017.',
    source: `${REF} §4.5, §4.6`,
  },
  {
    id: 'pixverse-ops.lip-sync.sound',
    text: 'The sound is MP3 or WAV of at most 30 s and 50 MB.',
    source: `${REF} §4.5`,
  },
  // Sound effect
  {
    id: 'pixverse-ops.sound-effect.text',
    text: 'The text is prompt or sound_effect_content, at most 2048 characters; absent or empty, the sound follows the picture.',
    source: `${REF} §4.13, §17`,
  },
  {
    id: 'pixverse-ops.sound-effect.original',
    text: 'original_sound_switch keeps the sound the video has.',
    source: `${REF} §4.13`,
  },
  // Prices
  {
    id: 'pixverse-ops.price.clips',
    text: 'Transition and extend cost what a clip of the model costs.',
    source: `${REF} §10.1, §10.4`,
  },
  {
    id: 'pixverse-ops.price.lip-sync',
    text: 'Lip sync costs 4 credits a started second of sound, or 4 for each 15 started UTF-8 bytes of text.',
    source: `${REF} §10.5`,
  },
  {
    id: 'pixverse-ops.price.sound-effect',
    text: 'A sound effect costs 10 credits for each started 5 s of video.',
    source: `${REF} §10.5`,
  },
  {
    id: 'pixverse-ops.price.ours',
    text: 'What the vendor publishes no price for is priced by our table, which the setting prices changes; an unknown name there is an error.',
    source: `ours: ${REF} §10.5, Unknown 3`,
  },
];
