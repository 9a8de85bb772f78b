import { ERRORS, type ErrorCode } from '../../src/std/errors.ts';
import { ERRORS_ON_WIRE } from '../../src/wire/pixverse/errors.ts';
import { OUR_PRICES } from '../../src/wire/pixverse/ours.ts';
import { CREATE_ROUTES } from '../../src/wire/pixverse/requests.ts';

const HEAD = `# The PixVerse door

Below \`/openapi/v2\` the gateway speaks the PixVerse Platform API. A client changes its base URL and its key; everything
else stays: the key in \`API-KEY\`, a new UUID in \`Ai-trace-id\` with every POST, the envelope \`{ErrCode, ErrMsg, Resp}\`. The
tables of this page are made from the program's own (\`test/wire/pixverse-document.ts\`), and a test compares them.

## Create operations

Fields are those of the vendor's documentation, and older and newer spellings of them are both taken
(\`lip_sync_switch\` and \`lip_sync_tts_switch\`, \`sound_effect_content\` and \`prompt\`, \`keyframe_ids\` as a number or a list,
\`media_id\` for a video of fusion). Ids come as numbers or strings. A video is named by exactly one of \`source_video_id\`
(made here) and \`video_media_id\` (uploaded); 0 and empty count as absent. The answer has \`video_id\` (\`image_id\` for an image
template) and \`credits\`, which is what is held and, when the job succeeds, charged; where the vendor's guides print
\`credit\`, that is there too.
`;

const AFTER_ROUTES = `
\`GET /video/result/{id}\` and \`GET /image/result/{id}\` say how a job stands; \`GET /video/credits/{id}\`, with or without the
prefix, what it costs. \`POST /audio/verification\` looks at a sound before \`music_mv_agent\` takes it.

**Mask selection** answers within its call. What takes longer than a minute is refused with 99999 and goes on: the same
request under the same \`Ai-trace-id\` waits for it further and costs nothing more. A \`mask_id\` belongs to the video and the
keyframe it was made of, and goes with no other.

**Agents** take addresses as references. They are fetched and kept like uploads, under the rules for addresses that
strangers give.

**What no account carries out** is refused with 400017 when it is sent.
`;

const PRICES = `
## Prices

Clips, extend, transition and fusion cost what the vendor's tables say for the model; so do lip sync (4 credits a started
second of sound, or 4 for each 15 started bytes of text), sound effects (10 for each started 5 s), motion control (9, 10 or
12 a second), mask selection (2) and music videos (15 or 22.5 a second). Seconds are started ones, and sums are rounded up to
whole credits.

For the rest the vendor publishes no price. These are ours, in credits for each started second of the result (an image
template: for the picture), by the names under which the setting \`prices\` changes them, e.g. \`{"restyle": 12}\`:

`;

const OURS = `
## Where the vendor says nothing

- What was made here only has its length checked as a source; size, format and pixels are checked of uploads.
- Without \`original_sound_switch\` a swap keeps the sound. Restyle, modify, upscale, motion control and extend keep it always.
- Fusion takes at most 3 videos, and the longest of them, up to 15 s, decides the length.
- An avatar that speaks a text is priced as a second for each 15 bytes; a property tour as 30 s, one of the fast model as 15 s.
- \`reference_mode: "omni"\` and an empty \`video_references\` are tolerated with every model; videos go with v6 only.
- GETs answer fresh, whatever \`Ai-trace-id\` they carry; the vendor repeats its first answer.
- What only a vendor can say of a file (500052 not let through, 500054 not compliant, 701002 no clear subject, 701003 no
  person) reaches a job of an account there as its failure. Words in file names cause these codes at the local renderer:
  [local-upstream.md](local-upstream.md).

## Errors

\`ErrMsg\` names the field and says what would be right. Nothing that is refused is charged or makes a job.

`;

const LISTS = `
## Lists, voices and usage

Paging is read from the query string, or from the JSON body of the GET; as numbers or as text. 0, empty and absent mean the
default. Every GET of the door takes \`Content-Type: application/json\`, with a body or without.

| route | what it takes |
| --- | --- |
| \`GET /video/lip_sync/tts_list\` | \`page_num\`, \`page_size\` to 100 (1 and 30): the voices of the system |
| \`GET /video/tts_speaker\` | \`page_num\`, \`page_size\` 10, 20, 50 or 100 (1 and 20), \`speaker_type\` system, custom or all (all) |
| \`POST /video/tts_speaker\` | \`name\` (at most 100 characters), \`audio_media_id\`: an uploaded MP3 or WAV of at most 30 s |
| \`DELETE /video/tts_speaker/{speaker_id}\` | a voice of your own; once more is no error |
| \`GET /video/restyle/list\` | \`page_num\`, \`page_size\` to 100 (1 and 30) |
| \`GET /video/effects/templates/list\` | \`type\` 1 for videos, 2 for pictures (1), \`page\`, \`pageSize\` 10, 20, 50 or 100 (1 and 20) |
| \`POST /account/billing/usage-detail\` | \`start_time\`, \`end_time\` (UTC, \`YYYY-MM-DD HH:mm:ss\`, at most 30 days apart), \`limit\` to 100 (20), \`cursor\`, \`credits_status\`, \`creation_type\` |

**Voices** of your own are free. Their ids are taken wherever a speaker id is, by your tenant alone; a job that was accepted
with a voice goes on after the voice was removed. Only the local renderer speaks with them: an account at the vendor does
not know them.

**Templates** are activated as in the vendor's console, here with \`reelpool templates activate ID\` or over the
[native API](native-api.md): by each tenant for itself, for good, three in a calendar month (UTC); a fourth is 500060. A
create with one that is not active is 500070; \`is_active\` of the list says which are. Some are active for everybody, so
that there is something to begin with.

**Usage detail** has one item for each job, by the second in which it was accepted, newest first: \`id\` (of the video or
picture), \`creation_type\`, \`credits\`, \`credits_status\`, \`create_time\` and \`trace_id\`. The status is \`consume\` while
the credits are held and once they are paid, \`refund\` once they went back. Send \`next_cursor\` as \`cursor\` while
\`has_more\` is true. A template counts as \`image_to_video\`, an image template as \`image_to_image\`, music as \`agent\`. It is a
question: it needs an \`Ai-trace-id\` like every POST, and always answers fresh.

\`GET /docs\` shows every route with its fields, \`GET /docs/pixverse.json\` is the same as an OpenAPI 3.1 document. Both are
made of the schemas that read requests, and need no key.

`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

function errorRows(): string[][] {
  const byCode = new Map<string, string[]>();
  for (const [code, { http, code: number }] of Object.entries(ERRORS_ON_WIRE)) {
    const key = `${number} ${http}`;
    byCode.set(key, [...(byCode.get(key) ?? []), ERRORS[code as ErrorCode].title]);
  }
  return [...byCode]
    .map(([key, titles]) => [...key.split(' '), titles.join('; ')])
    .sort((a, b) => Number(a[0]) - Number(b[0]) || Number(a[1]) - Number(b[1]));
}

/** The text of docs/pixverse-api.md. */
export function pixverseDocument(): string {
  const routes = CREATE_ROUTES.map(({ operation, path }) => [operation, `\`POST ${path}\``]);
  const prices = Object.entries(OUR_PRICES).map(([name, credits]) => [`\`${name}\``, String(credits)]);
  return [
    `${HEAD}\n`,
    `${table(['operation', 'route'], routes)}\n`,
    AFTER_ROUTES,
    LISTS,
    PRICES,
    `${table(['name', 'credits'], prices)}\n`,
    OURS,
    `${table(['ErrCode', 'HTTP', 'meaning'], errorRows())}\n`,
  ].join('');
}
