/** What the PixVerse dialect must do, one line each, with its place in the reference. Tests cite the ids in their names. */

const REF = 'reference/pixverse-platform.md';
const CLIENTS = 'reference/what-clients-send.md, PixVerse Platform v2';

/** Requirements of `pixverse`. */
export const REQUIREMENTS: readonly { id: string; text: string; source: string }[] = [
  // Keys and envelope
  {
    id: 'pixverse.key.header',
    text: 'The key is sent as API-KEY, in any casing, with every call, GETs included.',
    source: `${REF} §2`,
  },
  {
    id: 'pixverse.key.missing',
    text: 'Without a key: HTTP 401 with ErrCode 10004 in the envelope.',
    source: `${REF} §7 (10004 = key empty); the status is ours`,
  },
  {
    id: 'pixverse.key.wrong',
    text: 'With a key that is unknown or revoked: HTTP 401 with ErrCode 10005.',
    source: `${REF} §7 (authentication family); which of the five is ours`,
  },
  {
    id: 'pixverse.key.first',
    text: 'A request without a good key is refused before its body is read.',
    source: 'ours: a stranger must not make us read',
  },
  {
    id: 'pixverse.envelope.success',
    text: 'A success is HTTP 200 with ErrCode 0, a text ErrMsg and a Resp that is not null.',
    source: `${REF} §1; ${CLIENTS}`,
  },
  {
    id: 'pixverse.envelope.refusal',
    text: 'What the business refuses is HTTP 200 with an ErrCode, an ErrMsg that names the field, and Resp null.',
    source: `${REF} §1`,
  },
  {
    id: 'pixverse.envelope.transport',
    text: 'Unknown routes, wrong methods, too large bodies and wrong content types keep the envelope: 404, 405, 413, 415; so do rate limits: 429.',
    source: `${CLIENTS}; ${REF} §1 (429); the codes are ours`,
  },
  {
    id: 'pixverse.errors.table',
    text: 'Every error code of ours has a number of the table of codes.',
    source: `${REF} §7`,
  },
  {
    id: 'pixverse.errors.money',
    text: 'Too few credits and a used-up budget are 500090, no permission 500020, a full queue 500044.',
    source: `${REF} §7`,
  },
  {
    id: 'pixverse.refused.free',
    text: 'Nothing that is refused is charged or makes a job.',
    source: 'ours: DESIGN P8',
  },
  // Trace ids
  {
    id: 'pixverse.trace.missing',
    text: 'A POST without Ai-trace-id is 400011 naming the header.',
    source: `${REF} §2 (required); the code is ours`,
  },
  {
    id: 'pixverse.trace.any',
    text: 'The header is read in any casing, and any value of 1 to 128 characters is an id; a longer one is 400017.',
    source: `${REF} §2; the length is ours`,
  },
  {
    id: 'pixverse.trace.replay',
    text: 'A POST with a used id and the same body gets the first answer and starts nothing.',
    source: `${REF} §2, §13`,
  },
  {
    id: 'pixverse.trace.mismatch',
    text: 'Another body with a used id is 400017 naming the header.',
    source: `ours: ${REF}, Unknown 5`,
  },
  {
    id: 'pixverse.trace.scope',
    text: 'Ids of different keys and different paths do not meet.',
    source: `ours: ${REF}, Unknown 5`,
  },
  {
    id: 'pixverse.trace.refusal',
    text: 'A refusal does not use up its id.',
    source: `ours: ${REF}, Unknown 5`,
  },
  {
    id: 'pixverse.trace.twin',
    text: 'A twin sent at the same time gets the answer of the first.',
    source: `ours: ${CLIENTS} (creates are repeated after a timeout)`,
  },
  {
    id: 'pixverse.trace.upload',
    text: 'An upload with a used id and the same file gets the first answer.',
    source: `${REF} §2 ("also for … uploads")`,
  },
  {
    id: 'pixverse.trace.get',
    text: 'GETs need no id and always answer fresh, whatever id they carry. A documented difference.',
    source: `ours, against ${REF} §2 and §13: a stale answer helps nobody`,
  },
  {
    id: 'pixverse.get.body',
    text: 'GETs may declare application/json without a body, or carry a JSON body.',
    source: CLIENTS,
  },
  // Types
  {
    id: 'pixverse.types.strict',
    text: 'A field of the wrong JSON type is 400013 naming it; numbers in strings are no numbers.',
    source: `${REF} §7 (400013)`,
  },
  {
    id: 'pixverse.types.body',
    text: 'A body that is no JSON object is 400013.',
    source: `${REF} §7 (400013)`,
  },
  {
    id: 'pixverse.types.null',
    text: 'A field that is null counts as absent.',
    source: 'ours: as typed bodies read it',
  },
  {
    id: 'pixverse.types.unknown',
    text: 'Fields nobody names are ignored.',
    source: CLIENTS,
  },
  {
    id: 'pixverse.types.total',
    text: 'No JSON body makes a decoder throw anything but a refusal.',
    source: 'ours: never a 500 for something a caller did',
  },
  {
    id: 'pixverse.ids.both',
    text: 'Ids are JSON numbers in answers, and numbers or strings in requests.',
    source: `${REF} §1; ${CLIENTS}`,
  },
  {
    id: 'pixverse.ids.lossless',
    text: 'An id above 2^53 is not found; it never becomes a neighbour.',
    source: CLIENTS,
  },
  // Fields of a generation
  {
    id: 'pixverse.video.required',
    text: 'prompt, model, duration and quality are required; text to video needs aspect_ratio, image to video img_id. Missing or empty: 400011 naming the field.',
    source: `${REF} §4.1, §4.2`,
  },
  {
    id: 'pixverse.video.model',
    text: 'The models are v3.5 v4 v4.5 v5 v5.5 v5.6 v6 c1; another one is 400017.',
    source: `${REF} §4.1`,
  },
  {
    id: 'pixverse.video.duration',
    text: 'v3.5 to v5 make 5 or 8 s, v5.5 and v5.6 5, 8 or 10 s, v6 and c1 any whole 1 to 15 s.',
    source: `${REF} §4.1, §11`,
  },
  {
    id: 'pixverse.video.duration-1080p',
    text: '1080p is at most 5 s on v3.5, 8 s on v5, v5.5 and v5.6, 15 s on v6 and c1.',
    source: `${REF} §4.1, §11`,
  },
  {
    id: 'pixverse.video.duration-1080p-v4',
    text: 'v4 and v4.5 at 1080p 8 s are refused with 400017, because they have no price.',
    source: `ours: ${REF} §10.4, §11`,
  },
  {
    id: 'pixverse.video.quality',
    text: 'Qualities are 360p, 540p, 720p and 1080p.',
    source: `${REF} §4.1`,
  },
  {
    id: 'pixverse.video.ratio',
    text: 'Every model takes 16:9 4:3 1:1 3:4 9:16; v6 and c1 also 2:3 3:2 21:9.',
    source: `${REF} §4.1, §11`,
  },
  {
    id: 'pixverse.video.prompt',
    text: 'A prompt of more than 5000 characters is 400018.',
    source: `${REF} §4.1, §17`,
  },
  {
    id: 'pixverse.video.negative-prompt',
    text: 'A negative prompt of more than 2048 characters is 400019; a shorter one is kept.',
    source: `${REF} §4.1`,
  },
  {
    id: 'pixverse.video.seed',
    text: 'A seed is 0 to 2147483647; outside it is 400017. 0 is a seed like any other; without one the gateway picks.',
    source: `${REF} §4.1; the meaning of 0 is ours`,
  },
  {
    id: 'pixverse.video.motion',
    text: 'motion_mode is normal or fast up to v4.5; fast goes only with 5 s and not with 1080p. Later models ignore it.',
    source: `${REF} §4.1; ${CLIENTS}`,
  },
  {
    id: 'pixverse.video.camera',
    text: 'camera_movement has twenty values; v4 and v4.5 take it, v5 with a picture only, others refuse it with 400017.',
    source: `${REF} §4.1, §4.1.1, §11`,
  },
  {
    id: 'pixverse.video.style',
    text: 'style has five values and only v3.5 takes it; elsewhere it is 400017.',
    source: `${REF} §4.1`,
  },
  {
    id: 'pixverse.video.audio',
    text: 'generate_audio_switch gives sound on v5.5, v5.6, v6 and c1; other models ignore it.',
    source: `${REF} §4.1, §11; ${CLIENTS}`,
  },
  {
    id: 'pixverse.video.sound-effect',
    text: 'sound_effect_switch is taken by v3.5 to v5; without content the effect comes from the picture. true elsewhere is 400017, false is tolerated everywhere.',
    source: `${REF} §4.1, §11; ${CLIENTS}`,
  },
  {
    id: 'pixverse.video.speech',
    text: 'lip_sync_switch or lip_sync_tts_switch is taken by v3.5 to v5 with text and a speaker of the list.',
    source: `${REF} §4.1, §4.6, §11`,
  },
  {
    id: 'pixverse.video.multi-clip',
    text: 'generate_multi_clip_switch is taken by v5.5 and v6, ignored by c1 and refused by the others.',
    source: `${REF} §4.1, §11`,
  },
  {
    id: 'pixverse.video.thinking',
    text: 'thinking_type is enabled, disabled or auto on v5.5; other models ignore it.',
    source: `${REF} §4.1`,
  },
  {
    id: 'pixverse.video.template',
    text: 'template_id 0 is no template; one that is not activated, or of another kind, is 500070.',
    source: `${REF} §4.3, §7; samples send 0`,
  },
  {
    id: 'pixverse.video.tolerated',
    text: 'Fields that the model does not use are tolerated: water_mark, play_bgm, sound_effect_switch false, motion_mode, seed 0.',
    source: CLIENTS,
  },
  {
    id: 'pixverse.image.id',
    text: 'An img_id that is no uploaded picture of this tenant is 400032.',
    source: `${REF} §4.2, §7`,
  },
  {
    id: 'pixverse.image.both',
    text: 'img_id together with img_ids is 400017.',
    source: `${REF} §4.2`,
  },
  {
    id: 'pixverse.image.ratio',
    text: 'Image to video has no aspect_ratio; one that is sent, also auto, is ignored.',
    source: `${REF} §4.2; ${CLIENTS}`,
  },
  // Prices
  {
    id: 'pixverse.price.v6',
    text: 'v6 costs 5 7 9 18 credits a second silent and 7 9 12 23 with audio.',
    source: `${REF} §10.1`,
  },
  {
    id: 'pixverse.price.c1',
    text: 'c1 costs 6 8 10 19 credits a second silent and 8 10 13 24 with audio.',
    source: `${REF} §10.2`,
  },
  {
    id: 'pixverse.price.v5.6',
    text: 'v5.6 is priced per clip of 5, 8 or 10 s.',
    source: `${REF} §10.3`,
  },
  {
    id: 'pixverse.price.v5',
    text: 'v5 is priced per clip of 5 or 8 s.',
    source: `${REF} §10.4`,
  },
  {
    id: 'pixverse.price.older',
    text: 'v3.5, v4 and v4.5 are priced per clip, fast at double.',
    source: `${REF} §10.4`,
  },
  {
    id: 'pixverse.price.inline',
    text: 'Inline speech adds 4 credits a second of video; an inline sound effect 10 for each started 5 s.',
    source: `${REF} §10.5; that the effect costs the same inline is ours`,
  },
  {
    id: 'pixverse.price.ours',
    text: 'v5.5 costs what v5.6 does; v5.6 540p 5 s with audio is 90; several shots add nothing.',
    source: `ours: ${REF} §10.3, §10.4, Unknown 3`,
  },
  {
    id: 'pixverse.price.total',
    text: 'Whatever the decoders accept has a price in whole credits; what the tables do not sell has none.',
    source: 'ours: DESIGN P8',
  },
  // Answers
  {
    id: 'pixverse.create.answer',
    text: 'A create answers at once with video_id and credits, both integers.',
    source: `${REF} §3, §13`,
  },
  {
    id: 'pixverse.status.fields',
    text: 'A status has every field of its table with its type, each time.',
    source: `${REF} §4.17; ${CLIENTS}`,
  },
  {
    id: 'pixverse.status.codes',
    text: 'Status is 5 while anything may still come, then 1, 7 or 8; 6 once the result was deleted.',
    source: `${REF} §4.17; DESIGN §3`,
  },
  {
    id: 'pixverse.status.url',
    text: 'url is not empty with status 1, and the size is what it serves.',
    source: `${REF} §4.17, §12; ${CLIENTS}`,
  },
  {
    id: 'pixverse.status.unknown',
    text: 'An id that is none of this tenant is 500008.',
    source: `${REF} §4.17, §7`,
  },
  {
    id: 'pixverse.balance.fields',
    text: 'The balance is account_id, credit_monthly and credit_package, all integers.',
    source: `${REF} §6`,
  },
  {
    id: 'pixverse.balance.sum',
    text: 'Monthly and package together are what can be spent: daily grants count as monthly, promo grants as package.',
    source: 'ours: DESIGN §7',
  },
  // Uploads
  {
    id: 'pixverse.upload.encodings',
    text: 'A picture comes as the multipart file `image`, or its address as a multipart text part or urlencoded `image_url`.',
    source: `${REF} §5.1; ${CLIENTS}`,
  },
  {
    id: 'pixverse.upload.one',
    text: 'Exactly one of image and image_url: none is 400011, both 400017.',
    source: `${REF} §5.1; the codes are ours`,
  },
  {
    id: 'pixverse.upload.extra',
    text: 'Other text parts are tolerated.',
    source: CLIENTS,
  },
  {
    id: 'pixverse.upload.answer',
    text: 'The answer has img_id, an integer, and img_url, which serves the picture.',
    source: `${REF} §5.1`,
  },
  {
    id: 'pixverse.upload.policy',
    text: 'PNG, JPEG and WebP under 20 MB and at most 10000 px a side.',
    source: `${REF} §5.1`,
  },
  {
    id: 'pixverse.upload.moderated',
    text: 'A picture that does not pass review is HTTP 500 with err_code 500052, err_msg and resp, in lower case.',
    source: `${REF} §1, §7; samples`,
  },
  {
    id: 'pixverse.upload.refusals',
    text: 'Too large is 500030, unreadable 500031, another format 500032; an address that is refused 500042, one that fails 500041.',
    source: `${REF} §5.1, §7`,
  },
  {
    id: 'pixverse.media.encodings',
    text: 'A video or sound comes as the multipart file `file`, or its address as a multipart text part or urlencoded `file_url`; a part media_type is tolerated.',
    source: `${REF} §5.2; ${CLIENTS}`,
  },
  {
    id: 'pixverse.media.one',
    text: 'Exactly one of file and file_url: none is 400011, both 400017.',
    source: `${REF} §5.2; the codes are ours`,
  },
  {
    id: 'pixverse.media.types',
    text: 'MP4, QuickTime and WebM videos; MP3, WAV, M4A and AAC sounds, judged by their bytes.',
    source: `${REF} §5.2`,
  },
  {
    id: 'pixverse.media.answer',
    text: 'The answer has media_id, an integer, media_type, video or audio, and url, which serves the file.',
    source: `${REF} §5.2; ${CLIENTS}`,
  },
  {
    id: 'pixverse.media.trace',
    text: 'An upload with a used id and the same file gets the first answer.',
    source: `${REF} §2 ("also for … uploads")`,
  },
  {
    id: 'pixverse.media.limits',
    text: 'Videos up to 30 s, 1920 px a side and 100 MB; sounds up to 360 s and 50 MB. What an operation can use of that is said there.',
    source: `${REF} §5.2`,
  },
  {
    id: 'pixverse.media.refusals',
    text: 'Another type is 400017; an address that is refused 500042, one that fails 500041.',
    source: `${REF} §5.2, §7; that other files have no codes of their own is ours`,
  },
  {
    id: 'pixverse.media.hostile',
    text: 'Damaged, mislabelled and hostile files are refused by their bytes, quickly, and nothing else is ever opened for them.',
    source: 'ours: DESIGN §13',
  },
  {
    id: 'pixverse.media.memory',
    text: 'A file of 100 MB raises the memory of the gateway by less than 32 MB, probing included.',
    source: 'ours',
  },
  {
    id: 'pixverse.document.examples',
    text: 'The example of every route of the OpenAPI document is taken, and so is every field the document names.',
    source: 'ours',
  },
  {
    id: 'pixverse.document.required',
    text: 'Without a field that the document requires a request is refused with a code of the 400 family; the rest may be left out.',
    source: 'ours',
  },
  {
    id: 'pixverse.document.allowed',
    text: 'A value that the document does not allow is refused.',
    source: 'ours',
  },
  {
    id: 'pixverse.document.answers',
    text: 'Answers have exactly the members that the document names, with their types.',
    source: 'ours',
  },
  {
    id: 'pixverse.samples',
    text: 'The stored samples of these routes get answers of the same status, keys and types.',
    source: 'reference/samples/pixverse.json',
  },
];
