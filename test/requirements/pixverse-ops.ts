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
  {
    id: 'pixverse-ops.accepted',
    text: 'Every create operation is taken with its documented fields and makes a file.',
    source: `${REF} §3, §4`,
  },
  {
    id: 'pixverse-ops.charged',
    text: 'What is held and charged is the credits of the answer.',
    source: 'ours: DESIGN §7, P8',
  },
  {
    id: 'pixverse-ops.refund',
    text: 'A job of any operation that is moderated is 7, one that failed 8, and their credits go back.',
    source: `${REF} §4.17, §8`,
  },
  {
    id: 'pixverse-ops.unsupported',
    text: 'What no account here carries out is refused with 400017, not queued for ever.',
    source: 'ours: DESIGN P8, §8',
  },
  {
    id: 'pixverse-ops.mask.answer',
    text: 'A mask selection answers within its call: keyframe_id, keyframe_url, credits and mask_info with mask_id (a string), mask_name and mask_url.',
    source: `${REF} §4.11`,
  },
  {
    id: 'pixverse-ops.mask.tenant',
    text: 'A mask_id that is no mask of this tenant is 400017.',
    source: `${REF} §4.12; the code is ours`,
  },
  {
    id: 'pixverse-ops.mask.replay',
    text: 'The same mask selection under the same Ai-trace-id is answered again and charged once; what takes too long is 500069 until then.',
    source: `${REF} §2; the wait is ours`,
  },
  {
    id: 'pixverse-ops.image-template.result',
    text: 'An image template answers image_id; GET /image/result/{id} has every field of its page. A video is not found there, nor a picture at /video/result.',
    source: `${REF} §4.18, §4.19; not found is ours`,
  },
  {
    id: 'pixverse-ops.agent.addresses',
    text: 'References of agents are addresses, which are fetched and kept; a repetition fetches nothing anew.',
    source: `${REF} §4.20`,
  },
  // References, styles and redrawing
  {
    id: 'pixverse-ops.fusion.required',
    text: 'Fusion needs image_references, prompt, model, duration, quality and aspect_ratio, which may be auto; its models are v4.5, v5, v5.5, v5.6, v6 and c1.',
    source: `${REF} §4.7, §11; auto as clients send it (reference/what-clients-send.md)`,
  },
  {
    id: 'pixverse-ops.fusion.references',
    text: 'v4.5 and v5 take 1 to 3 pictures, later models 1 to 7, v6 with reference_mode omni 1 to 10; each is a subject or a background.',
    source: `${REF} §4.7`,
  },
  {
    id: 'pixverse-ops.fusion.names',
    text: 'A ref_name has at most 30 bytes in UTF-8 and occurs once; without one a picture has no name.',
    source: `${REF} §4.7`,
  },
  {
    id: 'pixverse-ops.fusion.videos',
    text: 'video_references go with v6 only, as source_video_id, video_media_id or media_id; duration is 0 then, and the longest video, up to 15 s, decides.',
    source: `${REF} §4.7; the number of videos, and that the longest decides, are ours`,
  },
  {
    id: 'pixverse-ops.restyle.one',
    text: 'Exactly one of restyle_id and restyle_prompt, the prompt with at most 5000 characters; the seed is optional.',
    source: `${REF} §4.9`,
  },
  {
    id: 'pixverse-ops.restyle.list',
    text: 'A restyle_id is one of the list of styles; else 400017.',
    source: `${REF} §4.9, §4.10; the styles are ours`,
  },
  {
    id: 'pixverse-ops.mask.keyframe',
    text: 'keyframe_id is a frame of the video counted from 1, 1 by default; 0 is taken for 1.',
    source: `${REF} §4.11`,
  },
  {
    id: 'pixverse-ops.mask.codec',
    text: 'Masks are looked for in H.264 and H.265 only.',
    source: `${REF} §4.11`,
  },
  {
    id: 'pixverse-ops.swap.required',
    text: 'Swap needs keyframe_id, mask_id, img_id and quality, which is 360p, 540p or 720p; masks from elsewhere are refused.',
    source: `${REF} §4.12, §17`,
  },
  {
    id: 'pixverse-ops.swap.together',
    text: 'Video, keyframe and mask have to be those of one mask selection; else 400017.',
    source: `${REF} §4.12`,
  },
  {
    id: 'pixverse-ops.swap.sound',
    text: 'original_sound_switch says whether the sound stays; without it, it does.',
    source: `${REF} §4.12; the default is ours`,
  },
  {
    id: 'pixverse-ops.motion-control.rules',
    text: 'Motion control needs img_id and a quality of 360p, 540p or 720p; its video has at most 100 MB.',
    source: `${REF} §4.15, §17`,
  },
  {
    id: 'pixverse-ops.modify.rules',
    text: 'Modify needs prompt (at most 5000) and quality (360p, 540p, 720p); img_ids and mask_ids have at most 3, keyframe_ids is a number or a list; what the prompt calls by a number has to be there.',
    source: `${REF} §4.16`,
  },
  {
    id: 'pixverse-ops.upscale.rules',
    text: 'Upscale needs nothing but its video.',
    source: `${REF} §4.20`,
  },
  {
    id: 'pixverse-ops.template.rules',
    text: 'With template_id, quality and the pictures count, as img_id or img_ids; prompt, model and duration are ignored, camera_movement is refused. sound_effect_switch adds music.',
    source: `${REF} §4.1, §4.3`,
  },
  {
    id: 'pixverse-ops.template.inactive',
    text: 'A template that is not activated, not there, or of another kind is 500070.',
    source: `${REF} §4.3, §7`,
  },
  {
    id: 'pixverse-ops.template.quota',
    text: 'A tenant activates three templates in a calendar month (UTC); the next is refused, which is 500060.',
    source: `${REF} §4.3, §7, §8`,
  },
  {
    id: 'pixverse-ops.template.quality',
    text: 'A quality a template does not have is 500071.',
    source: `${REF} §4.3, §7`,
  },
  {
    id: 'pixverse-ops.image-template.rules',
    text: 'An image template needs template_id and img_ids, as numbers or strings.',
    source: `${REF} §4.18`,
  },
  {
    id: 'pixverse-ops.avatar.rules',
    text: 'An avatar needs img_id, quality and exactly one of audio_media_id and the speech pair.',
    source: `${REF} §4.20`,
  },
  {
    id: 'pixverse-ops.agent.ids',
    text: 'agent_id is one of the two agents.',
    source: `${REF} §4.20`,
  },
  {
    id: 'pixverse-ops.agent.viral',
    text: 'Viral recreation needs prompt, quality (720p, 1080p), 1 to 5 pictures and exactly one video, as addresses; the video has 2 to 30 s, at most 100 MB and sides of 640 to 1920 px.',
    source: `${REF} §4.20`,
  },
  {
    id: 'pixverse-ops.agent.estate',
    text: 'Real estate needs model (pro, fast), quality and either product_url or prompt with 5 to 20 (fast) or 5 to 60 (pro) pictures; an ad_house_tour needs video_style and a duration of 15 or 30.',
    source: `${REF} §4.20`,
  },
  {
    id: 'pixverse-ops.music.rules',
    text: 'A music video needs mv_agent_type, audio_media_id, aspect_ratio and quality; at most one picture of each kind.',
    source: `${REF} §4.20`,
  },
  {
    id: 'pixverse-ops.music.lyrics',
    text: 'Lyrics of 5000 characters or more, or words out of order, are 400080.',
    source: `${REF} §4.20, §7; what is out of order is ours`,
  },
  {
    id: 'pixverse-ops.music.verified',
    text: 'A sound has to pass the verification (10 to 360 s, at most 15 MB) before a music video takes it; else 701020.',
    source: `${REF} §4.20, §7`,
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
  {
    id: 'pixverse-ops.price.fusion',
    text: 'Fusion costs what a clip costs, v5.6 540p 5 s with audio 80, and double with videos.',
    source: `${REF} §10.1, §10.3`,
  },
  {
    id: 'pixverse-ops.price.mask',
    text: 'A mask selection costs 2 credits.',
    source: `${REF} §10.5`,
  },
  {
    id: 'pixverse-ops.price.motion-control',
    text: 'Motion control costs 9, 10 or 12 credits a started second.',
    source: `${REF} §10.5`,
  },
  {
    id: 'pixverse-ops.price.music',
    text: 'A music video costs 15 credits a started second at 720p and 22.5 at 1080p.',
    source: `${REF} §10.5`,
  },
];
