import { systemClock } from '../std/clock.ts';
import { messageOf } from '../std/errors.ts';
import { isObject, type Json, parseJson } from '../std/json.ts';
import { systemRandom, uuid } from '../std/random.ts';
import { CliError, EXIT } from './exit.ts';

/**
 * The demo's client: the calls any program makes that speaks this protocol (reference/pixverse-platform.md §4.1, §4.2,
 * §4.17, §5.1, §6), written out, over plain HTTP.
 */
export interface DemoClient {
  balance(): Promise<{ monthly: number; package: number }>;
  /** The picture's id. */
  upload(picture: Uint8Array, filename: string, mime: string): Promise<number>;
  /** Each gives the id of a video. */
  textToVideo(order: VideoOrder & { aspect_ratio: string }): Promise<number>;
  imageToVideo(order: VideoOrder & { img_id: number }): Promise<number>;
  /** Status 1 when done, with the address of the file; 5 while it is made. */
  result(id: number): Promise<{ status: number; url: string }>;
  /** A finished file. */
  download(url: string): Promise<Uint8Array>;
}

/** What both create calls send. */
export interface VideoOrder {
  readonly model: string;
  readonly prompt: string;
  readonly duration: number;
  readonly quality: string;
  readonly seed: number;
  readonly generate_audio_switch: boolean;
}

const TIMEOUT_MS = 60_000;

/** A client of the gateway at `url`. */
export function demoClient(url: string, key: string): DemoClient {
  const call = async (method: string, path: string, body?: FormData | object): Promise<Record<string, unknown>> => {
    const isForm = body instanceof FormData;
    const answer = await exchange(`${url}/openapi/v2${path}`, {
      method,
      headers: {
        'API-KEY': key,
        'Ai-trace-id': uuid(systemRandom),
        ...(body === undefined || isForm ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    return unwrap(`${method} /openapi/v2${path}`, parseJson(new TextDecoder().decode(answer)));
  };
  return {
    async balance() {
      const resp = await call('GET', '/account/balance');
      return { monthly: numberIn(resp, 'credit_monthly'), package: numberIn(resp, 'credit_package') };
    },
    async upload(picture, filename, mime) {
      const form = new FormData();
      form.set('image', new Blob([Uint8Array.from(picture)], { type: mime }), filename);
      return numberIn(await call('POST', '/image/upload', form), 'img_id');
    },
    textToVideo: async (order) => numberIn(await call('POST', '/video/text/generate', order), 'video_id'),
    imageToVideo: async (order) => numberIn(await call('POST', '/video/img/generate', order), 'video_id'),
    async result(id) {
      const resp = await call('GET', `/video/result/${id}`);
      return { status: numberIn(resp, 'status'), url: typeof resp['url'] === 'string' ? resp['url'] : '' };
    },
    download: (address) => exchange(address, {}, true),
  };
}

/** `Resp` of the envelope, or what it refuses with. */
function unwrap(call: string, answer: Json | undefined): Record<string, unknown> {
  if (!isObject(answer)) throw new CliError(EXIT.failed, `${call} was not answered with JSON`);
  const { ErrCode: code, ErrMsg: message, Resp: resp } = answer;
  if (code !== 0) throw new CliError(EXIT.failed, `${call} was refused with ${String(code)}: ${String(message)}`);
  if (!isObject(resp)) throw new CliError(EXIT.failed, `${call} was answered without Resp`);
  return resp;
}

function numberIn(resp: Record<string, unknown>, name: string): number {
  const value = resp[name];
  if (typeof value === 'number') return value;
  throw new CliError(EXIT.failed, `an answer lacks the number ${name}`);
}

async function exchange(url: string, init: RequestInit, onlyOk = false): Promise<Uint8Array> {
  const abort = new AbortController();
  const cancel = systemClock.setTimer(TIMEOUT_MS, () => abort.abort(new Error('no answer within a minute')));
  try {
    const response = await fetch(url, { ...init, signal: abort.signal });
    const body = new Uint8Array(await response.arrayBuffer());
    if (onlyOk && !response.ok) throw new Error(`HTTP ${response.status}`);
    return body;
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    throw new CliError(EXIT.failed, `${new URL(url).pathname} failed: ${cause}`, { cause: error });
  } finally {
    cancel();
  }
}
