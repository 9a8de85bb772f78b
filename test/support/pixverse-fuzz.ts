/** Requests of the PixVerse door with something wrong in them: drawn from a seed, kept as data so that they can be made smaller. */
import { Agent, request as send } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Random } from '../../src/std/random.ts';
import { CREATE_ROUTES } from '../../src/wire/pixverse/requests.ts';
import { pngPicture } from './png.ts';

/** A request before it is sent. */
export interface Draft {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer | null;
  /** The body while it is one: changes of fields happen here, and it is written out last. */
  fields: Record<string, unknown> | null;
}

/** One thing that is wrong. */
export interface Change {
  readonly what: string;
  readonly apply: (draft: Draft) => void;
}

/** A request as it is drawn. */
export interface Drawn {
  readonly method: string;
  readonly path: string;
  readonly fields: Record<string, unknown> | null;
  readonly trace: string;
  readonly changes: readonly Change[];
}

/** Ids that name something. */
export interface KnownIds {
  readonly image: number;
  readonly video: number;
  readonly sound: number;
  /** A sound that was verified. */
  readonly song: number;
}

type Fields = Record<string, unknown>;

const CLIP = { prompt: 'a cat', model: 'v6', duration: 1, quality: '360p' };

/** A body that is accepted, or nearly so, for each create route. */
function bodies({ image, video, sound, song }: KnownIds): Readonly<Record<string, Fields>> {
  const source = { video_media_id: video };
  const words = { lip_sync_tts_speaker_id: '7', lip_sync_tts_content: 'Good morning.' };
  const references = [{ type: 'subject', img_id: image, ref_name: 'cat' }];
  return {
    '/video/text/generate': { ...CLIP, aspect_ratio: '16:9', seed: 7, generate_audio_switch: false },
    '/video/img/generate': { ...CLIP, img_id: image },
    '/video/transition/generate': { ...CLIP, first_frame_img: image, last_frame_img: image },
    '/video/multi_transition/generate': {
      ...{ model: 'v5', quality: '360p' },
      multi_transition: [{ img_id: image, duration: 3, prompt: 'x' }, { img_id: image }],
    },
    '/video/extend/generate': { ...CLIP, ...source, seed: 1 },
    '/video/lip_sync/generate': { ...source, ...words },
    '/video/sound_effect/generate': { ...source, sound_effect_content: 'rain' },
    '/video/fusion/generate': { ...CLIP, prompt: '@cat runs', aspect_ratio: '1:1', image_references: references },
    '/video/restyle/generate': { ...source, restyle_id: 1001 },
    // Waits for its result, which nobody draws here: never with a video that exists.
    '/video/mask/selection': { keyframe_id: 1, video_media_id: 12 },
    '/video/swap/generate': { ...source, keyframe_id: 1, mask_id: '5', img_id: image, quality: '360p' },
    '/video/mimic/generate': { ...source, img_id: image, quality: '360p' },
    '/video/modify/generate': { ...source, prompt: 'snow', quality: '360p', img_ids: [], mask_ids: [] },
    '/video/upscale/generate': source,
    '/video/avatar/generate': { img_id: image, quality: '360p', audio_media_id: sound },
    '/video/agent/generate': { agent_id: 419629433597950, prompt: 'a house', quality: '720p', model: 'fast' },
    '/video/music_mv_agent/generate': {
      ...{ mv_agent_type: 'vibe_mv', audio_media_id: song, aspect_ratio: '16:9', quality: '720p' },
      lyric_timestamp: { words: [{ start: 0, end: 1, word: 'la' }] },
    },
    '/image/template/generate': { img_ids: [image], template_id: 377378608924544 },
  };
}

const SPAN = { start_time: '2026-01-01 00:00:00', end_time: '2026-01-30 00:00:00', limit: 5 };

/** Every route of the door with a request that it takes, or nearly so. */
export function routes(ids: KnownIds): readonly Omit<Drawn, 'trace' | 'changes'>[] {
  const known = bodies(ids);
  const get = (path: string) => ({ method: 'GET', path, fields: null });
  return [
    ...CREATE_ROUTES.map(({ path }) => ({ method: 'POST', path, fields: known[path] ?? {} })),
    { method: 'POST', path: '/audio/verification', fields: { audio_media_id: ids.sound } },
    { method: 'POST', path: '/account/billing/usage-detail', fields: SPAN },
    { method: 'POST', path: '/video/tts_speaker', fields: { name: 'v', audio_media_id: ids.sound } },
    { method: 'POST', path: '/image/upload', fields: {} },
    { method: 'POST', path: '/media/upload', fields: {} },
    { method: 'DELETE', path: '/video/tts_speaker/9', fields: null },
    ...['/account/balance', `/video/result/${ids.image}`, `/image/result/${ids.image}`].map(get),
    ...['/video/tts_speaker?page_num=1', '/video/lip_sync/tts_list', '/video/restyle/list'].map(get),
    ...['/video/effects/templates/list?type=1', `/video/credits/${ids.video}`].map(get),
  ];
}

const DEEP = JSON.parse(`${'['.repeat(400)}${']'.repeat(400)}`) as unknown;

/** What stands where something else should. */
const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -0, -1, 1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, 5e-324, 9007199254740993n.toString()],
  ...['', ' ', '0', '-1', 'auto', 'v6', '16:9', 'NaN', '\u0000', '\ud800', 'é'.repeat(6000), 'x'.repeat(300_000)],
  ...['__proto__', 'constructor', "' or 1=1 --", '../../etc/passwd', 'http://127.0.0.1:1/', '@cat ', '🙂'.repeat(2500)],
  ...[
    [],
    [[]],
    [null],
    [1, 2, 3],
    {},
    { length: -1 },
    { toString: 1 },
    DEEP,
    Array.from({ length: 2000 }, () => ({ img_id: 1 })),
  ],
];
const NAMES = ['__proto__', 'constructor', 'toString', 'template_id', 'webhook_id', 'model', 'duration', 'img_ids', ''];
const IDS = ['0', '-1', '1.5', 'abc', '9'.repeat(40), '%00', '%ff', '%2e%2e', '..;', 'x'.repeat(3000), '1e3', ' '];
const HEADERS: readonly (readonly [string, string])[] = [
  ...(['', 'text/plain', 'application/json; charset=utf-16', 'application/xml', 'multipart/form-data'] as const).map(
    (type) => ['content-type', type] as const,
  ),
  ['content-type', 'multipart/form-data; boundary=B'],
  ['content-type', 'application/x-www-form-urlencoded'],
  ...['gzip', 'br', 'nonsense'].map((coding) => ['content-encoding', coding] as const),
  ...['', 'ak_wrong', 'ak_0123456789abcdef0123456789abcdee', 'x'.repeat(6000)].map((key) => ['api-key', key] as const),
  ...['', ' ', 'x', 'x'.repeat(129), "'", 'same'].map((id) => ['ai-trace-id', id] as const),
  ['expect', '100-continue'],
  ['range', 'bytes=0-'],
  ['if-none-match', '*'],
  ['webhook-id', '-1'],
];

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random.float() * list.length)] as T;

/** Draws a request with up to three things wrong. */
export function draw(random: Random, ids: KnownIds): Drawn {
  const changes = Array.from({ length: Math.floor(random.float() * 4) }, () => drawChange(random));
  const trace = Buffer.from(random.bytes(12)).toString('hex');
  return { ...pick(random, routes(ids)), trace, changes };
}

const KINDS = [fieldValue, fieldValue, fieldValue, fieldGone, fieldMore, header, pathId, verb, query, rawBody, form];

function drawChange(random: Random): Change {
  return pick(random, KINDS)(random);
}

function fieldValue(random: Random): Change {
  const [place, value] = [random.float(), pick(random, VALUES)];
  return named(`a field becomes ${shown(value)}`, ({ fields }) => {
    const owner = fields && inner(fields, place);
    const names = Object.keys(owner ?? {});
    if (owner) owner[names[Math.floor(place * names.length)] ?? 'prompt'] = structuredClone(value);
  });
}

/** The fields, or those of the first object in a list of them. */
function inner(fields: Fields, place: number): Fields {
  const nested = Object.values(fields).find((value) => Array.isArray(value) && typeof value[0] === 'object');
  const [first] = (nested ?? []) as Fields[];
  return place > 0.7 && first ? first : fields;
}

function fieldGone(random: Random): Change {
  const place = random.float();
  return named('a field is missing', ({ fields }) => {
    const names = Object.keys(fields ?? {});
    const name = names[Math.floor(place * names.length)];
    if (fields && name !== undefined) delete fields[name];
  });
}

function fieldMore(random: Random): Change {
  const [name, value] = [pick(random, NAMES), pick(random, VALUES)];
  return named(`${name} is ${shown(value)}`, ({ fields }) => {
    // Defined, so that __proto__ becomes a member like any other.
    const member = { value: structuredClone(value), enumerable: true, configurable: true, writable: true };
    if (fields) Object.defineProperty(fields, name, member);
  });
}

function header(random: Random): Change {
  const [name, value] = pick(random, HEADERS);
  return named(`${name}: ${shown(value)}`, (draft) => {
    if (value === '') delete draft.headers[name];
    else draft.headers[name] = value;
  });
}

function pathId(random: Random): Change {
  const id = pick(random, IDS);
  return named(`the path ends in ${id.slice(0, 20)}`, (draft) => {
    draft.path = draft.path.replace(/[^/]+$/, encodeURI(id).replaceAll('%25', '%'));
  });
}

function verb(random: Random): Change {
  const method = pick(random, ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'GET', 'POST', 'HEAD']);
  return named(method, (draft) => {
    draft.method = method;
  });
}

function query(random: Random): Change {
  const name = pick(random, ['page_num', 'page_size', 'page', 'pageSize', 'type', 'speaker_type', '%', '__proto__']);
  const value = pick(random, ['', '0', '-1', 'x', '9'.repeat(30), '1&page_num=2', '%00', '%ff', '[]']);
  return named(`?${name}=${value}`, (draft) => {
    draft.path += `${draft.path.includes('?') ? '&' : '?'}${name}=${value}`;
  });
}

function rawBody(random: Random): Change {
  const kind = pick(random, ['garbage', 'cut', 'list', 'empty', 'gzip', 'latin', 'deep', 'twice', 'null'] as const);
  const garbage = Buffer.from(random.bytes(Math.floor(random.float() * 3000)));
  return named(`the body is ${kind}`, (draft) => {
    const text = JSON.stringify(draft.fields ?? {});
    const made = {
      garbage,
      cut: Buffer.from(text.slice(0, text.length / 2)),
      list: Buffer.from(`[${text}]`),
      empty: Buffer.alloc(0),
      gzip: gzipSync(text),
      latin: Buffer.from(`{"prompt":"\xe9\xff"}`, 'latin1'),
      deep: Buffer.from(`${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`),
      twice: Buffer.from(text.replace('{', '{"model":"v5","model":"v6",')),
      null: Buffer.from('null'),
    };
    draft.body = made[kind];
  });
}

function form(random: Random): Change {
  const field = pick(random, ['image', 'file', 'image_url', 'file_url', 'tag']);
  const noise = Buffer.from(random.bytes(Math.floor(random.float() * 2000)));
  const content = pick(random, [pngPicture(3, 2), pngPicture(3, 2).slice(0, 30), Buffer.alloc(0), noise]);
  const named_ = random.float() < 0.7 ? '; filename="a.png"' : '';
  const end = random.float() < 0.8 ? '\r\n--B--\r\n' : '';
  return named(`a form with ${field} of ${content.length} bytes`, (draft) => {
    draft.headers['content-type'] = 'multipart/form-data; boundary=B';
    const head = `--B\r\ncontent-disposition: form-data; name="${field}"${named_}\r\n\r\n`;
    draft.body = Buffer.concat([Buffer.from(head), content, Buffer.from(end)]);
  });
}

const named = (what: string, apply: Change['apply']): Change => ({ what, apply });

const shown = (value: unknown): string => `${JSON.stringify(value)}`.slice(0, 40);

/** Writes a request out. */
export function draftOf({ method, path, fields, trace, changes }: Drawn, key: string): Draft {
  const draft: Draft = {
    method,
    path,
    headers: { 'api-key': key, 'ai-trace-id': trace, ...(fields ? { 'content-type': 'application/json' } : {}) },
    body: null,
    fields: fields && structuredClone(fields),
  };
  for (const change of changes) change.apply(draft);
  if (draft.body === null && draft.fields !== null) draft.body = Buffer.from(JSON.stringify(draft.fields));
  return draft;
}

/** An answer, or why there is none. */
export interface Heard {
  readonly status: number;
  readonly text: string;
}

const agent = new Agent({ keepAlive: true });
/** So long without an answer is a hang, whatever the machine has to do meanwhile. */
const HANG_MS = 120_000;

/** Sends a request. Rejects where no answer comes. */
export function exchange(url: string, { method, path, headers, body }: Draft): Promise<Heard> {
  const { promise, resolve, reject } = Promise.withResolvers<Heard>();
  const { hostname, port } = new URL(url);
  const length = body === null ? {} : { 'content-length': String(body.length) };
  const options = { hostname, port, agent, method, path: `/openapi/v2${path}`, headers: { ...headers, ...length } };
  const call = send(options, (answer) => {
    answer
      .toArray()
      .then((chunks) => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }), reject);
  });
  call.setTimeout(HANG_MS, () => call.destroy(new Error(`no answer within ${HANG_MS} ms`)));
  call.on('error', reject);
  call.end(body ?? undefined);
  return promise;
}

/** Closes what `exchange` keeps open. */
export function hangUp(): void {
  agent.destroy();
}
