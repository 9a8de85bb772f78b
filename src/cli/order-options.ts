/** A job as it is ordered on the command line. */
import { constants, openAsBlob, readFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { OPERATIONS } from '../core/request.ts';
import { messageOf } from '../std/errors.ts';
import { given, isObject, parseJson } from '../std/json.ts';
import type { InputOrder, JobOrderWire } from '../wire/native/schemas/orders.ts';
import { type OptionTable, oneOf, wholeNumber } from './arguments.ts';
import { CliError, EXIT } from './exit.ts';
import type { Pool } from './pool.ts';
import type { Io } from './terminal.ts';

const ID_MAX = Number.MAX_SAFE_INTEGER;

/** The options that say what is ordered. */
export const ORDER_OPTIONS = {
  prompt: { type: 'string' },
  'negative-prompt': { type: 'string' },
  input: { type: 'string', multiple: true },
  model: { type: 'string' },
  quality: { type: 'string' },
  seconds: { type: 'string' },
  ratio: { type: 'string' },
  seed: { type: 'string' },
  audio: { type: 'boolean' },
  motion: { type: 'string' },
  style: { type: 'string' },
  camera: { type: 'string' },
  'multi-clip': { type: 'boolean' },
  'sound-effect': { type: 'string' },
  say: { type: 'string' },
  speaker: { type: 'string' },
  template: { type: 'string' },
  segment: { type: 'string', multiple: true },
  restyle: { type: 'string' },
  'keep-sound': { type: 'boolean' },
  keyframe: { type: 'string', multiple: true },
  agent: { type: 'string' },
  setting: { type: 'string', multiple: true },
  webhook: { type: 'string' },
  sandbox: { type: 'boolean' },
  priority: { type: 'string' },
  pool: { type: 'string' },
} as const satisfies OptionTable;

/** What the options mean. */
export const ORDER_USAGE = `      --prompt TEXT      what is to be seen or heard; --negative-prompt TEXT what is not
      --input ROLE=WHAT  an input: a file (it is uploaded), an address, asset:ID or job:ID. ROLE:NAME=WHAT gives it the
                         name that the prompt calls it by. As often as there are inputs
      --model MODEL, --quality QUALITY, --seconds N, --ratio RATIO, --seed N, --audio
      --motion normal|fast, --style STYLE, --camera MOVEMENT, --multi-clip, --sound-effect TEXT
      --say TEXT --speaker ID                     what is said, and by whom (default: auto)
      --template ID, --restyle ID, --keep-sound, --keyframe N (several: again)
      --segment SECONDS[:PROMPT]                  multi-transition: between one frame and the next
      --agent NAME --setting NAME=VALUE           agent, music-video
      --webhook ID, --sandbox, --priority N, --pool ID
`;

type Values = { readonly [K in keyof typeof ORDER_OPTIONS]?: string | boolean | readonly string[] | undefined };

const OPERATION_WORD = 'OPERATION';

/** The order, without its inputs. Which members an operation takes is for the gateway to say. */
export function orderOf(operation: string, values: Values): JobOrderWire {
  const text = (name: keyof Values) => values[name] as string | undefined;
  const flag = (name: keyof Values) => values[name] as true | undefined;
  const number = (name: keyof Values, min = 1) =>
    values[name] === undefined ? undefined : wholeNumber(`--${name}`, String(values[name]), min, ID_MAX);
  const many = (name: keyof Values) => values[name] as readonly string[] | undefined;
  const order = {
    operation: oneOf(OPERATION_WORD, operation, OPERATIONS),
    prompt: text('prompt'),
    negativePrompt: text('negative-prompt'),
    model: text('model'),
    quality: text('quality'),
    durationS: number('seconds'),
    aspectRatio: text('ratio'),
    seed: number('seed', 0),
    audio: flag('audio'),
    motionMode: values.motion === undefined ? undefined : oneOf('--motion', String(values.motion), ['normal', 'fast']),
    style: text('style'),
    cameraMovement: text('camera'),
    multiClip: flag('multi-clip'),
    soundEffect: text('sound-effect'),
    speech: speechOf(text('say'), text('speaker')),
    templateId: number('template'),
    segments: many('segment')?.map(segmentOf),
    restyleId: number('restyle'),
    keepSound: flag('keep-sound'),
    keyframes: many('keyframe')?.map((one) => wholeNumber('--keyframe', one, 1, ID_MAX)),
    agent: agentOf(text('agent'), many('setting') ?? []),
    webhookId: number('webhook'),
    sandbox: flag('sandbox'),
    priority: number('priority', 0),
    poolId: number('pool'),
  };
  return given(order) as JobOrderWire;
}

function speechOf(text: string | undefined, speakerId = 'auto') {
  return text === undefined ? undefined : { text, speakerId };
}

function segmentOf(text: string) {
  const [seconds = '', ...prompt] = text.split(':');
  const durationS = wholeNumber('--segment', seconds, 1, ID_MAX);
  return prompt.length === 0 ? { durationS } : { durationS, prompt: prompt.join(':') };
}

function agentOf(name: string | undefined, settings: readonly string[]) {
  if (name === undefined && settings.length > 0) throw new CliError(EXIT.usage, '--setting belongs to an --agent');
  if (name === undefined) return undefined;
  if (settings.length === 0) return { name };
  return { name, settings: Object.fromEntries(settings.map((one) => pair('--setting', one)).map(worth)) };
}

/** Switches and numbers are not texts. */
function worth([name, text]: readonly [string, string]): [string, string | number | boolean] {
  if (text === 'true' || text === 'false') return [name, text === 'true'];
  return [name, /^\d{1,15}$/.test(text) ? Number(text) : text];
}

function pair(option: string, text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new CliError(EXIT.usage, `${option} must be NAME=VALUE, not ${text}`);
}

/** The inputs as they are ordered. Files are uploaded, and a reference that is a video is said to be one. */
export async function inputsOf(pool: Pool, io: Io, texts: readonly string[]): Promise<InputOrder[]> {
  const inputs: InputOrder[] = [];
  for (const text of texts) {
    const [left, what] = pair('--input', text);
    const [role = '', name] = left.split(':');
    inputs.push({ role: role as InputOrder['role'], ...given({ name }), ...(await whatOf(pool, io, what, role)) });
  }
  return inputs;
}

async function whatOf(pool: Pool, io: Io, what: string, role: string): Promise<Omit<InputOrder, 'role'>> {
  if (/^https?:\/\//i.test(what)) return { url: what };
  const [, noun, digits] = /^(asset|job):(\d+)$/.exec(what) ?? [];
  if (digits !== undefined) {
    const id = wholeNumber('--input', digits, 1, ID_MAX);
    if (noun === 'job') return { jobId: id };
    return { assetId: id, ...(role === 'reference' ? kindOf((await pool.assets.get(id)).mime) : {}) };
  }
  const { id, mime } = await pool.uploads.create(await fileAt(path.resolve(io.cwd, what)));
  return { assetId: id, ...(role === 'reference' ? kindOf(mime) : {}) };
}

function kindOf(mime: string): Pick<InputOrder, 'kind'> {
  return mime.startsWith('video/') ? { kind: 'video' } : {};
}

/** A file that is read when it is sent. */
export async function fileAt(file: string): Promise<File> {
  try {
    await access(file, constants.R_OK);
    return new File([await openAsBlob(file)], path.basename(file));
  } catch (error) {
    throw new CliError(EXIT.usage, `${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** The jobs of a plan: a list of orders in a JSON file, or an object that has it as `jobs`. */
export function ordersIn(io: Io, name: string): JobOrderWire[] {
  const file = path.resolve(io.cwd, name);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(EXIT.usage, `${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  const read = parseJson(text);
  const jobs = isObject(read) ? read['jobs'] : read;
  if (Array.isArray(jobs)) return jobs as unknown as JobOrderWire[];
  throw new CliError(EXIT.usage, `${file} must hold a JSON list of jobs, each as the body of POST /pool/v1/jobs`);
}
